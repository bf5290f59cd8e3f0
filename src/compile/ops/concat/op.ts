import { elements, type Node, type OpDefinition, refuseShape } from '../../op.js';
import { movement } from '../common/movement.js';
import header from './op.h.js';

/** The output as turns: in each, every input gives its next run of elements. */
interface Parts {
  readonly shape: readonly number[];
  readonly turns: number;
  /** Where the run of each input starts in a turn, and where the last one ends. */
  readonly starts: readonly number[];
}

function partsOf(node: Node): Parts {
  const { axis = 0 } = node.attributes;
  const shapes = node.inputs.map(({ shape }) => shape);
  const [first] = shapes as [readonly number[]];
  if (!Number.isInteger(axis) || axis < 0 || axis >= first.length) {
    refuseShape(node, `axis ${axis}`, `one of the ${first.length} dimensions`);
  }
  for (const shape of shapes) {
    const fits = shape.length === first.length && shape.every((size, d) => d === axis || size === first[d]);
    if (!fits)
      refuseShape(node, `an input of shape [${shape.join(', ')}]`, `[${first.join(', ')}] but for dimension ${axis}`);
  }
  const starts = [0];
  for (const shape of shapes) starts.push(starts.at(-1)! + elements(shape.slice(axis)));
  const size = shapes.reduce((sum, shape) => sum + shape[axis]!, 0);
  return { shape: first.with(axis, size), turns: elements(first.slice(0, axis)), starts };
}

function prepare(node: Node, inputs: readonly (Float32Array | Int8Array)[], y: Float32Array | Int8Array): () => void {
  const { turns, starts } = partsOf(node);
  const total = starts.at(-1)!;
  return () => {
    for (let turn = 0; turn < turns; turn++) {
      inputs.forEach((x, i) => {
        const length = starts[i + 1]! - starts[i]!;
        y.set(x.subarray(turn * length, (turn + 1) * length), turn * total + starts[i]!);
      });
    }
  };
}

/**
 * Inputs one after another along dimension `attributes.axis`. int8: inputs and output have one scale, as TensorFlow
 * Lite asks for; its reference kernel copies as well.
 */
export const concat: OpDefinition = {
  doc: 'Any number of inputs one after another along a dimension; int8: all of one scale and zero point.',
  tflite: ['CONCATENATION'],
  onnx: ['Concat'],
  inputs: ['activations'],
  quantization: 'shared',
  renames: (node) => node.inputs.length === 1,
  shape: (node) => partsOf(node).shape,
  ...movement(
    {
      name: 'concat',
      header,
      descriptor: { f32: 'Concat', int8: 'Concat' },
      fields: (node) => {
        const { turns, starts } = partsOf(node);
        return [turns, starts.at(-1)!, Int32Array.from(starts)];
      },
      codeBytes: { f32: 78, int8: 46 },
    },
    prepare,
  ),
};
