import { quantizationOf } from '../../arithmetic/quantization.js';
import { elements, type Node, type OpDefinition, refuseShape, requireShape } from '../../op.js';
import { copies } from '../common/movement.js';
import header from './op.h.js';

/** The output as runs of elements: padding, then each row of the input followed by padding. */
interface Runs {
  readonly shape: readonly [number, number, number];
  readonly rows: number;
  readonly rowLength: number;
  readonly before: number;
  readonly between: number;
  readonly after: number;
}

function runsOf(node: Node): Runs {
  requireShape(node, 0, 'an input', [-1, -1, -1]);
  const [height, width, channels] = node.inputs[0]!.shape as [number, number, number];
  const { pads = [0, 0, 0, 0] } = node.attributes;
  if (pads.length !== 4 || pads.some((pad) => !Number.isInteger(pad) || pad < 0)) {
    refuseShape(node, `padding of [${pads.join(', ')}]`, 'whole numbers for top, bottom, left and right');
  }
  const [top, bottom, left, right] = pads;
  const outWidth = left + width + right;
  const [l, r, row] = [left, right, outWidth].map((n) => n * channels) as [number, number, number];
  return {
    shape: [top + height + bottom, outWidth, channels],
    rows: height,
    rowLength: width * channels,
    before: top * row + l,
    between: r + l,
    after: r + bottom * row,
  };
}

function sourcesOf(node: Node): Int32Array {
  const { shape, rows, rowLength, before, between } = runsOf(node);
  const sources = new Int32Array(elements(shape)).fill(-1);
  for (let i = 0; i < rows * rowLength; i++) sources[before + i + Math.floor(i / rowLength) * between] = i;
  return sources;
}

function zeroOf({ output }: Node): number {
  return output.dtype === 'int8' ? quantizationOf(output).zeroPoint : 0;
}

/**
 * Rows and columns of zeros around `[height H, width W, channel C]`; int8: of the zero point.
 * `attributes.pads` `[top, bottom, left, right]` gives `[top + H + bottom, left + W + right, C]`.
 */
export const pad: OpDefinition = {
  doc: 'Zeros around height and width of [height, width, channel]; optimize lets a convolution take them over.',
  tflite: ['PAD', 'PADV2'],
  onnx: ['Pad'],
  inputs: ['activation'],
  quantization: 'as input',
  channels: 'keeps',
  renames: (node) => runsOf(node).shape.join() === node.inputs[0]!.shape.join(),
  shape: (node) => runsOf(node).shape,
  ...copies(
    {
      name: 'pad',
      header,
      descriptor: { f32: 'PadF32', int8: 'PadInt8' },
      fields: (node) => {
        const { rows, rowLength, before, between, after } = runsOf(node);
        const zero = zeroOf(node);
        return [rows, rowLength, before, between, after, node.output.dtype === 'int8' ? zero : { float: zero }];
      },
      codeBytes: { f32: 122, int8: 96 },
    },
    sourcesOf,
    zeroOf,
  ),
};
