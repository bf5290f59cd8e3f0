import { type Node, type OpDefinition, refuseShape } from '../../op.js';
import { rowMajor } from '../common/loops.js';
import { gather, type Selection } from '../common/movement.js';

/** Positions that a slice takes from a dimension. */
function count(node: Node, size: number, begin: number, end: number, stride: number): number {
  const inside = (at: number, low: number, high: number): boolean => Number.isInteger(at) && at >= low && at <= high;
  const fits = stride > 0 ? inside(end, begin + 1, size) : inside(end, -1, begin - 1);
  if (!Number.isInteger(stride) || stride === 0 || !inside(begin, 0, size - 1) || !fits) {
    refuseShape(node, `a slice from ${begin} to ${end} by ${stride}`, `at least one of ${size} positions`);
  }
  return Math.ceil((end - begin) / stride);
}

function select(node: Node): Selection {
  const { shape } = node.inputs[0]!;
  const { begin, end, strides } = node.attributes.slice ?? { begin: [], end: [], strides: [] };
  if ([begin, end, strides].some(({ length }) => length !== shape.length)) {
    refuseShape(node, `a slice of ${begin.length} dimensions`, `${shape.length}`);
  }
  const inner = rowMajor(shape);
  return {
    first: begin.reduce((sum, at, d) => sum + at * inner[d]!, 0),
    sizes: shape.map((size, d) => count(node, size, begin[d]!, end[d]!, strides[d]!)),
    steps: inner.map((step, d) => step * strides[d]!),
  };
}

/** Every `strides[d]`-th value from `begin[d]` to before `end[d]`, for each dimension `d` of `attributes.slice`. */
export const stridedSlice: OpDefinition = {
  doc: 'A part of every dimension, with steps that may be negative; not across the batch.',
  tflite: ['STRIDED_SLICE'],
  onnx: ['Slice', 'Split', 'Gather'],
  ...gather(select),
};
