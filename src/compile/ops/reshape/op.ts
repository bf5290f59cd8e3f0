import { elements, type OpDefinition, refuseShape } from '../../op.js';

/** The same values under another shape: an alias, nothing happens at run time. */
export const reshape: OpDefinition = {
  doc: 'The same values under another shape: no work, no code, no bytes.',
  tflite: ['RESHAPE', 'SQUEEZE', 'EXPAND_DIMS'],
  onnx: ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
  inputs: ['activation'],
  quantization: 'as input',
  channels: 'keeps',
  alias: true,
  shape: (node) => {
    const [from, to] = [node.inputs[0]!.shape, node.output.shape];
    if (elements(from) !== elements(to)) {
      refuseShape(node, `[${to.join(', ')}] from [${from.join(', ')}]`, `${elements(from)} values`);
    }
    return to;
  },
};
