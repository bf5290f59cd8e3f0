import type { Work } from '../../../cost.js';
import { productError, Sum } from '../compensated/compensated.js';

const f32 = Math.fround;

/** Counts of the passes below, per value: mean, mean square, shape. */
export const MEAN_WORK: Work = { flop: 8 };
export const SQUARE_WORK: Work = { flop: 11 };
export const SHAPE_WORK: Work = { flop: 30 };

/**
 * Mean, mean squares, skewness and kurtosis of every `stride`-th value, in float32 with compensated sums; the same
 * operations as stats.h. One object serves many series; nothing is allocated per call.
 *
 * @example
 * ```ts
 * const s = new Statistics();
 * s.of(Float32Array.of(1, 2, 3), 0, 3, 1);
 * s.mean(); // 2
 * ```
 */
export class Statistics {
  #x: Float32Array = new Float32Array(0);
  #first = 0;
  #count = 0;
  #stride = 1;
  readonly #sum = new Sum();
  readonly #sum3 = new Sum();
  readonly #sum4 = new Sum();
  /** The mean in two parts, exact enough that a constant series deviates from it by exactly 0. */
  #high = 0;
  #low = 0;
  /** Results of {@link shape}. */
  skewness = 0;
  kurtosis = 0;

  of(x: Float32Array, first: number, count: number, stride: number): void {
    this.#x = x;
    this.#first = first;
    this.#count = count;
    this.#stride = stride;
  }

  /** Computes the mean, which {@link variance}, {@link shape} and {@link deviation} refer to. */
  mean(): number {
    const sum = this.#sum;
    sum.clear();
    for (let i = 0, at = this.#first; i < this.#count; i++, at += this.#stride) sum.add(this.#x[at]!);
    const quotient = f32(sum.value() / this.#count);
    const product = f32(quotient * this.#count);
    const rest = f32(f32(sum.high - product) - productError(quotient, this.#count, product));
    this.#high = quotient;
    this.#low = f32(f32(rest + sum.low) / this.#count);
    return quotient;
  }

  deviation(value: number): number {
    return f32(f32(value - this.#high) - this.#low);
  }

  /** Mean of the squared deviations from the mean. */
  variance(): number {
    return this.#meanSquare(this.#high, this.#low);
  }

  rootMeanSquare(): number {
    return f32(Math.sqrt(this.#meanSquare(0, 0)));
  }

  #meanSquare(high: number, low: number): number {
    const sum = this.#sum;
    sum.clear();
    for (let i = 0, at = this.#first; i < this.#count; i++, at += this.#stride) {
      const d = f32(f32(this.#x[at]! - high) - low);
      sum.add(f32(d * d));
    }
    return f32(sum.value() / this.#count);
  }

  /** Biased skewness and excess kurtosis, into the fields; 0 and -3 for a constant series (variance 0). */
  shape(variance: number): void {
    this.skewness = 0;
    this.kurtosis = -3;
    if (!(variance > 0)) return;
    const unit = f32(1 / f32(Math.sqrt(variance)));
    const sum2 = this.#sum;
    const sum3 = this.#sum3;
    const sum4 = this.#sum4;
    sum2.clear();
    sum3.clear();
    sum4.clear();
    for (let i = 0, at = this.#first; i < this.#count; i++, at += this.#stride) {
      const z = f32(this.deviation(this.#x[at]!) * unit);
      const z2 = f32(z * z);
      sum2.add(z2);
      sum3.add(f32(z2 * z));
      sum4.add(f32(z2 * z2));
    }
    const m2 = f32(sum2.value() / this.#count);
    this.skewness = f32(f32(sum3.value() / this.#count) / f32(m2 * f32(Math.sqrt(m2))));
    this.kurtosis = f32(f32(f32(sum4.value() / this.#count) / f32(m2 * m2)) - 3);
  }
}
