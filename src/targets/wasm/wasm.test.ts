import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeMotion, writeSpeech } from '../../../examples/synthetic/files.js';
import { mfe, spectral } from '../../dsp/index.js';
import { ImpulseError } from '../../errors.js';
import { audio, graph, impulse, motion, on } from '../../impulse/index.js';
import { classifier, conv1d, dense, kMeans } from '../../learn/index.js';
import { build } from '../../node/build.js';
import { readDataset } from '../../node/dataset.js';
import { wasm32 } from '../../node/toolchains/wasm.js';
import type { Program } from '../../program.js';
import { has, run } from '../../testing/compilers.js';
import { type TinyOptions, tinyProgram } from '../testing/tiny-program.js';
import { type Answers, answersInChromium, answersInNode, inNode } from './testing/answers.js';
import { type WasmOptions, wasm } from './wasm.js';

const root = mkdtempSync(join(tmpdir(), 'impulsekit-wasm-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const compiles = (await wasm32().find()) !== undefined;

let folders = 0;

/** Builds `model.js` in a folder of its own. */
async function built(program: Program, options: Partial<WasmOptions> = {}): Promise<string> {
  const dir = join(root, String(folders++));
  mkdirSync(dir);
  await build(wasm({ name: 'model', ...options }).emit(program), join(dir, 'model.js'));
  return dir;
}

const windowsOf = ({ golden }: Program): number[][] => golden.map(({ window }) => [...window]);
const scoresOf = ({ golden }: Program): number[][] => golden.map(({ scores }) => scores.flatMap((row) => [...row]));

const checked = (dir: string, program: Program): Answers => answersInNode(dir, windowsOf(program));

const codeOf = (action: () => unknown): string | undefined => {
  try {
    action();
  } catch (error) {
    if (error instanceof ImpulseError) return error.code;
    throw error;
  }
  return undefined;
};

/** A deployment block that keeps the program it is given. */
function programOf(model: { deploy: (block: ReturnType<typeof wasm>) => unknown }): Program {
  let kept: Program | undefined;
  model.deploy({
    role: 'deploy',
    type: 'keep',
    emit: (program) => {
      kept = program;
      return { files: {} };
    },
  });
  return kept!;
}

const nasty = [
  'say "hi"',
  'back\\slash',
  'two\nlines',
  'größe ≥ 9',
  '$\u007bbrace}',
  '*/ </script>',
  '7\u0001\u2028',
  '{{simd}}',
];

describe('wasm', () => {
  it('is the same bytes twice, sorted, and says with what to build it', () => {
    const [a, b] = [0, 1].map(() => wasm({ name: 'twin' }).emit(tinyProgram()));
    expect(JSON.stringify(a)).toBe(JSON.stringify(b));
    expect(Object.keys(a!.files)).toEqual(Object.keys(a!.files).sort());
    expect(a!.build).toMatchObject({ toolchain: 'wasm', module: { script: 'module/twin.js', embed: true } });
  });

  it('refuses names, variants and labels that cannot be', () => {
    expect(codeOf(() => wasm({ name: 'a-b' }))).toBe('BAD_OPTION');
    for (const variants of [[], ['simd', 'simd'], ['avx'], ['toString']]) {
      expect(codeOf(() => wasm({ name: 'a', variants: variants as [] }))).toBe('BAD_OPTION');
    }
    expect(codeOf(() => wasm({ name: 'a' }).emit(tinyProgram({ labels: ['a', 'b\0c'] })))).toBe('BAD_LABEL');
  });

  it('evaluates no text as code and needs nothing but WebAssembly', () => {
    const script = wasm({ name: 'model' }).emit(tinyProgram()).files['module/model.js'] as string;
    expect(script).not.toMatch(/\beval\b|new Function|XMLHttpRequest|document\.|process\.|require\(/);
    expect(script.match(/^import /gm)).toBeNull();
  });

  it('has types that TypeScript takes, with the labels as a union', () => {
    const dir = join(root, 'types');
    mkdirSync(dir);
    const { files } = wasm({ name: 'model' }).emit(tinyProgram({ labels: nasty }));
    writeFileSync(join(dir, 'model.d.ts'), files['module/model.d.ts']!);
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    writeFileSync(
      join(dir, 'use.ts'),
      `import createModule, { EdgeImpulseClassifier, classify, info, init, load } from './model.js';
const impulse = await load({ simd: true });
const label: ${JSON.stringify(nasty[0])} | undefined | string = impulse.predict(new Float32Array(info.inputSize)).label;
const score: number | undefined = impulse.push([0])?.scores?.[${JSON.stringify(nasty[3])}];
// @ts-expect-error: no such label
impulse.predict([]).scores?.nothing;
await init();
const values: readonly number[] = classify([1], true).results.map(({ value }) => value);
await new EdgeImpulseClassifier().init();
(await createModule())._malloc(4);
export { label, score, values };
`,
    );
    const flags = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext'];
    const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc');
    expect(run(process.execPath, [tsc, ...flags, 'use.ts'], dir)).toBe('');
  });
});

describe.skipIf(!compiles)('in Node', () => {
  let first: Promise<string> | undefined;
  /** A module that several tests use. */
  const plainly = (): Promise<string> => {
    first ??= built(tinyProgram());
    return first;
  };

  const cases: readonly [string, TinyOptions][] = [
    ['a graph with an anomaly score, and labels of every kind', { anomaly: true, fractions: true, labels: nasty }],
    ['one value', { answers: 'value' }],
    ['cells of a grid', { answers: 'cells' }],
  ];

  it.each(cases)('gives the answers of TypeScript, with and without SIMD: %s', async (_, options) => {
    const program = tinyProgram(options);
    const { simd, scalar, results } = checked(await built(program), program);
    expect(simd).toEqual(scoresOf(program));
    expect(scalar).toEqual(scoresOf(program));
    if (options.labels) expect(results[0]!.map(({ label }) => label)).toEqual(nasty);
  });

  it('leaves one file and its types, or the binaries beside it', async () => {
    expect(
      readdirSync(await plainly())
        .sort()
        .slice(-2),
    ).toEqual(['model.d.ts', 'model.js']);
    const program = tinyProgram();
    const dir = await built(program, { embed: false });
    expect(readdirSync(dir).sort()).toEqual(['model.d.ts', 'model.js', 'model.scalar.wasm', 'model.simd.wasm']);
    expect(checked(dir, program).simd).toEqual(scoresOf(program));
    for (const variant of ['simd', 'scalar']) {
      const module = readFileSync(join(dir, `model.${variant}.wasm`));
      const api = globalThis as unknown as {
        WebAssembly: { Module: { new (b: Uint8Array): object; imports(m: object): [] } };
      };
      expect(api.WebAssembly.Module.imports(new api.WebAssembly.Module(module))).toEqual([]);
    }
  });

  it('gives what a binary of its own choice gives, and the one that is there', async () => {
    const program = tinyProgram();
    const dir = await built(program, { variants: ['scalar'], optimize: 'size', embed: false });
    const script = `import { readFileSync } from 'node:fs';
import { load } from './model.js';
const bytes = readFileSync('model.scalar.wasm');
const ways = [{}, { simd: true }, { binary: bytes }, { binary: new WebAssembly.Module(bytes) }];
const loaded = await Promise.all(ways.map((one) => load(one)));
const window = ${JSON.stringify(windowsOf(program)[0])};
console.log(JSON.stringify(loaded.map((one) => [one.simd, Object.values(one.predict(window).scores)])));`;
    const expected = [false, [...program.golden[0]!.scores[0]!]];
    expect(inNode(dir, script)).toEqual([expected, expected, expected, expected]);
  });

  it('refuses windows that cannot be, with a code, and goes on', async () => {
    const dir = await plainly();
    const script = `import { info, load } from './model.js';
const impulse = await load();
const code = (action) => { try { action(); } catch (error) { return error.code; } };
const window = new Float32Array(info.inputSize);
console.log(JSON.stringify([
  code(() => impulse.predict(window.subarray(1))), code(() => impulse.predict(window.map(() => NaN))),
  code(() => impulse.push([])), code(() => impulse.push(Array(info.sliceSize).fill(Infinity))),
  code(() => impulse.predict(window)), impulse.predict(window).label,
]));`;
    const [label] = tinyProgram().learn[0]!.block.labels;
    expect(inNode(dir, script)).toEqual(['SHAPE_MISMATCH', 'BAD_DATA', 'SHAPE_MISMATCH', 'BAD_DATA', null, label]);
  });

  it('has the functions that users know', async () => {
    const program = tinyProgram({ anomaly: true });
    const dir = await built(program, { project: { id: 7, owner: 'me', name: 'Tiny', deployVersion: 3 } });
    const script = `import { EdgeImpulseClassifier, classifyContinuous, init } from './model.js';
const window = ${JSON.stringify(windowsOf(program)[0])};
const classifier = new EdgeImpulseClassifier();
let early;
try { classifier.classify(window); } catch (error) { early = error.message; }
await classifier.init();
await init();
const { slice_size, axis_count } = classifier.getProperties();
const slices = [0, 1].map((i) => classifyContinuous(window.slice(i * slice_size * axis_count, (i + 1) * slice_size * axis_count)));
console.log(JSON.stringify({ early, project: classifier.getProjectInfo(), properties: classifier.getProperties(),
  answer: classifier.classify(window), slices }));`;
    const [state, odd] = program.golden[0]!.scores;
    const labels = ['no', 'yes', 'maybe'];
    const answer = { anomaly: odd![0], results: labels.map((label, i) => ({ label, value: state![i] })) };
    expect(inNode(dir, script)).toMatchObject({
      early: 'Module is not initialized',
      project: { id: 7, owner: 'me', name: 'Tiny', deploy_version: 3 },
      properties: {
        ...{ frequency: 62.5, interval_ms: 16, axis_count: 3, input_features_count: 120, slice_size: 20 },
        ...{ label_count: 3, has_anomaly: true, model_type: 'classification', sensor: 2, use_continuous_mode: true },
      },
      answer,
      slices: [{ anomaly: 0, results: labels.map((label) => ({ label, value: 0 })) }, answer],
    });
  });

  it('has the module object that users drive by themselves, whose memory stays in place', async () => {
    const program = tinyProgram();
    const dir = await plainly();
    const script = `import createModule from './model.js';
const Module = await createModule();
await new Promise((resolve) => { Module.onRuntimeInitialized = resolve; });
const plain = (object, prototype) => Object.fromEntries(Object.getOwnPropertyNames(prototype)
  .filter((key) => Object.getOwnPropertyDescriptor(prototype, key).get).map((key) => [key, object[key]]));
const kept = Module._malloc(1000000);
Module._free(Module._malloc(10));
const window = Float32Array.from(${JSON.stringify(windowsOf(program)[0])});
const answers = [];
for (let turn = 0; turn < 200; turn++) {
  const pointer = Module._malloc(window.byteLength);
  new Uint8Array(Module.HEAPU8.buffer, pointer, window.byteLength).set(new Uint8Array(window.buffer));
  const found = Module.run_classifier(pointer, window.length, false);
  Module._free(pointer);
  answers.push({ result: found.result, values: Array.from({ length: found.size() }, (_, i) => found.get(i).value) });
  found.delete();
}
const wrong = Module.run_classifier(kept, 3, false);
console.log(JSON.stringify({ init: Module.init(), first: answers[0], last: answers.at(-1), bytes: Module.HEAPU8.length,
  wrong: wrong.result, size: wrong.size(),
  project: plain(Module.get_project(), Module.emcc_classification_project_t.prototype),
  labels: plain(Module.get_properties(), Module.emcc_classification_properties_t.prototype).label_count,
  refused: Module.set_threshold({ id: 1, min_score: 0.5 }).success }));`;
    const seen = inNode<Record<string, unknown>>(dir, script);
    const first = { result: 0, values: [...program.golden[0]!.scores[0]!] };
    expect(seen).toMatchObject({ init: 0, first, last: first, wrong: -1, size: 0, labels: 3, refused: false });
    expect(seen.bytes).toBeLessThan(2_000_000);
    expect(seen.project).toEqual({ id: 0, owner: '', name: 'model', deploy_version: 1 });
  });
});

describe.skipIf(!compiles)('trained impulses', () => {
  const designs = {
    keyword: impulse({
      input: audio({ rateHz: 16_000, windowMs: 1000, strideMs: 500 }),
      dsp: mfe({ frameStrideMs: 20 }),
      learn: classifier({ layers: [conv1d(8, 3), conv1d(16, 3)], epochs: 2 }),
    }),
    machine: graph({
      input: motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 200 }),
      dsp: { spectrum: spectral({ fftLength: 16 }) },
      learn: {
        state: on('spectrum').use(classifier({ layers: [dense(20), dense(10)], epochs: 3 })),
        anomaly: on('spectrum').use(kMeans({ clusters: 4 })),
      },
    }),
  };
  type Name = keyof typeof designs;
  const names = Object.keys(designs) as Name[];

  const trained = async (name: Name) => {
    const data = await readDataset(join(root, name));
    const float = await designs[name].fit(data.train, { seed: 1 });
    const int8 = await float.quantize(data.train);
    return { data, live: int8.continuous(), programs: { float: programOf(float), int8: programOf(int8) } };
  };
  const models = {} as Record<Name, Awaited<ReturnType<typeof trained>>>;
  const built8: Partial<Record<Name, Promise<string>>> = {};
  /** The int8 module; that of the machine with its binaries beside it. */
  const int8 = (name: Name): Promise<string> => {
    built8[name] ??= built(models[name].programs.int8, { embed: name === 'keyword' });
    return built8[name];
  };
  beforeAll(async () => {
    writeSpeech(join(root, 'keyword'), 6);
    writeMotion(join(root, 'machine'), 3, 6);
    for (const name of names) models[name] = await trained(name);
  });

  it.each(names)(
    'give int8 results bit for bit and float32 ones within 1e-5, with and without SIMD: %s',
    async (name) => {
      for (const dtype of ['int8', 'float'] as const) {
        const program = models[name].programs[dtype];
        const { simd, scalar } = checked(await built(program), program);
        const expected = scoresOf(program);
        expect(scalar).toEqual(simd);
        if (dtype === 'int8') expect(simd).toEqual(expected);
        for (const [i, row] of simd.entries()) {
          for (const [j, value] of row.entries()) expect(Math.abs(value - expected[i]![j]!)).toBeLessThanOrEqual(1e-5);
        }
      }
    },
  );

  it.each(names)('give on a stream what TypeScript gives: %s', async (name) => {
    const { data, live } = models[name];
    const { values } = data.test[0]!.signal;
    const count = Math.min(20, Math.floor((3 * values.length) / live.sliceSize));
    const slices = Array.from({ length: count }, (_, i) =>
      Array.from({ length: live.sliceSize }, (_, j) => values[(i * live.sliceSize + j) % values.length]!),
    );
    const script = `import { load } from './model.js';
const impulse = await load();
const slices = ${JSON.stringify(slices)};
console.log(JSON.stringify(slices.map((slice) => impulse.push(slice)?.scores ?? null)));`;
    const expected = slices.map((slice) => live.push(slice)?.scores ?? null);
    expect(inNode(await int8(name), script)).toEqual(expected);
    expect(expected.at(-1)).not.toBeNull();
  });

  describe.skipIf(!has('chromium'))('in Chromium, on a page and in a worker', () => {
    it.each(names)('give the same bits: %s', async (name) => {
      const program = models[name].programs.int8;
      const dir = await int8(name);
      const answers = await answersInChromium(dir, windowsOf(program));
      for (const { simd, scalar } of [answers.page, answers.worker]) {
        expect(simd).toEqual(scoresOf(program));
        expect(scalar).toEqual(scoresOf(program));
      }
    });
  });
});
