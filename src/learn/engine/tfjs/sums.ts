import type { Engine } from '../tf.js';
import { putKernel, sizeOf } from './kernel.js';

/** Sums over leading axes (gradients of biases), and by segment (gradients of embeddings and of gathering). */
export function putSums(tf: Engine): void {
  putKernel(tf, 'Sum', (device, { x }, { axis, keepDims }) => {
    const { shape, dtype } = x!;
    const axes = tf.util.parseAxisParam(axis as number | number[], shape);
    const leading = axes.length < shape.length && [...axes].sort((a, b) => a - b).every((a, i) => a === i);
    const [outShape, reduced] = tf.backend_util.computeOutAndReduceShapes(shape, axes);
    if (dtype !== 'float32' || !leading || axes.length === 0 || sizeOf(shape) === 0) return undefined;
    const y = device.output(keepDims ? tf.backend_util.expandShapeToKeepDim(outShape, axes) : outShape);
    device.kernels.sum_rows(device.at(x), sizeOf(reduced), sizeOf(outShape), device.at(y));
    return y;
  });
  putKernel(tf, 'UnsortedSegmentSum', (device, { x, segmentIds }, { numSegments }) => {
    const rows = sizeOf(segmentIds!.shape);
    const rest = x!.shape.slice(segmentIds!.shape.length);
    const count = numSegments as number;
    const y = device.output([count, ...rest]);
    const { segment_sum } = device.kernels;
    segment_sum(rows, sizeOf(rest), count, device.at(x), device.at(segmentIds), device.at(y));
    return y;
  });
}
