import { type Node, type OpDefinition, refuseShape, requireShape } from '../../op.js';
import { copies } from '../common/movement.js';
import header from './op.h.js';

/** For each output position the input position it takes: `GetNearestNeighbor`, in float32. */
function nearest(node: Node, input: number, output: number): Uint16Array {
  const { alignCorners = false, halfPixelCenters = false } = node.attributes;
  const f = Math.fround;
  const scale = alignCorners && output > 1 ? f((input - 1) / (output - 1)) : f(input / output);
  const offset = halfPixelCenters ? 0.5 : 0;
  return Uint16Array.from({ length: output }, (_, i) => {
    const at = f(f(i + offset) * scale);
    return Math.min(input - 1, alignCorners ? Math.round(at) : Math.floor(at));
  });
}

function geometry(node: Node) {
  requireShape(node, 0, 'an input', [-1, -1, -1]);
  const [height, width, channels] = node.inputs[0]!.shape as [number, number, number];
  const size = node.attributes.size ?? [height, width];
  for (const length of [...size, height, width]) {
    const fits = Number.isInteger(length) && length >= 1 && length <= 65535;
    if (!fits) refuseShape(node, `a height or width of ${length}`, '1 to 65535');
  }
  const rows = nearest(node, height, size[0]);
  return { width, channels, rows, columns: nearest(node, width, size[1]) };
}

function sourcesOf(node: Node): Int32Array {
  const { width, channels, rows, columns } = geometry(node);
  return Int32Array.from({ length: rows.length * columns.length * channels }, (_, i) => {
    const position = Math.floor(i / channels);
    const row = rows[Math.floor(position / columns.length)]!;
    return (row * width + columns[position % columns.length]!) * channels + (i % channels);
  });
}

/**
 * `[height H, width W, channel C]` at another size, every value that of the nearest position, as TensorFlow Lite's
 * `reference/resize_nearest_neighbor.h`. `attributes.size` `[H', W']` gives `[H', W', C]`.
 */
export const resizeNearest: OpDefinition = {
  doc: 'Another height and width, every value that of the nearest position; with align_corners or half_pixel_centers.',
  tflite: ['RESIZE_NEAREST_NEIGHBOR'],
  onnx: ['Resize', 'Upsample'],
  inputs: ['activation'],
  quantization: 'as input',
  channels: 'keeps',
  renames: (node) => {
    const { rows, columns } = geometry(node);
    const same = [rows, columns].every((positions) => positions.every((position, i) => position === i));
    return same && node.output.shape.join() === node.inputs[0]!.shape.join();
  },
  shape: (node) => {
    const { rows, columns, channels } = geometry(node);
    return [rows.length, columns.length, channels];
  },
  ...copies(
    {
      name: 'resizeNearest',
      header,
      descriptor: { f32: 'ResizeNearest', int8: 'ResizeNearest' },
      fields: (node) => {
        const { width, channels, rows, columns } = geometry(node);
        return [width, channels, rows.length, columns.length, rows, columns];
      },
      codeBytes: { f32: 94, int8: 86 },
    },
    sourcesOf,
  ),
};
