import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Engine } from '../tf.js';
import { Convolution } from './convolution.js';
import { deviceOf } from './device.js';
import { differentiable } from './differentiable.js';
import { fusedActivation } from './kernel.js';
import { interceptLayer, type Weight } from './layer.js';

interface ConvolutionLayer {
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly padding: string;
  readonly dataFormat: string;
  readonly activation: { getClassName(): string; apply(x: Tensor): Tensor } | null;
  readonly bias?: Weight | null;
}
type PlainLayer = ConvolutionLayer & { readonly kernel: Weight };
type DepthwiseLayer = ConvolutionLayer & { readonly depthwiseKernel: Weight };
/** Height and width. */
type Pair = [number, number];

/**
 * Convolutions of one and two dimensions and depthwise ones, with bias and rectifier, as one operator each: the gradient
 * of the bias comes with that of the filter, and nobody computes the gradient of a network's input. They train dilated.
 */
export function interceptConvolutions(tf: Engine): void {
  interceptLayer<PlainLayer>(tf, 'Conv2D', (layer, x) => {
    return convolved(tf, layer, x, layer.kernel.read(), layer.dilationRate as Pair, false);
  });
  interceptLayer<PlainLayer>(tf, 'Conv1D', (layer, x) => {
    if (!covers(layer, x, 3)) return undefined;
    const row = tf.expandDims(x, 1);
    const flat = { ...settings(layer), strides: [1, layer.strides[0]!] };
    const filter = tf.expandDims(layer.kernel.read(), 0);
    return tf.squeeze(convolved(tf, flat, row, filter, [1, layer.dilationRate[0]!], false)!, [1]);
  });
  // The layer takes no notice of its dilation; neither is one taken here.
  interceptLayer<DepthwiseLayer>(tf, 'DepthwiseConv2D', (layer, x) => {
    return convolved(tf, layer, x, layer.depthwiseKernel.read(), [1, 1], true);
  });
}

function settings({
  strides,
  dilationRate,
  padding,
  dataFormat,
  activation,
  bias,
}: ConvolutionLayer): ConvolutionLayer {
  return { strides, dilationRate, padding, dataFormat, activation, bias: bias ?? null };
}

function covers(layer: ConvolutionLayer, x: Tensor, rank: number): boolean {
  const common = ['same', 'valid'].includes(layer.padding) && layer.dataFormat !== 'channelsFirst';
  return common && x.rank === rank && x.dtype === 'float32' && x.size > 0;
}

function convolved(
  tf: Engine,
  layer: ConvolutionLayer,
  x: Tensor,
  filter: Tensor,
  dilations: Pair,
  depthwise: boolean,
): Tensor | undefined {
  if (!covers(layer, x, 4)) return undefined;
  const device = deviceOf(tf.backend());
  const bias = layer.bias?.read();
  const fused = fusedActivation(layer.activation?.getClassName());
  const activation = fused ?? 0;
  const [strides, padding] = [layer.strides as Pair, layer.padding as 'same' | 'valid'];
  const { computeConv2DInfo } = tf.backend_util;
  const shapes = [x.shape, filter.shape] as [[number, number, number, number], [number, number, number, number]];
  const geometry = computeConv2DInfo(...shapes, strides, dilations, padding, undefined, depthwise);
  const convolution = new Convolution(device, geometry, depthwise);
  const tensor = (info: TensorInfo): Tensor => tf.engine().makeTensorFromTensorInfo(info);

  const [y] = differentiable(
    tf,
    { x, filter, ...(bias && { bias }) },
    {
      forward: (save) => {
        const result = tensor(convolution.forward(x, filter, bias, activation));
        save([x, filter, result]);
        return [result];
      },
      backward: ([dResult], saved) => {
        const [x, filter, result] = saved as [Tensor, Tensor, Tensor];
        let dy = dResult!;
        if (activation !== 0) {
          dy = tensor(device.output(dy.shape));
          const [from, to] = [device.at(dResult), device.at(dy)];
          device.kernels.activate_backward(dy.size, device.at(result), from, to, activation);
        }
        const dBias = bias && tensor(device.output(bias.shape));
        const dFilter = tensor(convolution.filterGradient(x, dy, filter.shape, dBias));
        return {
          x: () => tensor(convolution.inputGradient(dy, filter)),
          filter: () => dFilter,
          ...(dBias && { bias: () => dBias }),
        };
      },
    },
  );
  return fused === undefined ? layer.activation!.apply(y!) : y;
}
