import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { TrainingKernels } from '../module.js';
import type { Engine } from '../tf.js';
import type { Device } from './device.js';
import { type Attributes, fusedActivation, putKernel } from './kernel.js';

/** Sizes of one two-dimensional convolution or pooling, as `backend_util` of TensorFlow.js computes them. */
export type Geometry = ReturnType<Engine['backend_util']['computeConv2DInfo']>;

/** The words of a `Conv` of the kernels; padding is with zeros. */
export function convWords(g: Geometry): number[] {
  return [
    ...[g.batchSize, g.inHeight, g.inWidth, g.inChannels, g.outHeight, g.outWidth, g.outChannels],
    ...[g.filterHeight, g.filterWidth, g.strideHeight, g.strideWidth, g.dilationHeight, g.dilationWidth],
    ...[g.padInfo.top, g.padInfo.left, 0],
  ];
}

interface Family {
  readonly scratchBytes: TrainingKernels['conv_scratch_bytes'];
  readonly forward: TrainingKernels['conv_forward'];
  readonly filterGradient: TrainingKernels['conv_filter_gradient'];
  readonly inputGradient: TrainingKernels['conv_input_gradient'];
}

function familyOf({ kernels }: Device, depthwise: boolean): Family {
  if (depthwise) {
    return {
      scratchBytes: kernels.depthwise_scratch_bytes,
      forward: kernels.depthwise_forward,
      filterGradient: kernels.depthwise_filter_gradient,
      inputGradient: kernels.depthwise_input_gradient,
    };
  }
  return {
    scratchBytes: kernels.conv_scratch_bytes,
    forward: kernels.conv_forward,
    filterGradient: kernels.conv_filter_gradient,
    inputGradient: kernels.conv_input_gradient,
  };
}

/** A convolution on a device: one of images or, depthwise, of each channel by itself. */
export class Convolution {
  private readonly family: Family;

  constructor(
    private readonly device: Device,
    private readonly geometry: Geometry,
    depthwise: boolean,
  ) {
    this.family = familyOf(device, depthwise);
  }

  forward(x: TensorInfo, filter: TensorInfo, bias: TensorInfo | undefined, activation: number): TensorInfo {
    const { device } = this;
    const y = device.output(this.geometry.outShape);
    const [at, scratch] = this.prepare();
    const { forward } = this.family;
    forward(at, device.at(x), device.at(filter), device.at(bias), device.at(y), activation, scratch);
    return y;
  }

  /** Gradient of the filter, and of the bias where there is a tensor for it. */
  filterGradient(x: TensorInfo, dy: TensorInfo, shape: readonly number[], bias?: TensorInfo): TensorInfo {
    const { device } = this;
    const dw = device.output(shape);
    const [at, scratch] = this.prepare();
    this.family.filterGradient(at, device.at(x), device.at(dy), device.at(dw), device.at(bias), scratch, 0);
    return dw;
  }

  inputGradient(dy: TensorInfo, filter: TensorInfo): TensorInfo {
    const { device } = this;
    const dx = device.output(this.geometry.inShape);
    const [at, scratch] = this.prepare();
    this.family.inputGradient(at, device.at(dy), device.at(filter), device.at(dx), scratch);
    return dx;
  }

  /** Descriptor and scratch, for the next call only. */
  private prepare(): [number, number] {
    const at = this.device.describe(convWords(this.geometry));
    return [at, this.device.scratch(this.family.scratchBytes(at))];
  }
}

/** Convolutions and their gradients, plain and depthwise. */
export function putConvolutions(tf: Engine): void {
  const geometryOf = (input: unknown, filter: unknown, a: Attributes, depthwise: boolean): Geometry => {
    const { strides, pad, dimRoundingMode } = a as never;
    const dilations = (a.dilations ?? 1) as number;
    const { computeConv2DInfo } = tf.backend_util;
    return computeConv2DInfo(input as never, filter as never, strides, dilations, pad, dimRoundingMode, depthwise);
  };

  const putFamily = (forward: readonly string[], gradients: string, depthwise: boolean): void => {
    for (const name of forward) {
      putKernel(tf, name, (device, { x, filter, bias }, a) => {
        const activation = fusedActivation(a.activation);
        const geometry = geometryOf(x!.shape, filter!.shape, a, depthwise);
        const plain = !bias || (bias.shape.length === 1 && bias.shape[0] === geometry.outChannels);
        if (activation === undefined || !plain || (a.dataFormat ?? 'NHWC') !== 'NHWC') return undefined;
        return new Convolution(device, geometry, depthwise).forward(x!, filter!, bias, activation);
      });
    }
    putKernel(tf, `${gradients}BackpropFilter`, (device, { x, dy }, a) => {
      const convolution = new Convolution(device, geometryOf(x!.shape, a.filterShape, a, depthwise), depthwise);
      return convolution.filterGradient(x!, dy!, a.filterShape as number[]);
    });
    putKernel(tf, `${gradients}BackpropInput`, (device, { dy, filter }, a) => {
      const convolution = new Convolution(device, geometryOf(a.inputShape, filter!.shape, a, depthwise), depthwise);
      return convolution.inputGradient(dy!, filter!);
    });
  };
  putFamily(['Conv2D', 'FusedConv2D'], 'Conv2D', false);
  putFamily(['DepthwiseConv2dNative', 'FusedDepthwiseConv2D'], 'DepthwiseConv2dNative', true);
}
