import type { Axis } from '../../spec.js';

/** A mark on an axis: where, in the axis's unit, and what is written there. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** Round numbers from `low` to `high`, about `count` of them: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, count = 5): Tick[] {
  if (!(high > low)) return [{ at: low, text: numberText(low) }];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const decimals = Math.max(0, -Math.floor(Math.log10(step)));
  const found: Tick[] = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) {
    const at = n === 0 ? 0 : n * step;
    found.push({ at, text: fixedText(at, decimals) });
  }
  return found;
}

function fixedText(value: number, decimals: number): string {
  const size = Math.abs(value);
  if (size >= 1e6 || decimals > 5) return numberText(value);
  return value.toFixed(decimals);
}

/** A number in three digits or so. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(1).replace('e+', 'e');
  return String(Number(value.toPrecision(size >= 1000 ? 5 : 3)));
}

/** Position of the element `index` of an axis, in its unit. */
export function positionOf(axis: Axis, index: number): number {
  return axis.positions?.[index] ?? (axis.start ?? 0) + index * (axis.step ?? 1);
}

/** What an axis shows, with its unit. */
export function axisTitle({ name, unit }: Axis): string {
  return unit === undefined ? name : `${name} (${unit})`;
}

/** Least and greatest finite value, moved apart when they are the same. */
export function rangeOf(values: Iterable<number>): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  if (low < high) return [low, high];
  const half = Math.abs(low) / 10 || 1;
  return [low - half, low + half];
}
