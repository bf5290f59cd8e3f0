import type { Quantization } from '../../graph.js';
import type { Call } from './call.js';
import { isConstant, type Value } from './call.js';
import type { Constant } from './constant.js';
import { damaged } from './problem.js';
import type { View } from './view.js';

interface Scaling {
  readonly scales: Float32Array;
  readonly zeroPoints: readonly number[];
  readonly type: 'int8' | 'uint8';
}

function scalingOf(call: Call): Scaling {
  const { data } = call.requiredConstant(1);
  const zero = call.constant(2);
  const scales = Float32Array.from(data);
  if (scales.length === 0 || !scales.every((scale) => scale > 0 && Number.isFinite(scale))) {
    damaged(call.where, 'a scale that is not above 0', 'finite scales above 0');
  }
  const zeroPoints = zero ? [...zero.data] : [0];
  if (zeroPoints.length !== 1 && zeroPoints.length !== scales.length) {
    damaged(call.where, `${zeroPoints.length} zero points`, `one for each of ${scales.length} scales`);
  }
  return { scales, zeroPoints, type: zero?.stored ?? 'uint8' };
}

/** One scale and zero point as the graph stores values, as int8. */
function quantizationOf(call: Call, { scales, zeroPoints, type }: Scaling): Quantization {
  if (scales.length !== 1) {
    call.refuse(`${scales.length} scales of computed values`, 'one', 'Quantise activations per tensor.');
  }
  const zeroPoint = zeroPoints[0]! - (type === 'uint8' ? 128 : 0);
  if (!(Number.isInteger(zeroPoint) && zeroPoint >= -128 && zeroPoint <= 127)) {
    damaged(call.where, `zero point ${zeroPoints[0]}`, `one of ${type}`);
  }
  return { scales, zeroPoint };
}

/** Real numbers to stored ones; constants at once. */
export function quantizeLinear(call: Call): Value {
  const value = call.required(0);
  const scaling = scalingOf(call);
  if (isConstant(value)) return quantizedConstant(call, value, scaling);
  const quantization = quantizationOf(call, scaling);
  const x = call.view();
  const tensor = call.graph.op('quantize', call.name, [x.tensor], x.sizes, {}, { dtype: 'int8', quantization });
  return { ...x, tensor };
}

/** Stored numbers to real ones; constants at once, with a note of their scales. */
export function dequantizeLinear(call: Call): Value {
  const value = call.required(0);
  const scaling = scalingOf(call);
  if (isConstant(value)) return dequantizedConstant(call, value, scaling);
  const x: View = call.storedView();
  const stored = call.graph.tensors[x.tensor]!;
  const { scales, zeroPoint } = quantizationOf(call, scaling);
  const same =
    stored.dtype === 'int8' &&
    stored.quantization!.scales[0] === scales[0] &&
    stored.quantization!.zeroPoint === zeroPoint;
  if (!same)
    call.refuse('values stored with another scale', 'the scale of its QuantizeLinear', 'Export it in the QDQ format.');
  const tensor = call.graph.op('dequantize', call.name, [x.tensor], x.sizes, {}, { dtype: 'f32' });
  return { ...x, tensor };
}

/** For each value the number of its scale. */
function scaleIndex(
  call: Call,
  { shape }: Constant,
  { scales }: Scaling,
): { readonly axis: number; readonly of: (i: number) => number } {
  if (scales.length === 1) return { axis: 0, of: () => 0 };
  const axis = call.dimension(call.int('axis', 1), shape.length);
  if (shape[axis] !== scales.length) {
    damaged(call.where, `${scales.length} scales`, `one for each index of dimension ${axis} of [${shape.join(', ')}]`);
  }
  const inner = shape.slice(axis + 1).reduce((n, size) => n * size, 1);
  return { axis, of: (i) => Math.floor(i / inner) % scales.length };
}

function quantizedConstant(call: Call, constant: Constant, scaling: Scaling): Constant {
  const { scales, zeroPoints, type } = scaling;
  const { of } = scaleIndex(call, constant, scaling);
  const [low, high] = type === 'int8' ? [-128, 127] : [0, 255];
  const data = Float64Array.from(constant.data, (x, i) => {
    const zero = zeroPoints[zeroPoints.length === 1 ? 0 : of(i)]!;
    return Math.max(low, Math.min(high, halfToEven(x / scales[of(i)]!) + zero));
  });
  return { shape: constant.shape, data, stored: type };
}

function dequantizedConstant(call: Call, constant: Constant, scaling: Scaling): Constant {
  const { scales, zeroPoints } = scaling;
  const { axis, of } = scaleIndex(call, constant, scaling);
  const data = Float32Array.from(
    constant.data,
    (q, i) => (q - zeroPoints[zeroPoints.length === 1 ? 0 : of(i)]!) * scales[of(i)]!,
  );
  const middle = constant.stored === 'uint8' ? 128 : 0;
  // Only symmetric weights have kernels; others are quantised anew.
  const symmetric = constant.stored !== undefined && zeroPoints.every((zero) => zero === middle);
  return { shape: constant.shape, data, ...(symmetric && { scales, ...(scales.length > 1 && { axis }) }) };
}

function halfToEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}
