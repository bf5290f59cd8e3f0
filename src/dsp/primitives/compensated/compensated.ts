const f32 = Math.fround;

/** What rounding took from the float32 `sum = a + b`, exactly (Knuth, TAOCP 2, 4.2.2). */
export function sumError(a: number, b: number, sum: number): number {
  const part = f32(sum - a);
  return f32(f32(a - f32(sum - part)) + f32(b - part));
}

/** The upper 12 bits of a float32, so that products of such halves are exact (Dekker 1971). */
function upperHalf(a: number): number {
  const c = f32(4097 * a);
  return f32(c - f32(c - a));
}

/** What rounding took from the float32 `product = a * b`, exactly (Dekker 1971). Needs |a|, |b| below 1e34. */
export function productError(a: number, b: number, product: number): number {
  const ah = upperHalf(a);
  const al = f32(a - ah);
  const bh = upperHalf(b);
  const bl = f32(b - bh);
  return f32(f32(f32(f32(f32(ah * bh) - product) + f32(ah * bl)) + f32(al * bh)) + f32(al * bl));
}

/** A float32 sum that carries its rounding errors along: about 48 bits. */
export class Sum {
  high = 0;
  low = 0;

  clear(): void {
    this.high = 0;
    this.low = 0;
  }

  add(value: number): void {
    const sum = f32(this.high + value);
    this.low = f32(this.low + sumError(this.high, value, sum));
    this.high = sum;
  }

  value(): number {
    return f32(this.high + this.low);
  }
}

/** A number in two float32, about 48 bits: for recursive filters, whose rounding noise float32 would amplify. */
export class Wide {
  high = 0;
  low = 0;

  set(high: number, low: number): void {
    this.high = high;
    this.low = low;
  }

  add(high: number, low: number): void {
    const sum = f32(this.high + high);
    const rest = f32(sumError(this.high, high, sum) + f32(this.low + low));
    this.high = f32(sum + rest);
    this.low = f32(rest - f32(this.high - sum));
  }

  /** Subtracts a * b. */
  subtractProduct(ah: number, al: number, b: Wide): void {
    const product = f32(ah * b.high);
    const rest = f32(productError(ah, b.high, product) + f32(f32(ah * b.low) + f32(al * b.high)));
    this.add(-product, -rest);
  }
}
