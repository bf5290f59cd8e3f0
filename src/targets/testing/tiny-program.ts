/** A hand-made program for the tests of this folder: two processing blocks, a classifier and an anomaly score. */
import { type Answers, type ProcessingStage, processingBlock, type TrainedBlock } from '../../block.js';
import type { Work } from '../../cost.js';
import { type CppFile, templateStage } from '../../cpp.js';
import { float, int } from '../../params.js';
import type { Program } from '../../program.js';
import { featuresSpec, type Spec, signalSpec, sizeOf } from '../../spec.js';

const header: CppFile = {
  path: 'tiny/tiny.h',
  includes: [],
  text: `#ifndef TINY_TINY_H
#define TINY_TINY_H
#include <stdint.h>
namespace tiny {
template <class T> struct Sums {
  static constexpr int32_t kScratchBytes = 16;
  template <class In>
  static void run(In in, float* out, void* scratch) {
    float* step = static_cast<float*>(scratch);
    for (int32_t i = 0; i < T::kOutput; ++i) {
      step[0] = 0.0f;
      for (int32_t j = i; j < T::kInput; j += T::kOutput) step[0] = step[0] + static_cast<float>(in[j]) * T::kFactor;
      out[i] = step[0];
    }
  }
};
template <class T> struct Linear {
  static constexpr int32_t kScratchBytes = 0;
  static void run(const float* in, float* out, void*) {
    for (int32_t o = 0; o < T::kOutput; ++o) {
      float sum = 0.0f;
      for (int32_t i = 0; i < T::kInput; ++i) sum = sum + in[i] * T::kWeights[o * T::kInput + i];
      out[o] = sum;
    }
  }
};
}
#endif
`,
};

const { fround } = Math;

const sumsBlock = processingBlock({
  type: 'sums',
  version: 1,
  accepts: ['signal'],
  params: { size: int(6, 'Sums.', { min: 1 }), factor: float(1, 'Multiplies every value.') },
  output: (_input, p) => featuresSpec(p.size),
  work: (input) => ({ flop: 2 * sizeOf(input), call: 1 }),
  prepare: (input, { size, factor }) => {
    const n = sizeOf(input);
    return (x, out) => {
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let j = i; j < n; j += size) sum = fround(sum + fround(x[j]! * fround(factor)));
        out[i] = sum;
      }
    };
  },
  cpp: {
    header,
    type: 'tiny::Sums',
    traits: (input, p) => ({ ints: { kInput: sizeOf(input), kOutput: p.size }, floats: { kFactor: p.factor } }),
    scratchBytes: () => 16,
    codeBytes: { sums: 100 },
  },
});

const sums = (input: Spec<'signal'>, size: number, factor: number): ProcessingStage =>
  sumsBlock({ size, factor }).bind(input);

/** What a learner gives that answers so. */
const OUTPUTS: Readonly<Record<Answers, (labels: readonly string[]) => Spec>> = {
  classes: (labels) => featuresSpec(labels.length, labels),
  anomaly: () => featuresSpec(1),
  value: () => featuresSpec(1),
  cells: (labels) => {
    const [row, column] = ['row', 'column'].map((name) => ({ name, size: 2 }));
    return { kind: 'scores', axes: [row!, column!, { name: 'class', size: labels.length + 1 }] };
  },
};

function linear(type: string, inputs: number, answers: Answers, labels: readonly string[], work: Work): TrainedBlock {
  const output = OUTPUTS[answers](labels);
  const size = sizeOf(output);
  const weights = Float32Array.from({ length: inputs * size }, (_, i) => ((i * 37) % 19) / 7 - 1);
  return {
    type,
    answers,
    dtype: 'int8',
    labels,
    report: {},
    state: { json: {}, arrays: {} },
    score: () => ({ windows: 0 }),
    input: featuresSpec(inputs),
    output,
    work,
    run: (x, out) => {
      for (let o = 0; o < size; o++) {
        let sum = 0;
        for (let i = 0; i < inputs; i++) sum = fround(sum + fround(x[i]! * weights[o * inputs + i]!));
        out[o] = sum;
      }
    },
    cpp: templateStage({
      header,
      type: 'tiny::Linear',
      traits: { ints: { kInput: inputs, kOutput: size }, tables: { kWeights: weights } },
      scratchBytes: 0,
      codeBytes: { linear: 200 },
    }),
  };
}

export interface TinyOptions {
  labels?: readonly string[];
  /** Adds a second processing block and an anomaly score over both. */
  anomaly?: boolean;
  /** What the first learner answers with: classes (default), one value, or cells in a grid of 2 x 2. */
  answers?: Answers;
  /** Windows with fractions instead of whole numbers. */
  fractions?: boolean;
  sensor?: Program['sensor'];
}

/** Window `k` of the program: the same values everywhere. */
export function tinyWindow(program: Program, k: number, fractions = false): Float32Array {
  return Float32Array.from({ length: sizeOf(program.input) }, (_, i) => {
    const whole = ((i * 7919 + k * 104729) % 2001) - 1000;
    return fractions ? whole / 3 : whole;
  });
}

/** What TypeScript computes: the scores of all learners in order. */
export function tinyScores(
  program: Program,
  window: Float32Array,
): { features: Float32Array[]; scores: Float32Array[] } {
  const features = program.dsp.map(({ stage }) => {
    const out = new Float32Array(sizeOf(stage.output));
    stage.run(window, out);
    return out;
  });
  const scores = program.learn.map(({ inputs, block }) => {
    const x = Float32Array.from(inputs.flatMap((i) => [...features[i]!]));
    const out = new Float32Array(sizeOf(block.output));
    block.run(x, out);
    return out;
  });
  return { features, scores };
}

export function tinyProgram(options: TinyOptions = {}): Program {
  const { labels = ['no', 'yes', 'maybe'], anomaly = false, fractions = false, sensor = 'accelerometer' } = options;
  const { answers = 'classes' } = options;
  const input = signalSpec(40, ['accX', 'accY', 'accZ'], 62.5);
  const first = sums(input, 6, 0.25);
  const second = sums(input, 4, 1 / 3);
  const program: Program = {
    input,
    sensor,
    strideSamples: 20,
    dsp: [
      {
        name: anomaly ? 'coarse' : 'dsp',
        type: 'sums',
        stage: first,
        dtype: 'f32',
        outputOffset: 0,
        scratchOffset: 48,
      },
      ...(anomaly
        ? [{ name: 'fine-2', type: 'sums', stage: second, dtype: 'f32' as const, outputOffset: 32, scratchOffset: 48 }]
        : []),
    ],
    learn: [
      {
        name: anomaly ? 'state' : 'learn',
        inputs: [0],
        block: linear('classifier', 6, answers, answers === 'value' ? [] : labels, {
          denseInt8: 18,
          requantize: 3,
          call: 1,
        }),
        inputOffset: 0,
        scratchOffset: 112,
      },
      ...(anomaly
        ? [
            {
              name: 'odd one',
              inputs: [1, 0],
              block: linear('k-means', 10, 'anomaly', [], { flop: 20 }),
              inputOffset: 64,
              scratchOffset: 112,
            },
          ]
        : []),
    ],
    arenaBytes: 128,
    golden: [],
    design: '{"format":1}',
  };
  const golden = [0, 1, 2].map((k) => {
    const window = tinyWindow(program, k, fractions);
    return { label: labels[k % labels.length] ?? 'none', window, ...tinyScores(program, window) };
  });
  return { ...program, golden };
}
