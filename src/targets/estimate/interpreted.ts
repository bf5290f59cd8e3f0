import { TFLM_STATIC_BYTES } from '../../compile/index.js';
import type { PublishedUnit, Work } from '../../cost.js';
import type { Program } from '../../program.js';
import { sizeOf } from '../../spec.js';
import type { InterpreterProfile, TargetProfile } from '../profiles/profile.js';
import { LAYER_KINDS, layerWorkOf } from './layer-work.js';
import { type Binding, place } from './place.js';

/** What an impulse needs where TensorFlow Lite Micro runs its networks and the published library its processing. */
export interface InterpreterEstimate {
  /** Kernel library. */
  readonly kernels: string;
  readonly dspMs: number;
  readonly networkMs: number;
  readonly latencyMs: number;
  /** Typical error of `networkMs` on boards that the fit has not seen; nine of ten are off by less than `errorP90Pct`. */
  readonly errorPct: number;
  readonly errorP90Pct: number;
  readonly errorSource: string;
  /** Energy of one window in microjoules; absent where none was published for the board. */
  readonly energyUj?: number;
  readonly energyErrorPct?: number;
  /** Tensor arena, features and working memory of the processing. */
  readonly ramBytes: number;
  /** Models and interpreter; the processing's own code is not in it. */
  readonly flashBytes: number;
  /** Where the arena lies. */
  readonly arenaIn: string;
  readonly fits: boolean;
  readonly binding?: Binding;
}

/**
 * Code of TensorFlow Lite Micro with CMSIS-NN: what linked images of the networks of MLPerf Tiny on Cortex-M4F have
 * beyond their models, 22 kB for dense layers alone and 42 to 45 kB with convolutions.
 */
const CODE = { dense: 21_600, convolutions: 43_500 } as const;

/** Cycles of one step of processing: as published where that is known, otherwise our own. */
function processingCycles(stage: Program['dsp'][number]['stage'], profile: TargetProfile): number {
  const prices = profile.interpreter?.processing;
  if (!stage.published || !prices) return cyclesOf(stage.work, profile);
  const entries = Object.entries(stage.published) as [PublishedUnit, number][];
  return entries.reduce((sum, [unit, count]) => sum + count * prices[unit], 0);
}

/** Cycles of our own code. */
export function cyclesOf(work: Work, { cyclesPer }: TargetProfile): number {
  const entries = Object.entries(work) as [keyof Work, number][];
  return entries.reduce((total, [unit, count]) => total + count * cyclesPer[unit], 0);
}

/** Energy of some time at work, by cycles. */
export function energyOf(
  ms: number,
  { energy, clockHz }: TargetProfile,
): { energyUj?: number; energyErrorPct?: number } {
  if (!energy) return {};
  return { energyUj: (ms * clockHz * energy.nanojoulesPerCycle) / 1e6, energyErrorPct: energy.errorPct };
}

/** Cycles of one network. */
export function interpretedCycles(work: Work, float: boolean, { cyclesPer, floatFactor }: InterpreterProfile): number {
  const counts = layerWorkOf(work);
  const cycles = LAYER_KINDS.reduce((sum, kind) => sum + counts[kind] * cyclesPer[kind], 0);
  return float ? floatFactor * cycles : cycles;
}

/** The interpreter's side of an estimate; nothing where nothing was published about the core. */
export function interpreted(program: Program, profile: TargetProfile): InterpreterEstimate | undefined {
  const { interpreter, clockHz } = profile;
  if (!interpreter) return undefined;
  const networks = program.learn.map(({ block }) => ({ block, needs: block.interpreted?.() }));
  const arenas = networks.reduce((sum, { needs }) => sum + (needs?.arenaBytes ?? 0), 0);
  const features = program.dsp.reduce((sum, { stage }) => sum + 4 * sizeOf(stage.output), 0);
  const scratch = Math.max(0, ...program.dsp.map(({ stage }) => stage.cpp.scratchBytes));
  const ramBytes = arenas + features + scratch + (arenas > 0 ? TFLM_STATIC_BYTES : 0);
  const models = networks.reduce((sum, { needs }) => sum + (needs?.modelBytes ?? 0), 0);
  const convolves = networks.some(({ block }) => layerWorkOf(block.work).conv > 0);
  const flashBytes = models + (models > 0 ? CODE[convolves ? 'convolutions' : 'dense'] : 0);
  const [arena, constants] = [place(profile, 'arena', ramBytes), place(profile, 'constants', flashBytes)];
  const ms = (cycles: number): number => (1000 * cycles * arena.slowdown) / clockHz;
  const dspMs = ms(program.dsp.reduce((sum, { stage }) => sum + processingCycles(stage, profile), 0));
  const networkMs = ms(
    networks.reduce(
      (sum, { block, needs }) =>
        sum +
        (needs ? interpretedCycles(block.work, block.dtype === 'f32', interpreter) : cyclesOf(block.work, profile)),
      0,
    ),
  );
  const binding = arena.binding ?? constants.binding;
  return {
    kernels: interpreter.kernels,
    dspMs,
    networkMs,
    latencyMs: dspMs + networkMs,
    errorPct: interpreter.errorPct,
    errorP90Pct: interpreter.errorP90Pct,
    errorSource: interpreter.errorSource,
    ...energyOf(dspMs + networkMs, profile),
    ramBytes,
    flashBytes,
    arenaIn: arena.region,
    fits: binding === undefined,
    ...(binding && { binding }),
  };
}
