import type { OpDefinition } from '../../op.js';
import { poolOp, type Reduce } from '../common/pool.js';
import type { Window } from '../common/window.js';
import header from './op.h.js';

function largest<T extends Float32Array | Int8Array>({ rows, columns, inWidth, inChannels }: Window): Reduce<T> {
  return (x, a, row, column) => {
    let value = Number.NEGATIVE_INFINITY;
    for (let i = rows.first[row]!; i < rows.end[row]!; i++) {
      const end = columns.end[column]!;
      for (let j = columns.first[column]!; j < end; j++) {
        const other = x[a + (i * inWidth + j) * inChannels]!;
        if (other > value) value = other;
      }
    }
    return value;
  };
}

/** Largest value under a window `attributes.pool`, per channel; padding never wins. `[H, W, C]` gives `[H', W', C]`. */
export const maxPool2d: OpDefinition = poolOp({
  doc: 'Largest value under a window, per channel, of [height, width, channel]; padding same, valid or per side, and does not count.',
  tflite: ['MAX_POOL_2D'],
  onnx: ['MaxPool', 'GlobalMaxPool', 'ReduceMax'],
  header,
  f32: { function: 'maxPool2dF32', descriptor: 'MaxPool2dF32', reduce: largest, codeBytes: 262 },
  int8: { function: 'maxPool2dInt8', descriptor: 'MaxPool2dInt8', reduce: largest, codeBytes: 212 },
});
