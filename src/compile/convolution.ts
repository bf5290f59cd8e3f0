import type { WorkUnit } from '../cost.js';
import type { CppFile } from '../cpp.js';
import { floatBounds } from './activation.js';
import type { Implementation, Node, OpDefinition } from './op.js';
import { RESCALE_BYTES, rescaledWork, rescaleFields, rescaleOf } from './rescale.js';
import { SPAN_BYTES, type Window, windowFields } from './window.js';

/**
 * What convolutions have in common: inputs `[x, weights, bias]`, a window that slides, activation and requantisation at
 * the end. The kernels `<name>F32` and `<name>Int8` of `header` take the descriptors of the same names.
 */
export function convolution(c: {
  /** Name of the C++ kernels, in camel case. */
  name: string;
  header: CppFile;
  /** Dimension of the weights that counts output channels. */
  channelAxis: number;
  geometry: (node: Node) => Window;
  macs: (node: Node) => number;
  f32: { prepare: Implementation['prepare']; unit: WorkUnit; codeBytes: number };
  int8: { prepare: Implementation['prepare']; unit: WorkUnit; codeBytes: number };
}): OpDefinition {
  const { name, header, channelAxis, geometry, macs, f32, int8 } = c;
  const descriptor = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  return {
    inputs: ['activation', 'constant', 'constant'],
    quantization: 'calibrated',
    channelAxis,
    fuses: true,
    macs,
    shape: (node) => {
      const { outHeight, outWidth, outChannels } = geometry(node);
      return [outHeight, outWidth, outChannels];
    },
    f32: {
      prepare: f32.prepare,
      work: (node) => ({ [f32.unit]: macs(node), call: 1 }),
      cpp: (node) => {
        const [low, high] = floatBounds(node.attributes.activation);
        const [weights, bias] = [node.inputs[1]!.data!, node.inputs[2]!.data!];
        const fields = [windowFields(geometry(node)), weights, bias, { float: low }, { float: high }];
        return { header, function: `${name}F32`, descriptor: `${descriptor}F32`, fields };
      },
      codeBytes: { [`nn::${name}F32`]: f32.codeBytes, ...SPAN_BYTES },
    },
    int8: {
      prepare: int8.prepare,
      work: (node) => rescaledWork(node, { [int8.unit]: macs(node) }),
      cpp: (node) => {
        const fields = [windowFields(geometry(node)), node.inputs[1]!.data!, rescaleFields(rescaleOf(node))];
        return { header, function: `${name}Int8`, descriptor: `${descriptor}Int8`, fields };
      },
      codeBytes: { [`nn::${name}Int8`]: int8.codeBytes, ...SPAN_BYTES, ...RESCALE_BYTES },
    },
  };
}
