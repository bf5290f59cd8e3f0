/** Fixed-point exponentials of gemmlowp (`fixedpoint.h`), which TensorFlow Lite's reference kernels use, bit for bit. */
import { multiplyHigh, roundingShift, saturatingShift } from './fixed-point.js';

const ONE = 2147483647;
/** e^(-2^k) for k = -2 to 4, as fractions of 2^31. */
const FACTORS = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

/** e^a as a fraction of 2^31, for a <= 0 with 5 or fewer integer bits: `exp_on_negative_values`. */
export function expFixed(a: number, integerBits: number): number {
  if (a === 0) return ONE;
  const quarter = 2 ** (29 - integerBits);
  const rest = (a & (quarter - 1)) - quarter;
  const x = rest * 2 ** integerBits + (1 << 28);
  const x2 = multiplyHigh(x, x);
  const x3 = multiplyHigh(x2, x);
  const x4 = multiplyHigh(x2, x2);
  const tail = roundingShift(multiplyHigh(roundingShift(x4, 2) + x3, 715827883) + x2, 1);
  let result = 1895147668 + multiplyHigh(1895147668, x + tail);
  for (let bit = 0; bit < integerBits + 2; bit++) {
    if ((rest - a) & (quarter << bit)) result = multiplyHigh(result, FACTORS[bit]!);
  }
  return result;
}

/** 2 / (1 + a) with 2 integer bits, for a in [0, 1) as a fraction of 2^31: three Newton steps. */
function twoOverOnePlus(a: number): number {
  const half = Math.floor((a + 2147483648) / 2);
  let x = 1515870810 + multiplyHigh(half, -1010580540);
  for (let step = 0; step < 3; step++) {
    const error = (1 << 29) - multiplyHigh(half, x);
    x += saturatingShift(multiplyHigh(x, error), 2);
  }
  return x;
}

/** 1 / (1 + a) as a fraction of 2^31, for a in [0, 1): `one_over_one_plus_x_for_x_in_0_1`. */
export function reciprocalFixed(a: number): number {
  return saturatingShift(twoOverOnePlus(a), 1);
}

/** 1 / (1 + e^-a) as a fraction of 2^31, for a with 4 integer bits: `logistic`. */
export function logisticFixed(a: number): number {
  if (a === 0) return 2 ** 30;
  const upper = reciprocalFixed(expFixed(-Math.abs(a), 4));
  return a > 0 ? upper : ONE - upper;
}

/** tanh(a) as a fraction of 2^31, for a with 4 integer bits: (1 - e^-2a) / (1 + e^-2a), `tanh`. */
export function tanhFixed(a: number): number {
  if (a === 0) return 0;
  // Twice the value is the same number with one integer bit more.
  const size = saturatingShift(twoOverOnePlus(expFixed(-Math.abs(a), 5)) - 2 ** 29, 2);
  return a > 0 ? size : -size;
}
