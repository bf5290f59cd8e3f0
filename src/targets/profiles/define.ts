import { fail, show } from '../../errors.js';
import { ENERGY, KERNEL_MODEL } from '../estimate/kernel-cycles.js';
import { cyclesPerUnit, knownOf } from '../estimate/kernel-model.js';
import { CORES, type CoreProfile } from './cores.js';
import type { EnergyProfile, InterpreterProfile, MemoryRegion, TargetProfile } from './profile.js';

export interface TargetOptions {
  readonly id?: string;
  readonly name: string;
  /** One of `coreNames`. */
  readonly core: string;
  readonly clockHz: number;
  /** RAM and flash on the chip. */
  readonly ramBytes: number;
  readonly flashBytes: number;
  readonly memory?: readonly MemoryRegion[] | undefined;
  /** One of `kernelNames`; default: the usual one of the core. */
  readonly kernels?: string | undefined;
  readonly energy?: EnergyProfile | undefined;
  readonly sources?: TargetProfile['sources'];
}

/** Cores that a target may have. */
export const coreNames: readonly string[] = Object.keys(CORES);

/** Kernel libraries with published times. */
export const kernelNames: readonly string[] = Object.keys(KERNEL_MODEL.kernels).filter((n) => !n.endsWith(' float'));

/**
 * A target of your own: a board as data. What its core costs comes with the core.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * const mine = defineTarget({ name: 'Mine', core: 'Cortex-M33', clockHz: 64e6, ramBytes: 64 * 1024, flashBytes: 512 * 1024 });
 * ```
 */
export function defineTarget(options: TargetOptions): TargetProfile {
  const { id, name, core, clockHz, ramBytes, flashBytes, memory, sources, energy } = options;
  if (typeof name !== 'string' || name === '') refuse('name', name, 'a name');
  if (!(Number.isFinite(clockHz) && clockHz > 0)) refuse('clockHz', clockHz, 'a clock in Hz above 0');
  checkBytes('ramBytes', ramBytes);
  checkBytes('flashBytes', flashBytes);
  for (const region of memory ?? []) checkRegion(region);
  const profile = Object.hasOwn(CORES, core) ? CORES[core]! : refuse('core', core, coreNames.join(', '));
  const { kernels = profile.kernels } = options;
  if (kernels !== undefined && !kernelNames.includes(kernels)) refuse('kernels', kernels, kernelNames.join(', '));
  return {
    ...(id !== undefined && { id }),
    name,
    core,
    clockHz,
    ramBytes,
    flashBytes,
    ...(memory && { memory }),
    ...profile.compiled,
    ...(kernels !== undefined && { interpreter: interpreterOf(profile, core, kernels) }),
    ...(energy && { energy }),
    ...(sources && { sources }),
  };
}

/** The energy of a board that has published rows. */
export function publishedEnergy(board: string): EnergyProfile {
  const { nanojoulesPerCycle, errorPct, rows } = ENERGY[board]!;
  return { nanojoulesPerCycle, errorPct, source: `median of ${rows} rows of MLPerf Tiny` };
}

const SOURCES = {
  pair: 'boards with this core and kernel set, each left out of the fit',
  core: 'boards with this core, each left out of the fit; this kernel set was not published for it',
  other: 'cores left out of the fit; none of this kind was published',
} as const;

/** What is published of kernels on a core, with the error of such predictions. */
export function interpreterOf(profile: CoreProfile, core: string, kernels: string): InterpreterProfile {
  const [conv, depthwise, dense, output] = cyclesPerUnit(KERNEL_MODEL, core, kernels) as [
    number,
    number,
    number,
    number,
  ];
  const known = knownOf(KERNEL_MODEL, core, kernels);
  const { medianPct, p90Pct } = KERNEL_MODEL.errors[known];
  return {
    kernels,
    cyclesPer: { conv, depthwise, dense, output },
    floatFactor: profile.floatFactor,
    processing: profile.processing,
    errorPct: medianPct,
    errorP90Pct: p90Pct,
    errorSource: SOURCES[known],
  };
}

function checkBytes(field: string, value: number): void {
  if (!(Number.isInteger(value) && value >= 0)) refuse(field, value, 'a whole number of bytes');
}

function checkRegion({ name, bytes, holds, slowdown = 1 }: MemoryRegion): void {
  checkBytes(`memory.${name}.bytes`, bytes);
  if (holds !== 'arena' && holds !== 'constants') refuse(`memory.${name}.holds`, holds, 'arena or constants');
  if (!(Number.isFinite(slowdown) && slowdown >= 1)) refuse(`memory.${name}.slowdown`, slowdown, 'a factor from 1');
}

function refuse(field: string, got: unknown, expected: string): never {
  return fail({
    code: 'BAD_OPTION',
    where: `defineTarget.${field}`,
    got: show(got),
    expected,
    fix: 'Correct the definition of the target.',
  });
}
