/** What a value means. Blocks say which kinds they take and give; the compiler checks that they meet. */
export type Kind = 'signal' | 'image' | 'spectrogram' | 'features' | 'scores';

/** T, but no place to infer it from. TypeScript's own `NoInfer` is newer than the compilers of some notebooks. */
export type Given<T> = [T][T extends unknown ? 0 : never];

/** One dimension of a value, slowest first in {@link Spec.axes}. */
export interface Axis {
  readonly name: string;
  readonly size: number;
  /** Distance between neighbours, in `unit`. */
  readonly step?: number;
  /** Position of the first, in `unit`; absent means 0. */
  readonly start?: number;
  /** Positions in `unit`, where they are not equally spaced. */
  readonly positions?: readonly number[];
  readonly unit?: string;
  /** Names along the axis: sensor axes, class labels, feature names. */
  readonly labels?: readonly string[];
}

/** Kind, dimensions and unit of a value: all that is known of it before it exists. Data is flat, row-major. */
export interface Spec<K extends Kind = Kind> {
  readonly kind: K;
  readonly axes: readonly Axis[];
  /** Sampling rate of a signal in Hz. */
  readonly rateHz?: number;
  readonly unit?: string;
}

/** Number of values a spec describes: the product of its axis sizes. */
export function sizeOf(spec: Spec): number {
  return spec.axes.reduce((n, axis) => n * axis.size, 1);
}

/** Sizes of the axes, slowest first. */
export function shapeOf(spec: Spec): number[] {
  return spec.axes.map((axis) => axis.size);
}

/** A signal `[time T, axis A]`, interleaved by time step. */
export function signalSpec(samples: number, axes: readonly string[], rateHz: number): Spec<'signal'> {
  return {
    kind: 'signal',
    rateHz,
    axes: [
      { name: 'time', size: samples, step: 1 / rateHz, unit: 's' },
      { name: 'axis', size: axes.length, labels: axes },
    ],
  };
}

/** A spectrogram `[frame K, band F]`, frame-major. */
export function spectrogramSpec(frames: number, bands: number, frameStrideS: number): Spec<'spectrogram'> {
  return {
    kind: 'spectrogram',
    axes: [
      { name: 'frame', size: frames, step: frameStrideS, unit: 's' },
      { name: 'band', size: bands },
    ],
  };
}

/** Unit of packed pixels: one number per pixel, red in the highest of three bytes. */
export const PACKED = '0xRRGGBB';

export interface ImageSize {
  readonly width: number;
  readonly height: number;
  /** Colour channels: 1 grey, 3 red, green, blue. Packed pixels have 1. */
  readonly channels: number;
  /** Images one after the other. Default 1. */
  readonly frames?: number;
  /** Whether a value is a whole pixel, {@link PACKED}. Default false. */
  readonly packed?: boolean;
}

const CHANNELS: Readonly<Record<number, readonly string[]>> = { 1: ['grey'], 3: ['red', 'green', 'blue'] };

/** An image `[row H, column W, channel C]`, or `[frame, row H, column W, channel C]` for several. */
export function imageSpec(size: ImageSize): Spec<'image'> {
  const { width, height, channels, frames = 1, packed = false } = size;
  const labels = packed ? ['pixel'] : CHANNELS[channels];
  const axes: Axis[] = [
    { name: 'row', size: height },
    { name: 'column', size: width },
    { name: 'channel', size: channels, ...(labels ? { labels } : {}) },
  ];
  return {
    kind: 'image',
    axes: frames === 1 ? axes : [{ name: 'frame', size: frames }, ...axes],
    ...(packed ? { unit: PACKED } : {}),
  };
}

/** Width, height, channels and frames of an image spec, and whether its pixels are packed. */
export function imageOf(spec: Spec<'image'>): Required<ImageSize> {
  const [row, column, channel] = spec.axes.slice(-3) as [Axis, Axis, Axis];
  const frames = spec.axes.length > 3 ? spec.axes[0]!.size : 1;
  return { width: column.size, height: row.size, channels: channel.size, frames, packed: spec.unit === PACKED };
}

/** A flat feature vector, with names where they are known. */
export function featuresSpec(size: number, labels?: readonly string[]): Spec<'features'> {
  return { kind: 'features', axes: [{ name: 'feature', size, ...(labels ? { labels } : {}) }] };
}

/** Samples, axis names and rate of a signal spec. */
export function signalOf(spec: Spec<'signal'>): { samples: number; axes: readonly string[]; rateHz: number } {
  const [time, axis] = spec.axes as readonly [Axis, Axis];
  return { samples: time.size, axes: axis.labels ?? [], rateHz: spec.rateHz ?? 0 };
}
