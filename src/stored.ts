/**
 * Stores `values` as int8: `q = clamp(zeroPoint + round(x / scale), -128, 127)`. The quotient is a float32 and halves
 * round away from zero, so that the C++ twin gives the same bits; NaN becomes the smallest value.
 */
export function quantizeValues(values: Float32Array, out: Int8Array, scale: number, zeroPoint: number): void {
  for (let i = 0; i < out.length; i++) {
    const quotient = Math.fround(values[i]! / scale);
    // Far outside of int8 either way; keeps the conversion to an integer defined in C++.
    const bounded = quotient > -1024 ? Math.min(quotient, 1024) : -1024;
    const rounded = bounded < 0 ? -Math.floor(0.5 - bounded) : Math.floor(0.5 + bounded);
    out[i] = Math.max(-128, Math.min(127, zeroPoint + rounded));
  }
}

/** `x = scale * (q - zeroPoint)`, a float32. */
export function dequantizeValues(stored: Int8Array, out: Float32Array, scale: number, zeroPoint: number): void {
  for (let i = 0; i < out.length; i++) out[i] = (stored[i]! - zeroPoint) * scale;
}
