import type { Work } from '../../../cost.js';
import { productError, Sum } from '../compensated/compensated.js';

const f32 = Math.fround;

/** Counts of the passes below, per value. */
export const MEAN_WORK: Work = { flop: 3, int: 3 };
export const SHAPE_WORK: Work = { flop: 10, int: 3 };
/** The shape without skewness and kurtosis. */
export const DEVIATION_WORK: Work = { flop: 6, int: 3 };

/** Values that are summed by themselves before their sum is added: keeps rounding errors from growing with the window. */
const BLOCK = 16;
/** Sums of squares between which fourth powers stay in the range of float32. */
const SMALLEST = f32(1e-12);
const LARGEST = f32(1e18);
const FAINTEST = f32(1e-37);
const LOUDEST = f32(1e37);

/**
 * Mean, standard deviation, skewness and excess kurtosis of every `stride`-th value, biased (divided by the count), in
 * float32; the same operations as stats.h. A series of equal values has deviation and skewness 0 and kurtosis -3, exactly.
 * One object serves many series; nothing is allocated per call.
 *
 * Two passes: differences from the first value are summed, which are exact when a small motion rides on a large constant;
 * then powers of the deviations from the mean, mended by what the mean lacks (Chan, Golub and LeVeque, "Algorithms for
 * computing the sample variance", 1983).
 *
 * @example
 * ```ts
 * const s = new Statistics();
 * s.meanOf(Float32Array.of(1, 2, 3), 0, 3, 1);
 * s.mean; // 2
 * ```
 */
export class Statistics {
  /** The mean in parts, `first + rest + tail`; the tail is what rounding took from `rest`, which may be far larger. */
  first = 0;
  rest = 0;
  tail = 0;
  /** Results of {@link shapeOf}. */
  standardDeviation = 0;
  skewness = 0;
  kurtosis = 0;
  readonly #total = new Sum();
  #one = 0;
  #two = 0;
  #three = 0;
  #four = 0;

  get mean(): number {
    return f32(f32(this.first + this.rest) + this.tail);
  }

  /** Computes the mean of `x[start]`, `x[start + stride]`, ..., which {@link deviation} and {@link shapeOf} refer to. */
  meanOf(x: Float32Array, start: number, count: number, stride: number): void {
    const first = x[start]!;
    const total = this.#total;
    total.clear();
    for (let i = 0; i < count; ) {
      const end = Math.min(count, i + BLOCK);
      let sum = 0;
      for (; i < end; i++) sum = f32(sum + f32(x[start + i * stride]! - first));
      total.add(sum);
    }
    this.meanFrom(first, total, count);
  }

  /** Takes the mean of which `total` is the sum of `count` differences from `first`. */
  meanFrom(first: number, total: Sum, count: number): void {
    const rest = f32(total.value() / count);
    const product = f32(rest * count);
    this.first = first;
    this.rest = rest;
    this.tail = f32(f32(f32(f32(total.high - product) - productError(rest, count, product)) + total.low) / count);
  }

  /** Takes the mean as 0, for series whose mean is taken off. */
  centre(): void {
    this.first = 0;
    this.rest = 0;
    this.tail = 0;
  }

  deviation(value: number): number {
    return f32(f32(value - this.first) - this.rest);
  }

  /** Computes the shape of the series whose mean was taken last. */
  shapeOf(x: Float32Array, start: number, count: number, stride: number): void {
    let unit = 1;
    this.#powersOf(x, start, count, stride, unit);
    if (!(this.#two > SMALLEST && this.#two < LARGEST)) {
      const largest = this.#largestDeviation(x, start, count, stride);
      this.standardDeviation = 0;
      this.skewness = 0;
      this.kurtosis = -3;
      if (!(largest > FAINTEST && largest < LOUDEST)) return;
      unit = f32(1 / largest);
      this.#powersOf(x, start, count, stride, unit);
    }
    const lack = f32(this.#one / count);
    const two = f32(this.#two / count);
    const three = f32(this.#three / count);
    const four = f32(this.#four / count);
    const root = f32(Math.sqrt(two));
    this.standardDeviation = f32(root / unit);
    this.skewness = f32(f32(three - f32(3 * f32(lack * two))) / f32(two * root));
    this.kurtosis = f32(f32(f32(four - f32(4 * f32(lack * three))) / f32(two * two)) - 3);
  }

  /** Sums of the first four powers of the deviations from the mean, each times `unit`. */
  #powersOf(x: Float32Array, start: number, count: number, stride: number, unit: number): void {
    const { first, rest } = this;
    let one = 0;
    let two = 0;
    let three = 0;
    let four = 0;
    for (let i = 0; i < count; ) {
      const end = Math.min(count, i + BLOCK);
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      let sum4 = 0;
      for (; i < end; i++) {
        const z = f32(f32(f32(x[start + i * stride]! - first) - rest) * unit);
        const square = f32(z * z);
        sum1 = f32(sum1 + z);
        sum2 = f32(sum2 + square);
        sum3 = f32(sum3 + f32(square * z));
        sum4 = f32(sum4 + f32(square * square));
      }
      one = f32(one + sum1);
      two = f32(two + sum2);
      three = f32(three + sum3);
      four = f32(four + sum4);
    }
    this.#one = one;
    this.#two = two;
    this.#three = three;
    this.#four = four;
  }

  #largestDeviation(x: Float32Array, start: number, count: number, stride: number): number {
    let largest = 0;
    for (let i = 0; i < count; i++) {
      const size = Math.abs(this.deviation(x[start + i * stride]!));
      if (size > largest) largest = size;
    }
    return largest;
  }
}
