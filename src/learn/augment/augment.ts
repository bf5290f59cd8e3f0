import type { Kind } from '../../spec.js';
import type { Random } from '../random.js';
import type { TrainingTask } from '../training/task.js';
import {
  type Augmentation,
  type AugmentationDefinition,
  type Change,
  checkedList,
  refuseRows,
} from './augmentation.js';
import { bandMask, bandShift, bandWarp, equalizer, loudness } from './bands.js';
import { brightness, contrast, cutout, flip, pan, rotate, zoom } from './image.js';
import type { Material } from './material.js';
import { noiseMix } from './noise-mix.js';
import { gain, rotateAxes, speed } from './signal.js';
import { timeMask, timeShift, timeWarp } from './time.js';
import { betaDraw, gaussianNoise, mixup } from './values.js';

const ALL = [
  ...[
    timeShift,
    timeMask,
    timeWarp,
    bandShift,
    bandWarp,
    bandMask,
    equalizer,
    loudness,
    gain,
    speed,
    noiseMix,
    rotateAxes,
  ],
  ...[flip, zoom, pan, rotate, brightness, contrast, cutout, gaussianNoise, mixup],
] as readonly { readonly definition: unknown }[];

/** Every augmentation by its type. */
export const AUGMENTATIONS: ReadonlyMap<string, AugmentationDefinition> = new Map(
  ALL.map(({ definition }) => definition as AugmentationDefinition).map((one) => [one.type, one]),
);

export type Level = 'none' | 'low' | 'high';

/** What a level stands for; `energies`: values are energies or their logarithms, which have pitch and loudness. */
export function levelList(level: Level, kind: Kind, energies: boolean): readonly Augmentation[] {
  if (level === 'none') return [];
  const high = level === 'high';
  if (kind === 'spectrogram') {
    return [
      timeShift({ share: 0.1 }),
      ...(energies ? [bandShift({ bands: 1 }), loudness({ deviations: 1 })] : []),
      timeMask(high ? { count: 3, frames: 2 } : { count: 1, frames: 1 }),
      ...(high ? [bandMask({ count: 3, share: 0.3 }), gaussianNoise({ deviations: 0.45 })] : []),
    ];
  }
  if (kind === 'image') {
    return high
      ? [zoom({ factor: 1.2 }), pan({ share: 0.1 }), rotate({ degrees: 10 }), brightness(), contrast(), cutout()]
      : [zoom({ factor: 1.1 }), pan({ share: 0.05 }), brightness({ share: 0.1 })];
  }
  if (!high) return [];
  return kind === 'signal' ? [timeShift(), gain({ db: 1 }), gaussianNoise()] : [gaussianNoise()];
}

const MASKS = { none: 0, low: 1, high: 3 } as const;

/**
 * SpecAugment at the levels Edge Impulse publishes, for standardised spectrograms: masks in time (low: one of 1 frame,
 * high: three of up to 2), masks over bands (one or three of up to 30 % of them), noise of 0.2 or 0.45 deviations, and
 * a warp of time by up to 6 frames.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ augment: specAugment({ time: 'low', bands: 'high', noise: 'none', warp: true }) });
 * ```
 */
export function specAugment(
  options: { readonly time?: Level; readonly bands?: Level; readonly noise?: Level; readonly warp?: boolean } = {},
): readonly Augmentation[] {
  const { time = 'low', bands = 'low', noise = 'none', warp = false } = options;
  for (const [name, level] of Object.entries({ time, bands, noise })) {
    if (Object.hasOwn(MASKS, level)) continue;
    refuseRows(`specAugment.${name}`, String(level), 'none, low or high', 'Name a level.');
  }
  return [
    ...(warp ? [timeWarp({ frames: 6 })] : []),
    ...(time === 'none' ? [] : [timeMask({ count: MASKS[time], frames: time === 'low' ? 1 : 2 })]),
    ...(bands === 'none' ? [] : [bandMask({ count: MASKS[bands], share: 0.3 })]),
    ...(noise === 'none' ? [] : [gaussianNoise({ deviations: noise === 'low' ? 0.2 : 0.45 })]),
  ];
}

/**
 * Why a learner's `augment` option is refused; `UNKNOWN_OPTION` and `BAD_OPTION` inside it are thrown.
 */
export function checkAugment(given: unknown): string | undefined {
  if (given === 'none' || given === 'low' || given === 'high') return undefined;
  if (!Array.isArray(given)) return "'none', 'low', 'high' or a list of augmentations";
  checkedList('augment', given, AUGMENTATIONS);
  return undefined;
}

/**
 * One change made of a list of augmentations, in their order; undefined when there is nothing to change.
 * `still`: nothing may move, because something is known of its place.
 *
 * @throws `BAD_OPTION` for one that makes no sense for this kind of rows
 */
export function changeOf(
  where: string,
  list: readonly Augmentation[],
  material: Material,
  { still = false } = {},
): Change | undefined {
  const { kind } = material.spec;
  const changes = checkedList(where, list, AUGMENTATIONS).map(({ type, ...options }) => {
    const { kinds, moves, prepare } = AUGMENTATIONS.get(type)!;
    if (!prepare) {
      const fix = 'Use it as an option of the classifier: augment: [mixup()].';
      return refuseRows(`${where}.${type}`, 'windows', 'features of a learner that blends its targets too', fix);
    }
    if (moves && still) {
      refuseRows(`${where}.${type}`, 'pictures with boxes', 'changes that move nothing', 'Boxes stay where they are.');
    }
    if (!kinds.includes(kind)) {
      const fitting = [...AUGMENTATIONS.values()].filter((one) => one.kinds.includes(kind)).map((one) => one.type);
      refuseRows(`${where}.${type}`, `rows of kind ${kind}`, kinds.join(' or '), `These fit: ${fitting.join(', ')}.`);
    }
    return prepare(options, material, `${where}.${type}`);
  });
  if (changes.length === 0) return undefined;
  return (row, random) => {
    for (const change of changes) change(row, random);
  };
}

/**
 * The same task with rows that are changed at random whenever they are trained on.
 *
 * @throws `BAD_OPTION` for an augmentation that makes no sense for this kind of rows
 */
export function augmentedTask(task: TrainingTask, list: readonly Augmentation[], material: Material): TrainingTask {
  const checked = checkedList(`${task.learner}.augment`, list, AUGMENTATIONS);
  const blend = checked.find(({ type }) => type === 'mixup');
  const change = changeOf(
    `${task.learner}.augment`,
    checked.filter(({ type }) => type !== 'mixup'),
    material,
  );
  const changed = (row: number, out: Float32Array, random: Random): void => {
    task.input(row, out, random);
    change?.(out, random);
  };
  if (blend) return mixedTask(task, changed, Number(blend.alpha));
  if (!change) return task;
  return {
    ...task,
    input: (row, out, random) => (random ? changed(row, out, random) : task.input(row, out)),
  };
}

/** Blends rows in pairs: the target of a row is asked for right after its input. */
function mixedTask(
  task: TrainingTask,
  changed: (row: number, out: Float32Array, random: Random) => void,
  alpha: number,
): TrainingTask {
  let share = 0;
  let other = 0;
  const scratch = new Map<number, Float32Array>();
  const mix = (out: Float32Array, write: (rest: Float32Array) => void): void => {
    const rest = scratch.get(out.length) ?? new Float32Array(out.length);
    scratch.set(out.length, rest);
    write(rest);
    for (let i = 0; i < out.length; i++) out[i] = (1 - share) * out[i]! + share * rest[i]!;
  };
  return {
    ...task,
    input: (row, out, random) => {
      share = 0;
      if (!random) return task.input(row, out);
      changed(row, out, random);
      const drawn = betaDraw(random, alpha);
      share = Math.min(drawn, 1 - drawn);
      other = task.train[random.below(task.train.length)]!;
      mix(out, (rest) => changed(other, rest, random));
    },
    target: (row, out) => {
      task.target(row, out);
      if (share > 0) mix(out, (rest) => task.target(other, rest));
    },
  };
}
