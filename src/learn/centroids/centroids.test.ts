import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainingSet } from '../../block.js';
import type { Sample } from '../../data/index.js';
import { pixels } from '../../dsp/index.js';
import { fromFiles, graph, image, impulse, on, type TrainedImpulse } from '../../impulse/index.js';
import { imageSpec, shapeOf, sizeOf } from '../../spec.js';
import { cppLibrary } from '../../targets/index.js';
import { has, run, unpack, WARNINGS } from '../../testing/compilers.js';
import { batchNorm, conv2d, dense, globalAveragePool, maxPool } from '../layers.js';
import { centroids } from './centroids.js';
import { squares } from './testing/squares.js';

const SIDE = 48;
const layers = [
  ...[conv2d(8, 3, { stride: 2 }), batchNorm(), conv2d(16, 3, { stride: 2 }), batchNorm()],
  ...[conv2d(24, 3, { stride: 2 }), batchNorm(), conv2d(24, 3), batchNorm()],
];
const learner = centroids({ layers, headFilters: 16, epochs: 12, learningRate: 0.005, batchSize: 16 });
const design = impulse({ input: image({ width: SIDE, height: SIDE }), dsp: pixels(), learn: learner });
const objectsOf = async (model: TrainedImpulse, samples: readonly Sample[]) =>
  (await model.evaluate(samples)).learners.learn!.objects!;

const train = squares({ images: 100, side: SIDE, purpose: 'train' });
const test = squares({ images: 40, side: SIDE, purpose: 'test' });
let model: TrainedImpulse;
let small: TrainedImpulse;
beforeAll(async () => {
  model = await design.fit(train);
  small = await model.quantize(train);
});

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true });
});

/** Two dark images of 16 x 16 pixels with one bright square each. */
function pair(): TrainingSet {
  const features = [3, 11].map((x) => {
    const row = new Float32Array(256);
    for (let i = 0; i < 16; i++) row[(4 + (i >> 2)) * 16 + x + (i & 3)] = 1;
    return row;
  });
  const boxes = [3, 11].map((x) => [{ label: 'spot', x, y: 4, width: 4, height: 4 }]);
  return { features, boxes, labels: new Int32Array(2), classes: ['spot'], groups: ['a', 'b'] };
}
const tiny = centroids({ layers: [conv2d(4, 3), conv2d(4, 3)], headFilters: 4, epochs: 2, validationSplit: 0 });
const fitted = (changes: Partial<TrainingSet> = {}, spec = imageSpec({ width: 16, height: 16, channels: 1 })) =>
  tiny.fit({ ...pair(), ...changes }, spec, {});

describe('centroids', () => {
  it('finds objects in new images, float and int8', async () => {
    const objects = await objectsOf(model, test);
    expect(objects.f1).toBeGreaterThan(0.85);
    expect(Object.keys(objects.perClass)).toEqual(['blue', 'red']);
    for (const { f1 } of Object.values(objects.perClass)) expect(f1).toBeGreaterThan(0.75);
    expect((await objectsOf(small, test)).f1).toBeGreaterThan(objects.f1 - 0.05);
  });

  it('finds them on a grid of 12 x 12 cells as well', async () => {
    const side = 96;
    const large = impulse({
      input: image({ width: side, height: side }),
      dsp: pixels(),
      learn: learner.with({ epochs: 8 }),
    });
    const trained = await large.fit(squares({ images: 80, side, purpose: 'train' }));
    expect(shapeOf(trained.learners[0]!.block.output)).toEqual([12, 12, 3]);
    const { f1 } = await objectsOf(trained, squares({ images: 40, side, purpose: 'test' }));
    expect(f1).toBeGreaterThan(0.8);
  });

  it('says where they are, in pixels of the window', () => {
    const { cells, boxes } = model.predict(image({ width: SIDE, height: SIDE }).windows(test[0]!)[0]!.values);
    expect(cells).toHaveLength(6 * 6 * 3);
    for (let cell = 0; cell < 36; cell++) {
      expect(cells![3 * cell]! + cells![3 * cell + 1]! + cells![3 * cell + 2]!).toBeCloseTo(1, 5);
    }
    for (const { x, y, width, height, score } of boxes!) {
      expect([x % 8, y % 8, width % 8, height % 8]).toEqual([0, 0, 0, 0]);
      expect(x >= 0 && y >= 0 && x + width <= SIDE && y + height <= SIDE && score >= 0.5).toBe(true);
    }
    expect(model.reports.learn!.valAccuracy).toBeGreaterThan(0.6);
  });

  it('judges image by image', async () => {
    const { results, mistakes, objects } = (await model.evaluate(test)).learners.learn!;
    expect(results[0]!.boxes).toEqual(test[0]!.boxes);
    expect(results.map(({ truth }) => truth)).toContain('background');
    expect(mistakes.reduce((sum, { error }) => sum + error!, 0)).toBe(
      objects!.falsePositives + objects!.falseNegatives,
    );
  });

  it('has cells of 8 x 8 pixels by default', () => {
    const { output } = centroids().sketch(imageSpec({ width: 96, height: 96, channels: 3 }), ['a', 'b']);
    expect(shapeOf(output)).toEqual([12, 12, 3]);
    expect(output.axes[2]!.labels).toEqual(['background', 'a', 'b']);
  });

  it('sketches the block it will train', () => {
    const sketch = learner.sketch(imageSpec({ width: SIDE, height: SIDE, channels: 3 }), ['blue', 'red']);
    const sizes = ({ cpp, work }: typeof sketch) => [cpp.scratchBytes, cpp.constBytes, cpp.codeBytes, work];
    expect(sizes(sketch)).toEqual(sizes(model.learners[0]!.block));
    expect(sizes(sketch.quantize!([]))).toEqual(sizes(small.learners[0]!.block));
  });

  it('comes back from its files, float and int8', () => {
    for (const one of [model, small]) {
      const { files } = one.toBundle();
      const loaded = fromFiles({ json: String(files['impulse.json']), weights: files['weights.bin'] as Uint8Array });
      const window = train[0]!.signal.values;
      expect(loaded.predict(window)).toEqual(one.predict(window));
      expect(loaded.deploy(cppLibrary({ name: 'same' }))).toEqual(one.deploy(cppLibrary({ name: 'same' })));
    }
  });

  it('gives the same bytes for the same seed', async () => {
    const learn = (seed: number) => tiny.fit(pair(), imageSpec({ width: 16, height: 16, channels: 1 }), { seed });
    const [a, b, c] = [await learn(1), await learn(1), await learn(2)];
    expect(b.state).toEqual(a.state);
    expect(c.state.arrays).not.toEqual(a.state.arrays);
  });

  it('takes a picture without boxes for background, and one kind of object', async () => {
    const block = await fitted({ boxes: [pair().boxes![0]!, []] });
    expect(block.labels).toEqual(['spot']);
    expect(sizeOf(block.output)).toBe(4 * 4 * 2);
  });

  it('learns the mirror image of what it sees', async () => {
    const [first] = pair().features as [Float32Array];
    const one = { features: [first], boxes: [pair().boxes![0]!], labels: new Int32Array(1), groups: ['a'] };
    const scores = async (mirror: boolean) => {
      const block = await tiny
        .with({ mirror, epochs: 150, learningRate: 0.01 })
        .fit({ ...pair(), ...one }, imageSpec({ width: 16, height: 16, channels: 1 }), {});
      const seen = new Float32Array(32);
      block.run(
        first.map((_, i) => first[i - (i % 16) + 15 - (i % 16)]!),
        seen,
      );
      return block.boxes!.find(seen);
    };
    expect(await scores(true)).toMatchObject([{ label: 'spot', x: 8, y: 4 }]);
  });

  it('refuses what it cannot learn from', async () => {
    const spot = pair().boxes![0]![0]!;
    const { boxes: _, ...unboxed } = pair();
    const spec = imageSpec({ width: 16, height: 16, channels: 1 });
    await expect(tiny.fit(unboxed, spec, {})).rejects.toMatchObject({ code: 'NO_DATA' });
    await expect(fitted({ boxes: [[], []] })).rejects.toMatchObject({ code: 'NO_DATA' });
    await expect(fitted({ features: [], boxes: [] })).rejects.toMatchObject({ code: 'NO_DATA' });
    await expect(fitted({ boxes: [[{ ...spot, x: 15 }], []] })).rejects.toMatchObject({ code: 'BAD_DATA' });
    await expect(fitted({ boxes: [[{ ...spot, y: Number.NaN }], []] })).rejects.toMatchObject({ code: 'BAD_DATA' });
    const broken = pair().features.map((row) => row.map((v, i) => (i === 7 ? Number.NaN : v)));
    await expect(fitted({ features: broken })).rejects.toMatchObject({ code: 'BAD_DATA' });
    const unlabeled = train.map(({ boxes: _none, ...sample }) => sample);
    await expect(design.fit(unlabeled)).rejects.toMatchObject({ code: 'NO_DATA' });
    const outside = { ...train[0]!, boxes: [{ ...spot, x: 100 }] };
    await expect(design.fit([outside])).rejects.toMatchObject({ code: 'BAD_DATA' });
  });

  it('refuses networks that give no grid', () => {
    const sketch = (given: Parameters<typeof centroids>[0]) => () =>
      centroids(given).sketch(imageSpec({ width: 16, height: 16, channels: 1 }), ['a']);
    for (const last of [dense(8), globalAveragePool()]) {
      expect(sketch({ layers: [conv2d(4, 3), last] })).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
    }
    expect(sketch({ layers: [conv2d(4, 3), maxPool(2)] })).not.toThrow();
    expect(sketch({ layers: 'small' as never })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(sketch({ minScore: 2 })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  it('refuses a damaged state', () => {
    const { block } = small.learners[0]!;
    const { json, arrays } = block.state;
    const revive = (changes: object) => () =>
      learner.revive({ json: { ...(json as object), ...changes }, arrays }, block.input as never);
    expect(revive({})().state).toEqual(block.state);
    expect(revive({ labels: ['blue'] })).toThrow(expect.objectContaining({ code: 'BAD_FILE' }));
    expect(revive({ labels: [7, 8] })).toThrow(expect.objectContaining({ code: 'BAD_FILE' }));
  });
});

describe('two detectors in one impulse', () => {
  it('have names of their own in C++', async () => {
    const two = graph({
      input: image({ width: SIDE, height: SIDE }),
      dsp: { rgb: pixels() },
      learn: {
        near: on('rgb').use(learner.with({ epochs: 1 })),
        far: on('rgb').use(learner.with({ epochs: 1, minScore: 0.75 })),
      },
    });
    const trained = await two.fit(train.slice(0, 10));
    const { boxes, learners } = trained.predict(test[0]!.signal.values);
    expect(boxes).toEqual(learners.near!.boxes);
    const { files } = trained.deploy(cppLibrary({ name: 'pair' }));
    const header = String(files['pair.h']);
    expect(header).toContain(
      'int32_t boxesFar(const Result& result, Box* out, int32_t capacity, float minScore = kFarMinScore);',
    );
    expect(header).toContain('constexpr float kNearMinScore = 0.5f;');
    expect(header.match(/struct Box/g)).toHaveLength(1);
    if (!has('g++')) return;
    dirs.push(unpack({ files }));
    run('g++', [...WARNINGS, '-c', 'pair.cpp'], dirs.at(-1)!);
  });
});

const MAIN = `
#include <stdio.h>
#include "finder.h"
int main() {
  static float window[finder::kInputSize];
  finder::Result result;
  finder::Box boxes[36];
  while (fread(window, 4, finder::kInputSize, stdin) == finder::kInputSize) {
    if (finder::run(window, &result) != finder::Status::kOk) return 1;
    const int32_t count = finder::boxes(result, boxes, 36);
    for (int32_t i = 0; i < count; ++i) {
      const finder::Box& b = boxes[i];
      printf("%s %d,%d %dx%d;", finder::kLabels[b.label], b.x, b.y, b.width, b.height);
    }
    printf("\\n");
  }
  return finder::boxes(result, nullptr, 3) + finder::boxes(result, boxes, 36, 1.1f);
}
`;

describe.skipIf(!has('g++'))('centroids in C++', () => {
  it.each(['f32', 'int8'] as const)('give the cells and boxes of TypeScript: %s', (dtype) => {
    const one = dtype === 'f32' ? model : small;
    const { files } = one.deploy(cppLibrary({ name: 'finder' }));
    const dir = unpack({ files: { ...files, 'main.cpp': MAIN } });
    dirs.push(dir);
    const sources = ['finder.cpp', 'finder_parameters.cpp'];
    const verify = ['verify/verify.cpp', 'verify/golden.cpp'];
    run('g++', [...WARNINGS, '-O1', '-c', ...sources], dir);
    const objects = sources.map((path) => path.replace('.cpp', '.o'));
    run('g++', [...WARNINGS, '-o', 'verify.bin', ...objects, ...verify], dir);
    // int8 cells are compared bit for bit, float ones within 1e-5.
    expect(run('./verify.bin', [], dir)).toMatch(/\nOK\n$/);

    const windows = test.map((sample) => sample.signal.values);
    writeFileSync(join(dir, 'windows.bin'), new Uint8Array(Float32Array.from(windows.flatMap((w) => [...w])).buffer));
    run('g++', [...WARNINGS, '-o', 'main.bin', ...objects, 'main.cpp'], dir);
    const lines = run('sh', ['-c', './main.bin < windows.bin'], dir).split('\n');
    const expected = windows.map((window) => one.predict(window).boxes!);
    expect(expected.flat().length).toBeGreaterThan(50);
    expected.forEach((boxes, i) => {
      const text = boxes.map(({ label, x, y, width, height }) => `${label} ${x},${y} ${width}x${height}`);
      // Scores that are alike to 1e-5 may change places.
      expect(lines[i]!.split(';').slice(0, -1).sort()).toEqual(text.sort());
    });
  });
});
