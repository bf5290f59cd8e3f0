/** What TensorFlow Lite for Microcontrollers needs for the same models, and what impulsekit is to stay below. */
import type { Dtype } from './cases.js';
import type { Core } from './image.js';

export interface Figures {
  readonly flashBytes?: number;
  readonly ramBytes?: number;
  /** Per inference. */
  readonly instructions?: number;
}

export interface Peer extends Figures {
  /** Absent where there is nothing to compare with. */
  readonly what?: string;
}

/** TFLM with CMSIS-NN on a Cortex-M4F, int8 kernels only, gcc 12, each figure the best of -Os, -O2 and -O3. */
const CMSIS_NN: Readonly<Record<string, Required<Figures>>> = {
  kws: { flashBytes: 98_900, ramBytes: 24_300, instructions: 7.7e6 },
  ic: { flashBytes: 140_500, ramBytes: 56_400, instructions: 29.86e6 },
  vww: { flashBytes: 378_200, ramBytes: 102_200, instructions: 24.1e6 },
  ad: { flashBytes: 298_600, ramBytes: 3_500, instructions: 0.582e6 },
};

/**
 * TFLM in float32 on a Cortex-M4F. Only its instructions were counted there: flash is its weights file alone, without
 * code, and RAM its arena alone, on x86-64.
 */
const FLOAT: Readonly<Record<string, Figures>> = {
  kws: { flashBytes: 99_768, ramBytes: 71_936, instructions: 38e6 },
  ic: { flashBytes: 318_144, ramBytes: 203_104, instructions: 99e6 },
  vww: { flashBytes: 866_284, ramBytes: 324_512, instructions: 83e6 },
  ad: { flashBytes: 1_067_648, ramBytes: 5_664 },
};

/** TFLM's reference kernels in int8 on a Cortex-M4F at -O2: it has no kernels for ARMv6-M. */
const REFERENCE: Readonly<Record<string, Figures>> = {
  kws: { instructions: 43e6 },
  ic: { instructions: 107.3e6 },
  vww: { instructions: 100.2e6 },
  ad: { instructions: 1.95e6 },
};

export function peerOf(model: string, dtype: Dtype, core: Core): Peer {
  const int8 = dtype === 'int8';
  if (core === 'Cortex-M0+' && int8) return named('TFLM reference kernels on Cortex-M4F', REFERENCE[model]);
  if (core !== 'Cortex-M4F') return {};
  return int8 ? named('TFLM + CMSIS-NN', CMSIS_NN[model]) : named('TFLM float32', FLOAT[model]);
}

function named(what: string, figures: Figures | undefined): Peer {
  return figures ? { what, ...figures } : {};
}

const INT8_BARS: Readonly<Record<string, Figures>> = {
  kws: { flashBytes: 36_000, ramBytes: 11_000, instructions: 5.2e6 },
  ic: { flashBytes: 90_000, ramBytes: 38_000, instructions: 20e6 },
  vww: { flashBytes: 245_000, ramBytes: 42_000, instructions: 16e6 },
  ad: { flashBytes: 277_000, ramBytes: 2_500, instructions: 0.45e6 },
};

/** Most that a model may take: flash and RAM in size mode, instructions in speed mode. */
export function barsOf(model: string, dtype: Dtype, core: Core): Figures {
  if (core === 'Cortex-M4F' && dtype === 'int8') return INT8_BARS[model] ?? {};
  const { what: _, instructions, ...sizes } = peerOf(model, dtype, core);
  return { ...sizes, ...(instructions !== undefined && { instructions: instructions / 2 }) };
}

/** Speed mode may take this much more flash than size mode. */
export const FLASH_GROWTH = 1.2;
