import type { Program } from '../../program.js';
import { quantizeValues } from '../../stored.js';

/** Features of a processing block as they lie in the arena. */
export function storedFeatures(program: Program, index: number, row: Float32Array): Float32Array | Int8Array {
  const form = program.learn.find(({ inputs }) => inputs.includes(index))?.block.cpp.stored;
  if (program.dsp[index]!.dtype === 'f32' || !form) return row;
  const stored = new Int8Array(row.length);
  quantizeValues(row, stored, form.scale, form.zeroPoint);
  return stored;
}

/** Features and answers of a window, as TypeScript computes them. */
export function runProgram(program: Program, window: Float32Array) {
  const features = program.dsp.map(({ stage }) => {
    const out = new Float32Array(stage.output.axes.reduce((n, { size }) => n * size, 1));
    stage.run(window, out);
    return out;
  });
  const inputs = program.learn.map(({ inputs }) => Float32Array.from(inputs.flatMap((i) => Array.from(features[i]!))));
  const answers = program.learn.map(({ block }, i) => {
    const out = new Float32Array(block.output.axes.reduce((n, { size }) => n * size, 1));
    block.run(inputs[i]!, out);
    return out;
  });
  return { features, inputs, answers };
}
