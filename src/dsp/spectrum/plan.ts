import { fail } from '../../errors.js';
import { boolean, choice, float, int, type Values } from '../../params.js';
import { type Spec, signalOf } from '../../spec.js';
import { butterworthDesign, sectionTable } from '../primitives/butterworth/butterworth.js';
import { FFT_RULE, twiddleTable } from '../primitives/fft/fft.js';
import { WINDOW, windowTable, windowValues } from '../primitives/window/window.js';

export const params = {
  fftLength: int(64, 'Time steps of a frame, and points of its FFT.', { ...FFT_RULE, tune: [32, 64, 128, 256] }),
  window: WINDOW,
  overlapPercent: float(50, 'How much of a frame the next one shares, in percent.', { min: 0, max: 90 }),
  averaging: choice(['mean', 'max'], 'mean', 'Over the frames: mean of the powers, or the largest.', {
    tune: ['mean', 'max'],
  }),
  removeMean: boolean(true, 'Subtract the mean of each frame first.'),
  output: choice(['amplitude', 'rms', 'density'], 'amplitude', 'Peak or RMS amplitude, or power spectral density.'),
  db: boolean(false, 'Emit decibels: 20 lg of an amplitude, 10 lg of a density.', { tune: [true, false] }),
  lowHz: float(0, 'Lowest frequency in Hz.', { min: 0 }),
  highHz: float(0, 'Highest frequency in Hz; 0 is half the rate.', { min: 0 }),
  resolution: choice(['bins', 'bands', 'third-octave', 'orders'], 'bins', 'What one feature covers.', {
    tune: ['bins', 'bands'],
  }),
  bands: int(16, 'Number of equally wide bands, with resolution bands.', { min: 1, max: 4096, tune: [8, 16, 32] }),
  shaftHz: float(0, 'Rotation rate in Hz that orders are multiples of, with resolution orders.', { min: 0 }),
  highestOrder: int(10, 'Highest order, with resolution orders.', { min: 1, max: 1000 }),
  binsPerOrder: int(2, 'Features per order, with resolution orders.', { min: 1, max: 100 }),
  envelope: boolean(false, 'Take the spectrum of the squared envelope of a band instead of the signal.'),
  envelopeLowHz: float(0, 'Lower edge of that band in Hz; 0 is an eighth of the rate.', { min: 0 }),
  envelopeHighHz: float(0, 'Upper edge of that band in Hz; 0 is three eighths of the rate.', { min: 0 }),
};

export type Params = Values<typeof params>;

/** Order of the band-pass an envelope is taken from. */
const ENVELOPE_ORDER = 2;
/** IEC 61260: a third of an octave is a tenth of a decade. */
const THIRD_OCTAVE = 10 ** 0.1;

/** All sizes and tables for one input. */
export function planSpectrum(input: Spec<'signal'>, p: Params) {
  const { samples, axes, rateHz } = signalOf(input);
  const size = p.fftLength;
  if (samples < size) refuseShort(samples, size);
  const step = Math.max(1, Math.round(size * (1 - p.overlapPercent / 100)));
  const frames = Math.floor((samples - size) / step) + 1;
  const { edges, labels } = bandsOf(rateHz, p);
  const single = p.resolution === 'bins';
  return {
    axes: input.axes[1]!.size,
    axisNames: axes,
    rateHz,
    step,
    frames,
    labels,
    single,
    firstBin: edges[0]!,
    lastBin: edges.at(-1)! - 1,
    /** First bin of each band and the end of the last, counted from the first bin of all. */
    edges: Uint16Array.from(edges, (bin) => bin - edges[0]!),
    twiddles: twiddleTable(size),
    window: windowTable(p.window, size, Math.sqrt(windowFactor(p, rateHz, single))),
    /** The bins at 0 and half the rate have no twin at negative frequencies. */
    edgeFactor: single && p.output === 'amplitude' ? 0.25 : 0.5,
    frameFactor: Math.fround(p.averaging === 'mean' ? 1 / frames : 1),
    envelope: envelopeOf(rateHz, p),
  };
}

/**
 * What |X|^2 / N is to be multiplied by. A line's height follows from the sum of the window (coherent gain), the power
 * in a band or a density from the sum of its squares (noise bandwidth).
 */
function windowFactor({ window, fftLength, output }: Params, rateHz: number, single: boolean): number {
  const w = windowValues(window, fftLength);
  const sum = w.reduce((a, b) => a + b, 0);
  const squares = w.reduce((a, b) => a + b * b, 0);
  if (output === 'density') return (2 * fftLength) / (rateHz * squares);
  return (output === 'amplitude' ? 4 : 2) / (single ? (sum * sum) / fftLength : squares);
}

function envelopeOf(rateHz: number, p: Params) {
  if (!p.envelope) return undefined;
  const band = { lowHz: p.envelopeLowHz || rateHz / 8, highHz: p.envelopeHighHz || (3 * rateHz) / 8 };
  const design = butterworthDesign('spectrum.envelope', rateHz, {
    filter: 'band',
    cutoffHz: 0,
    order: ENVELOPE_ORDER,
    ...band,
  });
  return { sections: sectionTable(design, true).sections, count: design.length };
}

interface Bands {
  /** First FFT bin of each band, and the end of the last. */
  readonly edges: readonly number[];
  readonly labels: readonly string[];
}

function bandsOf(rateHz: number, p: Params): Bands {
  const lowHz = p.lowHz;
  const highHz = p.highHz === 0 ? rateHz / 2 : p.highHz;
  if (highHz > rateHz / 2 || lowHz >= highHz) refuseBand(rateHz, lowHz, highHz);
  const spacing = rateHz / p.fftLength;
  /** First bin at or above a frequency; exact bins must not be lost to rounding. */
  const binAt = (hz: number): number => Math.ceil(hz / spacing - 1e-9);
  const end = Math.floor(highHz / spacing + 1e-9) + 1;
  if (p.resolution === 'orders') return ordersOf(rateHz, p, binAt);
  if (p.resolution === 'third-octave') return thirdOctaves(lowHz, highHz, binAt);
  if (p.resolution === 'bands') {
    const width = (highHz - lowHz) / p.bands;
    const hz = Array.from({ length: p.bands + 1 }, (_, i) => lowHz + i * width);
    const edges = hz.map((edge, i) => (i === p.bands ? end : binAt(edge)));
    return filled(
      edges,
      hz.slice(1).map((edge, i) => `${brief(hz[i]!)}-${brief(edge)} Hz`),
      'bands',
    );
  }
  const first = binAt(lowHz);
  const edges = Array.from({ length: end - first + 1 }, (_, i) => first + i);
  return filled(
    edges,
    edges.slice(1).map((bin) => `${brief((bin - 1) * spacing)} Hz`),
    'lowHz',
  );
}

/** Third octaves between two frequencies, from the first on that is wide enough for bins. */
function thirdOctaves(lowHz: number, highHz: number, binAt: (hz: number) => number): Bands {
  const place = (hz: number): number => Math.log(hz / 1000) / Math.log(THIRD_OCTAVE);
  const last = Math.floor(place(highHz) - 0.5 + 1e-9);
  const isEmpty = (k: number): boolean => binAt(edgeOf(k)) === binAt(edgeOf(k + 1)) || binAt(edgeOf(k)) === 0;
  let k = last;
  while (k > last - 200 && !isEmpty(k) && edgeOf(k) >= lowHz - 1e-9) k--;
  const places = Array.from({ length: last - k }, (_, i) => k + 1 + i);
  return filled(
    [...places, last + 1].map((one) => binAt(edgeOf(one))),
    places.map((one) => `${brief(1000 * THIRD_OCTAVE ** one)} Hz`),
    'fftLength',
  );
}

/** Lower edge of a third octave; place 0 has its middle at 1 kHz. */
function edgeOf(place: number): number {
  return 1000 * THIRD_OCTAVE ** (place - 0.5);
}

/** Bands around multiples of the rotation rate. */
function ordersOf(
  rateHz: number,
  { shaftHz, highestOrder, binsPerOrder }: Params,
  binAt: (hz: number) => number,
): Bands {
  const highest = (highestOrder + 0.5 / binsPerOrder) * shaftHz;
  if (!(shaftHz > 0 && highest <= rateHz / 2)) refuseShaft(rateHz, shaftHz, highestOrder);
  const orders = Array.from({ length: highestOrder * binsPerOrder }, (_, i) => (i + 1) / binsPerOrder);
  const edges = [...orders, highestOrder + 1 / binsPerOrder].map((order) =>
    binAt((order - 0.5 / binsPerOrder) * shaftHz),
  );
  return filled(
    edges,
    orders.map((order) => `order ${brief(order)}`),
    'binsPerOrder',
  );
}

/** Refuses bands without a bin. */
function filled(edges: readonly number[], labels: readonly string[], where: string): Bands {
  const empty = labels.findIndex((_, i) => edges[i + 1]! <= edges[i]!);
  if (labels.length > 0 && empty < 0) return { edges, labels };
  return fail({
    code: 'SHAPE_MISMATCH',
    where: `spectrum.${where}`,
    got: labels.length === 0 ? 'no band' : `no FFT bin for ${labels[empty]}`,
    expected: 'at least one bin for every feature',
    fix: 'Lengthen fftLength, widen the range, or use fewer bands.',
  });
}

function brief(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function refuseShort(samples: number, size: number): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'spectrum.fftLength',
    got: `frames of ${size} time steps in a window of ${samples}`,
    expected: `at most ${samples}`,
    fix: 'Shorten fftLength or lengthen the window.',
  });
}

function refuseBand(rateHz: number, lowHz: number, highHz: number): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'spectrum.highHz',
    got: `a range from ${lowHz} to ${highHz} Hz`,
    expected: `lowHz < highHz <= ${rateHz / 2} Hz, half the sampling rate`,
    fix: 'Change lowHz or highHz, or record at a higher rate.',
  });
}

function refuseShaft(rateHz: number, shaftHz: number, highestOrder: number): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'spectrum.shaftHz',
    got: `${shaftHz} Hz with orders up to ${highestOrder}`,
    expected: `above 0, the highest order below ${rateHz / 2} Hz, half the sampling rate`,
    fix: 'Set shaftHz to the rotation rate, lower highestOrder, or record at a higher rate.',
  });
}
