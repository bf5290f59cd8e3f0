import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FitProgress, TrainedBlock, TrainingSet } from '../../block.js';
import { closure } from '../../cpp.js';
import { featuresSpec, type Spec, sizeOf, spectrogramSpec } from '../../spec.js';
import { bandMask, flip, mixup, timeShift } from '../augment/index.js';
import { loadEngine } from '../engine/engine.js';
import { conv1d, conv2d, dense } from '../layers.js';
import { seededRandom } from '../random.js';
import { classifier } from './classifier.js';

const folder = mkdtempSync(join(tmpdir(), 'classifier-'));
afterAll(() => rmSync(folder, { recursive: true }));

const features = featuresSpec(6);
const spectrogram = spectrogramSpec(20, 8, 0.02);

/** Classes that differ in two features of very different units; the others are noise or constant. */
function motions(rows: number, purpose = 'motions'): TrainingSet {
  const { normal } = seededRandom(5, purpose);
  const labels = Int32Array.from({ length: rows }, (_, i) => i % 3);
  return {
    classes: ['idle', 'walk', 'run'],
    labels,
    groups: Array.from(labels, (_, i) => `file ${Math.floor(i / 3)}`),
    features: Array.from(labels, (label) =>
      Float32Array.of(
        5000 + 100 * normal() + 400 * Number(label === 1),
        0.001 * normal() + 0.004 * Number(label === 2),
        normal(),
        10 * normal(),
        3,
        -1e6 + 1e3 * normal(),
      ),
    ),
  };
}

/** A tone that rises, falls or is not there. */
function tones(rows: number, purpose = 'tones'): TrainingSet {
  const { normal, below } = seededRandom(6, purpose);
  const set = motions(rows, purpose);
  const row = (label: number): Float32Array => {
    const out = Float32Array.from({ length: 160 }, () => Math.max(0.3 + 0.1 * normal(), 0));
    const start = below(8);
    for (let t = 0; t < 8 && label > 0; t++) out[(start + t) * 8 + (label === 1 ? t : 7 - t)] = 0.9;
    return out;
  };
  return { ...set, classes: ['none', 'up', 'down'], features: Array.from(set.labels, row) };
}

function accuracy(block: TrainedBlock, data: TrainingSet): number {
  const truth = Array.from(data.labels, (label) => data.classes[label]!);
  return block.score(
    data.features.map((row) => scores(block, row)),
    truth,
  ).accuracy!;
}

function scores(block: TrainedBlock, row: Float32Array): Float32Array {
  const out = new Float32Array(sizeOf(block.output));
  block.run(row, out);
  return out;
}

describe('classifier', () => {
  let motion: TrainedBlock;
  let tone: TrainedBlock;
  const seen: FitProgress[] = [];
  const audio = classifier({ layers: [conv1d(8, 3), conv1d(16, 3)], epochs: 25, augment: 'none' });
  beforeAll(async () => {
    motion = await classifier({ epochs: 30 }).fit(motions(240), features, { onProgress: (p) => seen.push(p) });
    tone = await audio.fit(tones(240), spectrogram, {});
  });

  it('tells classes of features apart, whatever their units', () => {
    expect(accuracy(motion, motions(90, 'test'))).toBeGreaterThan(0.9);
    expect(motion.labels).toEqual(['idle', 'walk', 'run']);
    const sum = scores(motion, motions(1).features[0]!).reduce((a, b) => a + b);
    expect(sum).toBeCloseTo(1, 5);
  });

  it('tells classes of spectrograms apart', () => {
    expect(accuracy(tone, tones(90, 'test'))).toBeGreaterThan(0.9);
  });

  it('reports each epoch', () => {
    expect(seen.map((p) => p.epoch)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(seen[29]).toMatchObject({ learner: 'classifier', epochs: 30, remainingMs: 0 });
    expect(seen[0]!.remainingMs).toBeGreaterThan(0);
    expect(motion.report.valLoss).toBe(Math.min(...seen.map((p) => p.valLoss)));
  });

  it('keeps its accuracy in int8', () => {
    for (const [block, data] of [
      [motion, motions],
      [tone, tones],
    ] as const) {
      const small = block.quantize!(data(240).features);
      expect(small.dtype).toBe('int8');
      expect(small.quantize).toBeUndefined();
      expect(accuracy(small, data(90, 'test'))).toBeGreaterThan(accuracy(block, data(90, 'test')) - 0.03);
    }
    expect(() => motion.quantize!([])).toThrow(expect.objectContaining({ code: 'NO_DATA' }));
  });

  it('gives the same bytes for the same seed', async () => {
    const learn = (seed: number) => classifier({ epochs: 3 }).fit(motions(60), features, { seed });
    const [a, b, c] = [await learn(1), await learn(1), await learn(2)];
    expect(b.state).toEqual(a.state);
    expect(c.state.arrays).not.toEqual(a.state.arrays);
    const augmented = () => classifier({ epochs: 2, augment: 'high' }).fit(tones(40), spectrogram, {});
    expect((await augmented()).state).toEqual((await augmented()).state);
  });

  it('comes back from its saved state, float and int8', () => {
    for (const block of [motion, tone, motion.quantize!(motions(60).features)]) {
      const { json, arrays } = block.state;
      const state = { json: JSON.parse(JSON.stringify(json)), arrays: structuredClone(arrays) };
      const revived = classifier().revive(state, block.input as Spec<'features'>);
      expect(revived.cpp.emit('X')).toEqual(block.cpp.emit('X'));
      expect(revived.state).toEqual(block.state);
      expect(revived.dtype).toBe(block.dtype);
    }
  });

  it('refuses a damaged state', () => {
    const { json, arrays } = motion.state;
    const { network, labels } = json as { network: { tensors: object[]; ops: object[] }; labels: string[] };
    const revive = (changes: object, more: object = {}) =>
      classifier().revive(
        { json: { ...(json as object), ...changes }, arrays: { ...arrays, ...more } as never },
        features,
      );
    const damaged = [
      () => revive({ labels: labels.slice(1) }),
      () => revive({ network: undefined }),
      () => revive({ network: { ...network, input: 99 } }),
      () =>
        revive({ network: { ...network, ops: [{ ...network.ops[0], inputs: [0, 500, 2] }, ...network.ops.slice(1)] } }),
      () =>
        revive({
          network: { ...network, tensors: [{ ...network.tensors[0], shape: [-6] }, ...network.tensors.slice(1)] },
        }),
      () => revive({}, { tensor1: new Float32Array(3) }),
      () => revive({}, { tensor1: new Int8Array(120) }),
      () => classifier().revive(motion.state, featuresSpec(7)),
    ];
    for (const attempt of damaged) {
      expect(attempt).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/BAD_FILE|SHAPE_MISMATCH|BAD_OPTION/) }),
      );
    }
  });

  it('sketches the block it will train', () => {
    const sketch = classifier().sketch(features, ['idle', 'walk', 'run']);
    expect(sizesOf(sketch)).toEqual(sizesOf(motion));
    expect(sizesOf(sketch.quantize!([]))).toEqual(sizesOf(motion.quantize!(motions(60).features)));
    const audioSketch = audio.sketch(spectrogram, tone.labels);
    expect(sizesOf(audioSketch)).toEqual(sizesOf(tone));
    expect(sizesOf(audioSketch.quantize!([]))).toEqual(sizesOf(tone.quantize!(tones(60).features)));
  });

  it('computes in C++ what it computes here', () => {
    const rows = motions(50, 'test').features;
    const small = motion.quantize!(motions(240).features);
    expect(runCpp(small, rows)).toEqual(rows.flatMap((row) => [...scores(small, row)]));
    const float = rows.flatMap((row) => [...scores(motion, row)]);
    runCpp(motion, rows).forEach((v, i) => {
      expect(Math.abs(v - float[i]!)).toBeLessThan(1e-5);
    });
  });

  it('refuses what it cannot learn from', async () => {
    const set = motions(30);
    const learn = (data: Partial<TrainingSet>) => classifier({ epochs: 1 }).fit({ ...set, ...data }, features, {});
    await expect(learn({ features: [], labels: new Int32Array(), groups: [] })).rejects.toMatchObject({
      code: 'NO_DATA',
    });
    await expect(learn({ labels: new Int32Array(30) })).rejects.toMatchObject({ code: 'ONE_CLASS' });
    const broken = set.features.map((row) => row.slice());
    broken[7]![2] = Number.NaN;
    await expect(learn({ features: broken })).rejects.toMatchObject({ code: 'BAD_DATA' });
    const convolution = classifier({ layers: [conv1d(8, 3)] }).fit(set, features, {});
    await expect(convolution).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', where: 'conv1d_0' });
  });

  it('stops when it is told to', async () => {
    const tf = await loadEngine();
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 30);
    const learn = classifier({ epochs: 5000 }).fit(motions(240), features, { signal: controller.signal });
    await expect(learn).rejects.toMatchObject({ code: 'ABORTED' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('counts rare classes more when asked', async () => {
    const all = motions(300);
    const kept = [...all.labels.keys()].filter((i) => all.labels[i] !== 2 || i % 4 === 2);
    const rare = {
      ...all,
      features: kept.map((i) => all.features[i]!.map((v, f) => (f === 1 && all.labels[i] === 2 ? v - 0.002 : v))),
      labels: Int32Array.from(kept, (i) => all.labels[i]!),
      groups: kept.map((i) => all.groups[i]!),
    };
    const recall = async (classWeights: 'none' | 'balanced') => {
      const block = await classifier({ epochs: 60, classWeights }).fit(rare, features, {});
      const rows = rare.features.filter((_, i) => rare.labels[i] === 2);
      return rows.filter((row) => scores(block, row).indexOf(Math.max(...scores(block, row))) === 2).length;
    };
    expect(await recall('balanced')).toBeGreaterThan(await recall('none'));
  });

  it('follows its schedule, or one that is given', async () => {
    const learn = (options: object, schedule?: (done: number) => number) =>
      classifier({ epochs: 3, weightDecay: 0, ...options }).fit(motions(60), features, { schedule });
    const arrays = async (...given: Parameters<typeof learn>) => (await learn(...given)).state.arrays;
    const still = await arrays({}, () => 0);
    expect(await arrays({ epochs: 1 }, () => 0)).toEqual(still);
    expect(await arrays({ schedule: 'constant' })).toEqual(await arrays({}, () => 1));
    const ways = [{}, { schedule: 'step' }, { schedule: 'constant' }, { warmup: 2 }, { l1: 0.01 }, { l2: 0.01 }];
    const all = await Promise.all(ways.map(async (options) => JSON.stringify(await arrays(options))));
    expect(new Set(all).size).toBe(ways.length);
  });

  it('keeps weights small with l1 and l2', async () => {
    const size = async (options: object): Promise<number> => {
      const block = await classifier({ epochs: 20, weightDecay: 0, ...options }).fit(motions(120), features, {});
      return (block.state.arrays.tensor1 as Float32Array).reduce((sum, w) => sum + Math.abs(w), 0);
    };
    const free = await size({});
    expect(await size({ l1: 0.02 })).toBeLessThan(0.8 * free);
    expect(await size({ l2: 0.1 })).toBeLessThan(0.8 * free);
  });

  it('takes named networks and lists of augmentations, saved as plain data', async () => {
    const augment = [timeShift({ ms: 40 }), bandMask(), mixup()];
    const block = classifier({ layers: 'small', epochs: 2, augment });
    const trained = await block.fit(tones(30), spectrogram, {});
    expect(sizesOf(block.sketch(spectrogram, trained.labels))).toEqual(sizesOf(trained));
    const again = classifier(JSON.parse(JSON.stringify(block.params)));
    expect(again.params).toEqual(block.params);
    expect((await again.fit(tones(30), spectrogram, {})).state).toEqual(trained.state);
    expect(() => classifier({ layers: 'huge' as 'small' })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(() => classifier({ augment: [{ type: 'noise' }] })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    const wrong = classifier({ augment: [flip()], epochs: 1 }).fit(tones(30), spectrogram, {});
    await expect(wrong).rejects.toMatchObject({ code: 'BAD_OPTION', where: 'classifier.augment.flip' });
  });

  it('offers the tuner networks of its own make', () => {
    const of = (block: { schema: Readonly<Record<string, { tune?: unknown }>> }) =>
      block.schema.layers!.tune as object[][];
    expect(
      of(classifier({ layers: [dense(5)] }))
        .flat()
        .every((l) => 'units' in l),
    ).toBe(true);
    expect(of(classifier({ layers: [conv2d(5, 3)] }))).toContainEqual([conv2d(8, 3), conv2d(16, 3)]);
    for (const layers of of(audio)) expect(() => audio.with({ layers }).sketch(spectrogram, ['a', 'b'])).not.toThrow();
    expect(audio.with({ epochs: 7 }).params).toMatchObject({ epochs: 7, layers: audio.params.layers });
  });
});

function sizesOf(block: TrainedBlock): object {
  const { scratchBytes, constBytes, codeBytes } = block.cpp;
  return { scratchBytes, constBytes, codeBytes, work: block.work };
}

const FLAGS = '-std=c++11 -O2 -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Wdouble-promotion -Werror';

/** Compiles the emitted block with g++ and returns its scores of all rows, one after the other. */
function runCpp(block: TrainedBlock, rows: readonly Float32Array[]): number[] {
  for (const file of closure(block.cpp.headers)) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.text);
  }
  const { declaration, definition } = block.cpp.emit('Block');
  const main = `
#include <stdio.h>
${block.cpp.headers.map((file) => `#include "${file.path}"`).join('\n')}
${declaration}
${definition}
int main() {
  float in[${sizeOf(block.input)}], out[${sizeOf(block.output)}];
  alignas(16) static unsigned char scratch[${block.cpp.scratchBytes}];
  while (fread(in, sizeof in, 1, stdin) == 1) {
    Block::run(in, out, scratch);
    fwrite(out, sizeof out, 1, stdout);
  }
}
`;
  writeFileSync(join(folder, 'main.cpp'), main);
  const program = join(folder, 'program');
  execFileSync('g++', [...FLAGS.split(' '), '-I', folder, join(folder, 'main.cpp'), '-o', program]);
  const input = new Uint8Array(Float32Array.from(rows.flatMap((row) => [...row])).buffer);
  return [...new Float32Array(new Uint8Array(execFileSync(program, { input })).buffer)];
}
