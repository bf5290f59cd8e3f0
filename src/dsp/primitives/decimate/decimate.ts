import type { Work } from '../../../cost.js';
import { Wide } from '../compensated/compensated.js';

/**
 * Chebyshev type I low-passes of order 8, ripple 0.05 dB, edge at 0.8 of the new half rate, as four second-order
 * sections with numerators (1, 2, 1): gain, then per section a1, a2 and the state z0, z1 that a constant 1 settles at.
 */
const DESIGNS = {
  3: [
    [3.4799547399085014e-5],
    [-1.416907422639627, 0.5204552955670066, 0.0013094887094341847, -0.0006648423946383305],
    [-1.3342748248687593, 0.594631953081447, 0.019308701212847924, -0.010936639208493816],
    [-1.237675162600336, 0.7259326611233619, 0.1485445305451166, -0.10217301649013424],
    [-1.2180861262950022, 0.8987833581253264, 0.8250625539381591, -0.7244268881025763],
  ],
  10: [
    [3.5863243209995207e-9],
    [-1.8204968644767618, 0.8308597403796137, 1.3807106042999696e-6, -1.1465702624013156e-6],
    [-1.8289505620176847, 0.8553173710387741, 0.0002086216886290153, -0.00017823747054094327],
    [-1.8517334482627625, 0.9015161055713813, 0.01666382091811615, -0.01500202073072795],
    [-1.8965395961864169, 0.9644245584642932, 0.9773862470492866, -0.9420150059170855],
  ],
} as const;

export type DecimationRatio = keyof typeof DESIGNS;

/** The design for a ratio as pairs of float32 whose sum is the double. */
export function decimationTable(ratio: DecimationRatio): Float32Array {
  return Float32Array.from(DESIGNS[ratio].flat().flatMap((v) => [Math.fround(v), v - Math.fround(v)]));
}

/** Counts of {@link decimate}: four sections of double-float arithmetic per sample. */
export function decimateWork(count: number): Work {
  return { flop: 300 * count, int: 35 * count };
}

const z0 = Array.from({ length: 4 }, () => new Wide());
const z1 = Array.from({ length: 4 }, () => new Wide());
const sample = new Wide();
let input = new Wide();
let y = new Wide();

/**
 * Low-pass, then every `ratio`-th sample of `x[0..count-1]`, in place; returns the new count, ceil(count / ratio).
 *
 * Starts from the state a constant signal of the first sample would have left. Double-float arithmetic, because the
 * poles lie so close to 1 that float32 would lose three digits; the same operations as decimate.h.
 */
export function decimate(x: Float32Array, count: number, ratio: number, table: Float32Array): number {
  sample.set(-x[0]!, 0);
  for (let s = 0, c = 2; s < 4; s++, c += 8) {
    z0[s]!.set(0, 0);
    z0[s]!.subtractProduct(table[c + 4]!, table[c + 5]!, sample);
    z1[s]!.set(0, 0);
    z1[s]!.subtractProduct(table[c + 6]!, table[c + 7]!, sample);
  }
  let kept = 0;
  for (let t = 0; t < count; t++) {
    sample.set(-x[t]!, 0);
    input.set(0, 0);
    input.subtractProduct(table[0]!, table[1]!, sample);
    for (let s = 0; s < 4; s++) section(table, s);
    if (t % ratio === 0) x[kept++] = input.high;
  }
  return kept;
}

/** One section in transposed direct form II; its output becomes the next input. */
function section(table: Float32Array, s: number): void {
  const c = 2 + 8 * s;
  const first = z0[s]!;
  const second = z1[s]!;
  y.set(input.high, input.low);
  y.add(first.high, first.low);
  first.set(second.high, second.low);
  first.add(2 * input.high, 2 * input.low);
  first.subtractProduct(table[c]!, table[c + 1]!, y);
  second.set(input.high, input.low);
  second.subtractProduct(table[c + 2]!, table[c + 3]!, y);
  [input, y] = [y, input];
}
