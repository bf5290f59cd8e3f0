import { LAYER_KINDS, type LayerWork } from './layer-work.js';

/** Logarithms of cycles per unit of work: those of a core and a kernel set add up to those of the pair. */
export interface KernelModel {
  readonly base: readonly number[];
  readonly cores: Readonly<Record<string, readonly number[]>>;
  readonly kernels: Readonly<Record<string, readonly number[]>>;
  /** What a measured pair is apart from the sum, by `core | kernels`. */
  readonly pairs: Readonly<Record<string, readonly number[]>>;
  /** Errors on boards that were left out of the fit. */
  readonly errors: Readonly<Record<Known, ModelError>>;
}

type Prices = Omit<KernelModel, 'errors'>;

/** What was measured of a core and a kernel set on other boards. */
export type Known = 'pair' | 'core' | 'other';

export interface ModelError {
  readonly medianPct: number;
  readonly p90Pct: number;
  readonly rows: number;
}

export const pairKey = (core: string, kernels: string): string => `${core} | ${kernels}`;

/** How well a pair is known. */
export function knownOf(model: KernelModel, core: string, kernels: string): Known {
  if (model.pairs[pairKey(core, kernels)] !== undefined) return 'pair';
  return model.cores[core] ? 'core' : 'other';
}

/** Cycles of one unit of work, in the order of `LAYER_KINDS`. */
export function cyclesPerUnit(model: Prices, core: string, kernels: string): number[] {
  const shares = [model.cores[core], model.kernels[kernels], model.pairs[pairKey(core, kernels)]];
  return model.base.map((base, i) => Math.exp(shares.reduce((sum, share) => sum + (share?.[i] ?? 0), base)));
}

/** Cycles of a network. */
export function networkCycles(model: Prices, core: string, kernels: string, work: LayerWork): number {
  const prices = cyclesPerUnit(model, core, kernels);
  return LAYER_KINDS.reduce((sum, kind, i) => sum + work[kind] * prices[i]!, 0);
}
