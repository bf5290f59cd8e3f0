import type { ProcessingBlock } from '../block.js';
import { fail, show } from '../errors.js';
import type { Schema } from '../params.js';
import { flatten } from './flatten/flatten.js';
import { mfcc } from './mfcc/mfcc.js';
import { mfe } from './mfe/mfe.js';
import { pixels } from './pixels/pixels.js';
import { raw } from './raw/raw.js';
import { spectral } from './spectral/spectral.js';
import { spectrogram } from './spectrogram/spectrogram.js';

/** How one of their blocks maps to ours. */
interface Translation {
  /** The newest version, and the only one of a block whose schema has no parameter `version`. */
  readonly version: number;
  readonly make: (options: Readonly<Record<string, unknown>>) => ProcessingBlock<'signal'> | ProcessingBlock<'image'>;
  readonly schema: Schema;
  /** Their parameter name to ours; names ending in `Ms` take their seconds. */
  readonly names: Readonly<Record<string, string>>;
  /** Their parameters, and the versions in which they have no effect. */
  readonly ignored?: Readonly<Record<string, readonly number[]>>;
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
  image: { version: 1, make: pixels, schema: pixels.schema, names: { channels: 'channels' } },
  mfe: {
    version: 4,
    make: mfe,
    schema: mfe.schema,
    names: { ...AUDIO, win_size: 'normalizationFrames', noise_floor_db: 'noiseFloorDb' },
    ignored: { win_size: [3, 4] },
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
  spectrogram: {
    version: 4,
    make: spectrogram,
    schema: spectrogram.schema,
    names: {
      frame_length: 'frameLengthMs',
      frame_stride: 'frameStrideMs',
      fft_length: 'fftLength',
      noise_floor_db: 'noiseFloorDb',
    },
    ignored: { show_axes: [1, 2, 3, 4] },
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
      analysis_type: 'analysis',
      wavelet: 'wavelet',
      wavelet_level: 'waveletLevel',
      spectral_peaks_count: 'peaks',
      spectral_peaks_threshold: 'peakThreshold',
      spectral_power_edges: 'powerEdgesHz',
    },
  },
};

/** Types of Edge Impulse's processing blocks that {@link edgeImpulseBlock} knows. */
export const EDGE_IMPULSE_TYPES: readonly string[] = Object.keys(TRANSLATIONS);

/**
 * Builds our block from Edge Impulse's type name, implementation version and parameters.
 *
 * Parameter names may have underscores or dashes, numbers may be strings, times are in seconds. `image` gives a block
 * of images; all others take signals.
 * Errors: `UNSUPPORTED` for an unknown type, version or setting;
 * `UNKNOWN_OPTION`, `BAD_OPTION` for parameters.
 *
 * @example
 * ```ts
 * const block = edgeImpulseBlock('mfe', 4, { frame_length: 0.02, 'num-filters': '32' });
 * ```
 */
export function edgeImpulseBlock(
  type: 'image',
  implementationVersion: number,
  params?: Readonly<Record<string, unknown>>,
): ProcessingBlock<'image', 'image'>;
export function edgeImpulseBlock(
  type: string,
  implementationVersion: number,
  params?: Readonly<Record<string, unknown>>,
): ProcessingBlock<'signal'>;
export function edgeImpulseBlock(
  type: string,
  implementationVersion: number,
  params: Readonly<Record<string, unknown>> = {},
): ProcessingBlock {
  const translation = Object.hasOwn(TRANSLATIONS, type) ? TRANSLATIONS[type] : undefined;
  if (!translation) return refuse('type', show(type), Object.keys(TRANSLATIONS).join(', '));
  const { version, make, schema, names, ignored = {} } = translation;
  const versions: readonly number[] = schema.version?.choices ?? [version];
  if (!versions.includes(implementationVersion)) {
    return refuse(`${type}.implementationVersion`, show(implementationVersion), `one of ${versions.join(', ')}`);
  }
  const options: Record<string, unknown> = schema.version ? { version: implementationVersion } : {};
  for (const [key, given] of Object.entries(params)) {
    const theirs = key.replaceAll('-', '_');
    if (Object.hasOwn(ignored, theirs) && ignored[theirs]!.includes(implementationVersion)) continue;
    const ours = Object.hasOwn(names, theirs) ? (names[theirs] as string) : refuseName(`${type}.${key}`, names);
    options[ours] = translate(ours, schema, given);
  }
  return make(options);
}

function translate(ours: string, schema: Schema, given: unknown): unknown {
  const { type, choices } = schema[ours] ?? {};
  if (typeof given === 'string' && type === 'value') return given.split(',').map(numberOf);
  if (typeof given === 'string' && choices?.includes(given.toLowerCase())) return given.toLowerCase();
  if (typeof given === 'string' && type === 'boolean')
    return given === 'true' ? true : given === 'false' ? false : given;
  const isNumber = typeof schema[ours]?.default === 'number';
  const plain = typeof given === 'string' && isNumber && given.trim() !== '' ? Number(given) : given;
  if (plain === null && ours === 'highHz') return 0;
  return ours.endsWith('Ms') && typeof plain === 'number' ? plain * 1000 : plain;
}

/** Lists come as text: `0.1, 0.5, 1.0`. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
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
