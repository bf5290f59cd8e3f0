import type { KernelConfig, NamedAttrMap, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import {
  convFilterGradient,
  convInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  type Geometry,
} from './gradients.js';
import { maxPoolGradient } from './max-pool.js';
import type { Engine } from './tf.js';

type Inputs = Readonly<Record<string, Tensor>>;
type Attributes = Readonly<Record<string, unknown>>;

/**
 * Adds to the WebAssembly backend what training convolutions needs: gradients it lacks (filters of plain and
 * depthwise convolutions, input of depthwise ones), one it gets wrong (max pooling loses the gradient of
 * all-negative windows) and two it computes with slow loops (transposed products, input of convolutions).
 */
export function registerKernels(tf: Engine): void {
  const put = (kernelName: string, compute: (inputs: Inputs, attributes: Attributes) => Tensor): void => {
    if (tf.getKernel(kernelName, 'wasm')) tf.unregisterKernel(kernelName, 'wasm');
    const kernelFunc = ({ inputs, attrs }: { inputs: unknown; attrs?: unknown }): Tensor =>
      tf.tidy(() => compute(inputs as Inputs, attrs as Attributes));
    tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc } as KernelConfig);
  };

  put('Conv2DBackpropFilter', ({ x, dy }, a) => {
    return convFilterGradient(tf, x as Tensor4D, dy as Tensor4D, convolution(tf, x!.shape, a.filterShape, a));
  });
  put('Conv2DBackpropInput', ({ dy, filter }, a) => {
    const geometry = convolution(tf, a.inputShape, filter!.shape, a);
    return convInputGradient(tf, dy as Tensor4D, filter as Tensor4D, geometry);
  });
  put('DepthwiseConv2dNativeBackpropFilter', ({ x, dy }, a) => {
    const geometry = convolution(tf, x!.shape, a.filterShape, a, true);
    return depthwiseFilterGradient(tf, x as Tensor4D, dy as Tensor4D, geometry);
  });
  put('DepthwiseConv2dNativeBackpropInput', ({ dy, filter }, a) => {
    const geometry = convolution(tf, a.inputShape, filter!.shape, a, true);
    return depthwiseInputGradient(tf, dy as Tensor4D, filter as Tensor4D, geometry);
  });
  put('MaxPoolGrad', ({ dy, input }, a) => {
    const { filterSize, strides, pad, dimRoundingMode } = a as never;
    const shape = input!.shape as [number, number, number, number];
    const geometry = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    const dx = maxPoolGradient(floats(input!), floats(dy!), shape[3], geometry);
    return tf.tensor(dx, shape);
  });
  putPlainProduct(tf);
}

/** Matrix products: transposes first, then the shipped kernel, which is fast only without its transpose flags. */
function putPlainProduct(tf: Engine): void {
  const shipped = tf.getKernel('BatchMatMul', 'wasm');
  tf.unregisterKernel('BatchMatMul', 'wasm');
  const turned = (x: Tensor, flag: unknown): Tensor => {
    const [rows, columns] = [x.rank - 2, x.rank - 1];
    return flag ? tf.transpose(x, [...Array(rows).keys(), columns, rows]) : x;
  };
  tf.registerKernel({
    ...shipped,
    kernelFunc: ({ inputs, attrs, backend }) =>
      tf.tidy(() => {
        const { a, b } = inputs as { a: Tensor; b: Tensor };
        const { transposeA, transposeB } = attrs as NamedAttrMap;
        const operands = { a: turned(a, transposeA), b: turned(b, transposeB) };
        const plain = { transposeA: false, transposeB: false };
        const result = shipped.kernelFunc({ inputs: operands, attrs: plain, backend });
        return tf.engine().makeTensorFromTensorInfo(result as Tensor);
      }),
  });
}

/** Geometry of a convolution from the attributes of its gradient kernels. */
function convolution(tf: Engine, input: unknown, filter: unknown, a: Attributes, depthwise = false): Geometry {
  const { strides, pad, dimRoundingMode } = a as never;
  const dilations = (a.dilations ?? 1) as number;
  return tf.backend_util.computeConv2DInfo(
    input as never,
    filter as never,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

function floats(x: Tensor): Float32Array {
  return x.dataSync() as Float32Array;
}
