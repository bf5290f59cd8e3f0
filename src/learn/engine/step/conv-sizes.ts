import type { Attributes, Graph, Op } from '../../../compile/graph.js';
import type { ConvSizes } from './tape.js';

/** Sizes of a convolution or pooling, its padding spelled out; padding holds `padValue`. */
export function convSizes(graph: Graph, op: Op, padValue: number): ConvSizes {
  const [height, width, channels] = graph.tensors[op.inputs[0]!]!.shape as [number, number, number];
  const [outHeight, outWidth, outChannels] = graph.tensors[op.output]!.shape as [number, number, number];
  const { attributes: a } = op;
  const [, kernelHeight, kernelWidth] = a.pool ? [0, ...a.pool] : graph.tensors[op.inputs[1]!]!.shape;
  const [strideY, strideX] = a.strides ?? [1, 1];
  const [dilationY, dilationX] = a.dilations ?? [1, 1];
  const [padTop, padLeft] = padOf(a, [height, width], [outHeight, outWidth], [kernelHeight!, kernelWidth!]);
  return {
    ...{ height, width, channels, outHeight, outWidth, outChannels },
    ...{ kernelHeight: kernelHeight!, kernelWidth: kernelWidth! },
    ...{ strideY, strideX, dilationY, dilationX, padTop, padLeft, padValue },
  };
}

type Pair = readonly [number, number];

/** Rows and columns of padding in front. */
function padOf(a: Attributes, input: Pair, output: Pair, kernel: Pair): Pair {
  if (a.padding === 'valid') return [0, 0];
  if (typeof a.padding === 'object') return [a.padding.top, a.padding.left];
  const along = (axis: 0 | 1): number => {
    const reach = (kernel[axis] - 1) * (a.dilations?.[axis] ?? 1) + 1;
    return Math.max((output[axis] - 1) * (a.strides?.[axis] ?? 1) + reach - input[axis], 0) >> 1;
  };
  return [along(0), along(1)];
}
