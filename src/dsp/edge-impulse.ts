import type { ProcessingBlock } from '../block.js';
import { fail, show } from '../errors.js';
import type { Schema } from '../params.js';
import { signalSpec, sizeOf } from '../spec.js';
import { flatten } from './flatten/flatten.js';
import { mfcc } from './mfcc/mfcc.js';
import { mfe } from './mfe/mfe.js';
import { raw } from './raw/raw.js';
import { spectral } from './spectral/spectral.js';

/** How one of their blocks maps to ours. */
interface Translation {
  readonly version: number;
  readonly make: (options: Readonly<Record<string, unknown>>) => ProcessingBlock<'signal'>;
  readonly schema: Schema;
  /** Their parameter name to ours; names ending in `Ms` take their seconds. */
  readonly names: Readonly<Record<string, string>>;
  /** Their parameters without effect in this version. */
  readonly ignored?: readonly string[];
}

const AUDIO = {
  frame_length: 'frameLengthMs',
  frame_stride: 'frameStrideMs',
  num_filters: 'filters',
  fft_length: 'fftLength',
  low_frequency: 'lowHz',
  high_frequency: 'highHz',
};

const STATISTICS = ['average', 'minimum', 'maximum', 'rms', 'stdev', 'skewness', 'kurtosis'];

const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  raw: { version: 1, make: raw, schema: raw.schema, names: { scale_axes: 'scale' } },
  flatten: {
    version: 1,
    make: flatten,
    schema: flatten.schema,
    names: { scale_axes: 'scale', ...Object.fromEntries(STATISTICS.map((name) => [name, name])) },
  },
  mfe: {
    version: 4,
    make: mfe,
    schema: mfe.schema,
    names: { ...AUDIO, noise_floor_db: 'noiseFloorDb' },
    ignored: ['win_size'],
  },
  mfcc: {
    version: 4,
    make: mfcc,
    schema: mfcc.schema,
    names: {
      ...AUDIO,
      num_cepstral: 'coefficients',
      win_size: 'normalizationFrames',
      pre_cof: 'preEmphasis',
      pre_shift: 'preEmphasisShift',
    },
  },
  spectral_analysis: {
    version: 4,
    make: spectral,
    schema: spectral.schema,
    names: {
      scale_axes: 'scale',
      input_decimation_ratio: 'decimation',
      filter_type: 'filter',
      filter_cutoff: 'cutoffHz',
      filter_order: 'filterOrder',
      fft_length: 'fftLength',
      do_log: 'log',
      do_fft_overlap: 'overlap',
      extra_low_freq: 'extraLowFrequency',
    },
    ignored: [
      'analysis_type',
      'spectral_peaks_count',
      'spectral_peaks_threshold',
      'spectral_power_edges',
      'wavelet',
      'wavelet_level',
    ],
  },
};

/**
 * Builds our block from Edge Impulse's type name, implementation version and parameters.
 *
 * Parameter names may have underscores or dashes, numbers may be strings, times are in seconds.
 * Errors: `UNSUPPORTED` for an unknown type, a version other than the newest, or wavelet analysis;
 * `UNKNOWN_OPTION`, `BAD_OPTION` for parameters.
 *
 * @example
 * ```ts
 * const block = edgeImpulseBlock('mfe', 4, { frame_length: 0.02, 'num-filters': '32' });
 * ```
 */
export function edgeImpulseBlock(
  type: string,
  implementationVersion: number,
  params: Readonly<Record<string, unknown>> = {},
): ProcessingBlock<'signal'> {
  const translation = Object.hasOwn(TRANSLATIONS, type) ? TRANSLATIONS[type] : undefined;
  if (!translation) return refuse('type', show(type), Object.keys(TRANSLATIONS).join(', '));
  const { version, make, schema, names, ignored = [] } = translation;
  if (implementationVersion !== version) {
    return refuse(`${type}.implementationVersion`, show(implementationVersion), `${version}, the newest version`);
  }
  const options: Record<string, unknown> = {};
  for (const [key, given] of Object.entries(params)) {
    const theirs = key.replaceAll('-', '_');
    if (theirs === 'analysis_type' && given !== 'FFT') return refuse(`${type}.${key}`, show(given), '"FFT"');
    if (ignored.includes(theirs)) continue;
    const ours = Object.hasOwn(names, theirs) ? (names[theirs] as string) : refuseName(`${type}.${key}`, names);
    options[ours] = translate(ours, schema, given);
  }
  return make(options);
}

function translate(ours: string, schema: Schema, given: unknown): unknown {
  const type = schema[ours]?.type;
  if (typeof given === 'string' && type === 'boolean')
    return given === 'true' ? true : given === 'false' ? false : given;
  const isNumber = typeof schema[ours]?.default === 'number';
  const plain = typeof given === 'string' && isNumber && given.trim() !== '' ? Number(given) : given;
  if (plain === null && ours === 'highHz') return 0;
  return ours.endsWith('Ms') && typeof plain === 'number' ? plain * 1000 : plain;
}

function refuse(where: string, got: string, expected: string): never {
  return fail({
    code: 'UNSUPPORTED',
    where: `edgeImpulseBlock.${where}`,
    got,
    expected,
    fix: 'Update the block in the Studio to its newest version, or choose one of the supported settings.',
  });
}

function refuseName(where: string, names: Readonly<Record<string, string>>): never {
  return fail({
    code: 'UNKNOWN_OPTION',
    where: `edgeImpulseBlock.${where}`,
    got: 'an unknown parameter',
    expected: `one of ${Object.keys(names).join(', ')}`,
    fix: 'Correct the spelling or remove it.',
  });
}

/** One window of a signal, interleaved by time step. */
export interface SignalWindow {
  readonly rateHz: number;
  readonly axes: readonly string[];
  readonly values: ArrayLike<number>;
}

/**
 * Features of one window, in the block's order.
 *
 * Errors: `SHAPE_MISMATCH` when the values do not fill whole time steps, and those of the block.
 *
 * @example
 * ```ts
 * features(flatten(), { rateHz: 62.5, axes: ['x', 'y'], values: [1, 2, 3, 4] }); // 14 values
 * ```
 */
export function features(block: ProcessingBlock<'signal'>, window: SignalWindow): Float32Array {
  const { rateHz, axes, values } = window;
  const samples = values.length / axes.length;
  if (!Number.isInteger(samples) || samples === 0) {
    return fail({
      code: 'SHAPE_MISMATCH',
      where: block.type,
      got: `${values.length} values for ${axes.length} axes`,
      expected: 'one value per axis and time step, at least one step',
      fix: 'Cut the window to whole time steps.',
    });
  }
  const stage = block.bind(signalSpec(samples, axes, rateHz));
  const out = new Float32Array(sizeOf(stage.output));
  stage.run(Float32Array.from(values), out);
  return out;
}
