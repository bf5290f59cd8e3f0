import type { Work } from '../../cost.js';

/** What the layers of a network do, in the four counts that published latencies can tell apart. */
export interface LayerWork {
  /** Multiply-accumulates of convolutions. */
  readonly conv: number;
  readonly depthwise: number;
  readonly dense: number;
  /** Values that layers write. */
  readonly output: number;
}

export const LAYER_KINDS = ['conv', 'depthwise', 'dense', 'output'] as const;

/** A network's work as layer counts, float and int8 alike. */
export function layerWorkOf(work: Work): LayerWork {
  const sum = (...units: (keyof Work)[]): number => units.reduce((total, unit) => total + (work[unit] ?? 0), 0);
  return {
    conv: sum('convF32', 'convInt8'),
    depthwise: sum('depthwiseF32', 'depthwiseInt8'),
    dense: sum('denseF32', 'denseInt8'),
    output: sum('requantize', 'elementInt8', 'elementF32'),
  };
}
