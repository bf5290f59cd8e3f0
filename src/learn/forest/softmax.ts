import { exponential } from '../../exponential.js';

const { fround } = Math;

/** e^x / sum(e^x) in place; twin of `softmaxTo`. */
export function softmax(values: Float32Array): void {
  let largest = values[0]!;
  for (const value of values) if (value > largest) largest = value;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = exponential(fround(values[i]! - largest));
    sum = fround(sum + values[i]!);
  }
  for (let i = 0; i < values.length; i++) values[i] = values[i]! / sum;
}
