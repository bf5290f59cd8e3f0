import type { WorkUnit } from '../../../cost.js';
import type { CppFile } from '../../../cpp.js';
import { rescaledWork } from '../../arithmetic/rescale.js';
import type { Choice, Implementation, Node, OpDefinition, Wiring } from '../../op.js';
import type { Window } from './window.js';

type Kernel = Pick<Implementation, 'prepare' | 'steps' | 'scratchBytes' | 'codeBytes'> & {
  readonly unit: WorkUnit;
  readonly call: (node: Node, choice: Choice) => Pick<Wiring, 'function' | 'descriptor' | 'fields'>;
};

/**
 * What convolutions have in common: inputs `[x, weights, bias]`, a window that slides, activation and requantisation at
 * the end.
 */
export function convolution(c: {
  doc: string;
  tflite: readonly string[];
  onnx: readonly string[];
  header: CppFile;
  /** Dimension of the weights that counts output channels. */
  channelAxis: number;
  channels: 'mixes' | 'keeps';
  geometry: (node: Node) => Window;
  macs: (node: Node) => number;
  /** What an output position takes in besides multiplying: values of a column, or pointers to taps. */
  windowSize: (node: Node) => number;
  f32: Kernel;
  int8: Kernel;
}): OpDefinition {
  // Every output position takes in its window once, for all channels or for each.
  const gathered = (node: Node): number => c.windowSize(node) * (node.output.shape[0]! * node.output.shape[1]!);
  const { header, channelAxis, channels, geometry, macs } = c;
  const implementation = ({ unit, call, ...kernel }: Kernel): Omit<Implementation, 'work'> => ({
    ...kernel,
    cpp: (node, choice) => ({ header, ...call(node, choice) }),
  });
  return {
    doc: c.doc,
    tflite: c.tflite,
    onnx: c.onnx,
    inputs: ['activation', 'constant', 'constant'],
    quantization: 'calibrated',
    channelAxis,
    channels,
    fuses: true,
    macs,
    shape: (node) => {
      const { outHeight, outWidth, outChannels } = geometry(node);
      return [outHeight, outWidth, outChannels];
    },
    f32: { ...implementation(c.f32), work: (node) => ({ [c.f32.unit]: macs(node), gather: gathered(node), call: 1 }) },
    int8: {
      ...implementation(c.int8),
      work: (node) => rescaledWork(node, { [c.int8.unit]: macs(node), gather: gathered(node) }),
    },
  };
}
