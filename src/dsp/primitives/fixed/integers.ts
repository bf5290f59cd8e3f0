/**
 * A sample as 16 bits: to the nearest, halves away from zero, saturated; NaN is 0.
 *
 * @example
 * ```ts
 * sampleOf(-2.5); // -3
 * ```
 */
export function sampleOf(value: number): number {
  const magnitude = Math.floor(Math.abs(value) + 0.5);
  if (!(magnitude > 0)) return 0;
  return value < 0 ? -Math.min(32_768, magnitude) : Math.min(32_767, magnitude);
}

/** `x factor / 65536`, rounded down: exact, for products below 2^53. */
export const scaled = (x: number, factor: number): number => Math.floor((x * factor) / 65_536);

/** `value / 2^shift`, rounded down: exact, for values below 2^53. */
export const shifted = (value: number, shift: number): number => Math.floor(value / 2 ** shift);

/** Bits of a whole number below 2^53; 0 has none. */
export function bitsOf(value: number): number {
  const high = Math.floor(value / 2 ** 32);
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(value);
}
