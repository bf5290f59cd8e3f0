import { type Sample, toWindows, type Window } from '../data/index.js';
import { CROP_ANCHORS, RESIZE_MODES } from '../dsp/primitives/resize/resize.js';
import { fail, show } from '../errors.js';
import { boolean, choice, float, int, type Options, resolve, type Schema, type Values, value } from '../params.js';
import type { Program } from '../program.js';
import { imageSpec, type Spec, signalSpec } from '../spec.js';
import { pictureBoxes, pictureValues } from './picture.js';

export type InputKind = 'signal' | 'image';

/** Where windows come from: their size, rate and step. The first block of every impulse. */
export interface InputBlock<out K extends InputKind = InputKind> {
  readonly role: 'input';
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly spec: Spec<K>;
  readonly sensor: Program['sensor'];
  readonly strideSamples: number;
  /** How pictures are brought to size; image inputs only. */
  readonly resizeMode?: NonNullable<Program['resizeMode']>;
  /** Cuts a recording into windows, at this input's rate and axes. */
  readonly windows: (sample: Sample) => readonly Window[];
}

export interface InputFactory<P, B> {
  (options: P): B;
  readonly type: string;
}

const windowing = {
  rateHz: float(16_000, 'Sampling rate the recordings are brought to, in Hz.', { min: 0.001, max: 1_000_000 }),
  windowMs: float(1000, 'Length of one window in ms.', { min: 0.001, max: 600_000 }),
  strideMs: float(0, 'Step from one window to the next in ms; 0 means the window length.', { min: 0, max: 600_000 }),
} satisfies Schema;

const audioSchema = {
  ...windowing,
  windowMs: float(1000, 'Length of one window in ms.', { min: 0.001, max: 600_000 }),
} satisfies Schema;

const motionSchema = {
  ...windowing,
  rateHz: float(62.5, 'Sampling rate the recordings are brought to, in Hz.', { min: 0.001, max: 1_000_000 }),
  windowMs: float(2000, 'Length of one window in ms.', { min: 0.001, max: 600_000 }),
  axes: value<readonly string[]>(['accX', 'accY', 'accZ'], 'Axes to use, by the names the recordings give them.', {
    check: (axes) =>
      Array.isArray(axes) &&
      axes.length > 0 &&
      axes.every((a) => typeof a === 'string' && a !== '') &&
      new Set(axes).size === axes.length
        ? undefined
        : 'a list of distinct axis names',
  }),
} satisfies Schema;

const imageSchema = {
  width: int(96, 'Width in pixels.', { min: 1, max: 4096 }),
  height: int(96, 'Height in pixels.', { min: 1, max: 4096 }),
  channels: int(3, 'Colour channels: 1 grey, 3 RGB.', { min: 1, max: 4 }),
  packed: boolean(false, 'Hands pixels on as one number 0xRRGGBB each, so that the window is a third.'),
  resizeMode: choice(RESIZE_MODES, 'squash', 'How pictures fit: stretched, by the shorter or by the longer side.'),
  cropAnchor: choice(CROP_ANCHORS, 'middle-center', 'The part kept when cutting off, and the place when filling up.'),
} satisfies Schema;

/**
 * Audio input: one microphone channel, values on the int16 scale.
 *
 * gives signal [time T x axis 1], T = round(rateHz * windowMs / 1000). Recordings at another rate are resampled;
 * recordings shorter than a window are padded with zeros at the end.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * const input = audio({ rateHz: 16_000, windowMs: 1000, strideMs: 500 });
 * ```
 */
export const audio: InputFactory<Options<typeof audioSchema>, InputBlock<'signal'>> = signalInput(
  'audio',
  'microphone',
  audioSchema,
  () => ['audio'],
);

/**
 * Motion input: a few axes of an accelerometer, gyroscope or any other slow sensor, picked by name.
 *
 * gives signal [time T x axis A], interleaved by time step, T = round(rateHz * windowMs / 1000).
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 * @example
 * ```ts
 * const input = motion({ axes: ['accX', 'accY', 'accZ'], rateHz: 62.5, windowMs: 2000, strideMs: 200 });
 * ```
 */
export const motion: InputFactory<Options<typeof motionSchema>, InputBlock<'signal'>> = signalInput(
  'motion',
  'accelerometer',
  motionSchema,
  (p) => p.axes,
);

/**
 * Image input: pictures of any size brought to one, row by row, channels last, values 0 to 255.
 *
 * gives image [row H x column W x channel C], or with `packed` one number 0xRRGGBB per pixel. Pictures are made with
 * `imageSignal`; those of another size are resized as `resizeCrop` does on the device: `squash` stretches, `fit-short`
 * cuts off what sticks out, `fit-long` fills up with black. Colour becomes grey by ITU-R BT.601, grey becomes three equal
 * channels, opacity is left out. A recording that is no picture must hold H * W * C values. Boxes go with their pictures.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`; `windows` throws `SHAPE_MISMATCH`, and `BAD_DATA` or `BAD_LABEL` for boxes
 * @example
 * ```ts
 * const input = image({ width: 48, height: 48, channels: 1, resizeMode: 'fit-short' });
 * ```
 */
export const image: InputFactory<Options<typeof imageSchema>, InputBlock<'image'>> = Object.assign(
  (options: Options<typeof imageSchema>): InputBlock<'image'> => {
    const params = resolve('image', imageSchema, options);
    const { width, height, packed } = params;
    return {
      role: 'input',
      type: 'image',
      params,
      sensor: 'camera',
      strideSamples: 0,
      resizeMode: params.resizeMode,
      spec: imageSpec({ width, height, packed, channels: packed ? 1 : params.channels }),
      windows: (sample) => {
        const boxes = pictureBoxes(sample, params);
        return [{ label: sample.label, start: 0, values: pictureValues(sample, params), ...(boxes && { boxes }) }];
      },
    };
  },
  { type: 'image' },
);

function signalInput<S extends typeof windowing>(
  type: string,
  sensor: Program['sensor'],
  schema: S,
  axesOf: (params: Values<S>) => readonly string[],
): InputFactory<Options<S>, InputBlock<'signal'>> {
  const make = (options: Options<S>): InputBlock<'signal'> => {
    const params = resolve(type, schema, options);
    const { rateHz, windowMs, strideMs } = params as Values<typeof windowing>;
    const axes = axesOf(params);
    const samples = Math.round((rateHz * windowMs) / 1000);
    const strideSamples = strideMs === 0 ? samples : Math.round((rateHz * strideMs) / 1000);
    if (samples < 1 || strideSamples < 1) {
      fail({
        code: 'BAD_OPTION',
        where: samples < 1 ? `${type}.windowMs` : `${type}.strideMs`,
        got: show(samples < 1 ? windowMs : strideMs),
        expected: `at least one time step, ${1000 / rateHz} ms at ${rateHz} Hz`,
        fix: 'Lengthen it or raise rateHz.',
      });
    }
    return {
      role: 'input',
      type,
      params,
      sensor,
      strideSamples,
      spec: signalSpec(samples, axes, rateHz),
      windows: (sample) => toWindows(sample, { rateHz, axes, samples, strideSamples }),
    };
  };
  return Object.assign(make, { type });
}
