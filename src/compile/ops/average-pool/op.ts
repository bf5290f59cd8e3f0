import type { OpDefinition } from '../../op.js';
import { poolOp, type Reduce } from '../common/pool.js';
import type { Window } from '../common/window.js';
import header from './op.h.js';

function mean<T extends Float32Array | Int8Array>(
  { rows, columns, inWidth, inChannels }: Window,
  divide: (sum: number, count: number) => number,
): Reduce<T> {
  return (x, a, row, column) => {
    const [first, end] = [columns.first[column]!, columns.end[column]!];
    let sum = 0;
    for (let i = rows.first[row]!; i < rows.end[row]!; i++) {
      for (let j = first; j < end; j++) sum += x[a + (i * inWidth + j) * inChannels]!;
    }
    return divide(sum, (rows.end[row]! - rows.first[row]!) * (end - first));
  };
}

/** As TensorFlow Lite: the quotient of the stored values, halves away from zero. */
function roundedQuotient(sum: number, count: number): number {
  const half = count >> 1;
  return Math.trunc((sum > 0 ? sum + half : sum - half) / count);
}

/** Mean under a window `attributes.pool`, per channel; padding does not count. `[H, W, C]` gives `[H', W', C]`. */
export const averagePool2d: OpDefinition = poolOp({
  doc: 'Mean of the values under a window, per channel, of [height, width, channel]; padding same or valid, and does not count.',
  tflite: ['AVERAGE_POOL_2D'],
  onnx: ['AveragePool'],
  header,
  f32: {
    function: 'averagePool2dF32',
    descriptor: 'AveragePool2dF32',
    reduce: (w) => mean(w, (sum, count) => sum / count),
    codeBytes: 292,
  },
  int8: {
    function: 'averagePool2dInt8',
    descriptor: 'AveragePool2dInt8',
    reduce: (w) => mean(w, roundedQuotient),
    codeBytes: 242,
  },
});
