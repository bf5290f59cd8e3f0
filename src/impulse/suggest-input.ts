import { imageOfSignal } from '../data/image.js';
import { lengthOf, type Sample } from '../data/index.js';
import { fail } from '../errors.js';
import { audio, type InputBlock, image, motion } from './input.js';

/** What recordings are like, which decides what may come after them. */
export type Nature = 'audio' | 'motion' | 'slow' | 'reading' | 'image';

export interface InputChoice {
  readonly nature: Nature;
  readonly input: InputBlock;
  readonly reasons: readonly string[];
}

const AUDIO_FROM_HZ = 4000;
const AUDIO_TO_HZ = 16_000;
const SLOW_TO_HZ = 10;
const MOST_WINDOWS = 20_000;
const LARGEST_IMAGE = 96;

/** An input for recordings: kind, rate, window and step. */
export function suggestInput(samples: readonly Sample[]): InputChoice {
  if (samples.every(({ signal }) => imageOfSignal(signal) !== undefined)) return imageInput(samples);
  const axes = commonAxes(samples);
  const rates = samples.map(({ signal }) => signal.rateHz);
  const recordedHz = quantile(rates, 0.5);
  if (recordedHz === 0) {
    const reasons = [`Recordings are single readings of ${axes.length} values: a window is one reading.`];
    return { nature: 'reading', input: motion({ axes, rateHz: 1, windowMs: 1000 }), reasons };
  }
  const isAudio = axes.length === 1 && recordedHz >= AUDIO_FROM_HZ;
  const nature = isAudio ? 'audio' : recordedHz <= SLOW_TO_HZ ? 'slow' : 'motion';
  const rateHz = isAudio ? Math.min(recordedHz, AUDIO_TO_HZ) : recordedHz;
  const { windowMs, strideMs, reason } = windowing(samples, nature, rateHz);
  const input =
    isAudio && axes[0] === 'audio'
      ? audio({ rateHz, windowMs, strideMs })
      : motion({ axes, rateHz, windowMs, strideMs });
  return { nature, input, reasons: [natureText(nature, axes, recordedHz, rateHz), reason] };
}

function natureText(nature: Nature, axes: readonly string[], recordedHz: number, rateHz: number): string {
  if (nature !== 'audio') {
    const what = nature === 'slow' ? 'slow signals' : 'motion or vibration';
    return `${axes.length} axes at ${rateHz} Hz: ${what}, all axes that every recording has.`;
  }
  const lowered = rateHz < recordedHz ? `, brought to ${rateHz} Hz, which is enough for voice and most sounds` : '';
  return `One axis at ${recordedHz} Hz: audio${lowered}.`;
}

/** Longest window worth having, in seconds. */
function wantedSeconds(nature: Nature, rateHz: number): number {
  if (nature === 'audio') return 1;
  return nature === 'slow' ? Math.max(2, 20 / rateHz) : Math.min(2, 2000 / rateHz);
}

function windowing(samples: readonly Sample[], nature: Nature, rateHz: number) {
  const seconds = samples.map(({ signal }) => lengthOf(signal) / signal.rateHz).filter(Number.isFinite);
  const stretches = samples.flatMap(({ signal, segments = [] }) =>
    segments.map(({ startIndex, endIndex }) => (endIndex + 1 - startIndex) / signal.rateHz),
  );
  const wanted = wantedSeconds(nature, rateHz);
  const stretch = stretches.length > 0 ? quantile(stretches, 0.5) : Number.POSITIVE_INFINITY;
  const whole = quantile(seconds, 0.9);
  const least = 1 / rateHz;
  const windowS = Math.max(least, Math.min(wanted, whole, stretch));
  const windowMs = roundMs(windowS, rateHz);
  const isLong = quantile(seconds, 0.5) >= 1.5 * windowS;
  let strideS = isLong ? windowS / (nature === 'motion' ? 4 : 2) : windowS;
  while (countOf(seconds, windowS, strideS) > MOST_WINDOWS && strideS < windowS) strideS *= 2;
  const strideMs = isLong ? roundMs(Math.max(least, Math.min(strideS, windowS)), rateHz) : 0;
  const because =
    windowS === wanted
      ? 'the usual length'
      : windowS === stretch
        ? 'the median length of a labelled stretch'
        : 'as long as nine in ten recordings';
  const step = isLong
    ? `a step of ${strideMs} ms, as recordings hold several windows`
    : 'one window a recording, as they are hardly longer';
  return { windowMs, strideMs, reason: `Windows of ${windowMs} ms, ${because}; ${step}.` };
}

/** Milliseconds of whole time steps, to a tenth where that is fine. */
function roundMs(seconds: number, rateHz: number): number {
  const steps = Math.max(1, Math.round(seconds * rateHz));
  const ms = (1000 * steps) / rateHz;
  const short = Math.round(10 * ms) / 10;
  return Math.round((short * rateHz) / 1000) === steps ? short : ms;
}

function countOf(seconds: readonly number[], windowS: number, strideS: number): number {
  return seconds.reduce((sum, s) => sum + Math.max(1, Math.floor((s - windowS) / strideS) + 1), 0);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

function commonAxes(samples: readonly Sample[]): string[] {
  const [first, ...rest] = samples.map(({ signal }) => signal.axes);
  const others = [...new Set(rest)].map((axes) => new Set(axes));
  const axes = first!.filter((axis) => others.every((names) => names.has(axis)));
  if (axes.length > 0) return axes;
  return fail({
    code: 'BAD_DATA',
    where: 'suggestImpulse',
    got: 'recordings without a common axis',
    expected: 'at least one axis that all have',
    fix: 'Make one data set per kind of sensor.',
  });
}

function imageInput(samples: readonly Sample[]): InputChoice {
  const pictures = samples.map(({ signal }) => imageOfSignal(signal)!);
  const shortest = quantile(
    pictures.map(({ width, height }) => Math.min(width, height)),
    0.5,
  );
  const side = Math.min(LARGEST_IMAGE, shortest);
  const isGrey = pictures.every(({ format }) => format === 'grey');
  const options = { width: side, height: side, channels: isGrey ? 1 : 3, resizeMode: 'fit-short' } as const;
  const reasons = [
    `Recordings are pictures, ${isGrey ? 'all of them grey' : 'in colour'}: squares of ${side} pixels, by the shorter side.`,
  ];
  return { nature: 'image', input: image(options), reasons };
}
