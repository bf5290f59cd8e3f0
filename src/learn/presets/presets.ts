import { fail, show } from '../../errors.js';
import type { Kind } from '../../spec.js';
import {
  batchNorm,
  conv1d,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  globalAveragePool,
  type Layer,
  maxPool,
  residual,
  type Size,
} from '../layers.js';

/** Names of networks that suit any input. */
export type NetworkPreset = 'auto' | 'small' | 'accurate';

/**
 * The layers a preset stands for.
 *
 * `auto` are the published default networks; `small` has fewer weights; `accurate` costs more of everything, and wants
 * augmentation and some hundred windows per class.
 */
export function presetLayers(preset: NetworkPreset, kind: Kind): readonly Layer[] {
  if (kind === 'features') return FEATURES[preset];
  if (preset === 'accurate') {
    if (kind === 'spectrogram') return dsCnn({ kernel: [5, 4], dropout: 0.2 });
    if (kind === 'image') return convNet2d({ filters: [16, 32, 64], convolutions: 2 });
    return convNet1d({ filters: [16, 32, 64] });
  }
  const filters = preset === 'small' ? [4, 8] : [8, 16];
  const convolution = kind === 'image' ? conv2d : conv1d;
  return filters.map((n) => convolution(n, 3));
}

const FEATURES: Readonly<Record<NetworkPreset, readonly Layer[]>> = {
  auto: [dense(20), dense(10)],
  small: [dense(10)],
  accurate: [dense(64), dropout(0.2), dense(32)],
};

export interface DsCnnOptions {
  /** Channels of every layer. Default 64. */
  readonly filters?: number;
  /** Pairs of depthwise and pointwise convolutions. Default 4. */
  readonly blocks?: number;
  /** Height (time) and width (bands) of the first filters. Default [10, 4]. */
  readonly kernel?: Size;
  /** Step of the first filters. Default 2. */
  readonly stride?: Size;
  /** Share of values dropped behind the first convolution, and twice that before the last layer. Default 0.2. */
  readonly dropout?: number;
}

/**
 * Layers of a depthwise separable network for spectrograms, by default that of MLPerf Tiny's keyword spotting.
 *
 * Source: Zhang et al., "Hello edge" (2017); Banbury et al., "MLPerf Tiny benchmark" (2021).
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: dsCnn({ filters: 32, blocks: 3 }) });
 * ```
 */
export function dsCnn(options: DsCnnOptions = {}): readonly Layer[] {
  const { filters = 64, blocks = 4, kernel = [10, 4], stride = 2, dropout: rate = 0.2 } = options;
  checkNumbers('dsCnn', { blocks }, 0);
  return [
    conv2d(filters, kernel, { stride }),
    batchNorm(),
    ...dropped(rate),
    ...Array.from({ length: blocks }, () => separable(filters, 1)).flat(),
    globalAveragePool(),
    ...dropped(Math.min(2 * rate, 0.95)),
  ];
}

/** Strides and channels at alpha 1 of the thirteen blocks of MobileNet v1. */
const MOBILENET = [
  { stride: 1, filters: 64 },
  { stride: 2, filters: 128 },
  { stride: 1, filters: 128 },
  { stride: 2, filters: 256 },
  { stride: 1, filters: 256 },
  { stride: 2, filters: 512 },
  ...Array.from({ length: 5 }, () => ({ stride: 1, filters: 512 })),
  { stride: 2, filters: 1024 },
  { stride: 1, filters: 1024 },
];

/**
 * Layers of MobileNet v1 for images; `alpha` scales all channels.
 *
 * Source: Howard et al. (2017). MLPerf Tiny's visual wake words has alpha 0.25 at 96 x 96 pixels.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: mobileNetV1({ alpha: 0.25 }) });
 * ```
 */
export function mobileNetV1(
  options: {
    /** Factor of all channels, 0 to 1. Default 0.25. */
    readonly alpha?: number;
    /** Blocks from the first on, of thirteen. Default 13; fewer suit smaller images. */
    readonly blocks?: number;
    /** Share of values dropped before the last layer. Default 0. */
    readonly dropout?: number;
  } = {},
): readonly Layer[] {
  const { alpha = 0.25, blocks = MOBILENET.length, dropout: rate = 0 } = options;
  checkNumbers('mobileNetV1', { alpha }, 0.01, 4);
  checkNumbers('mobileNetV1', { blocks }, 1, MOBILENET.length);
  const channels = (n: number): number => Math.max(1, Math.round(n * alpha));
  return [
    conv2d(channels(32), 3, { stride: 2 }),
    batchNorm(),
    ...MOBILENET.slice(0, blocks).flatMap(({ stride, filters }) => separable(channels(filters), stride)),
    globalAveragePool(),
    ...dropped(rate),
  ];
}

/**
 * Layers of ResNet-8 for small images, as in MLPerf Tiny's image classification at 32 x 32 pixels.
 *
 * Source: He et al. (2016); Banbury et al., "MLPerf Tiny benchmark" (2021).
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: resNet8({ filters: 8 }) });
 * ```
 */
export function resNet8(
  options: {
    /** Channels of the first stack; the next two have twice and four times as many. Default 16. */
    readonly filters?: number;
    /** Share of values dropped before the last layer. Default 0. */
    readonly dropout?: number;
  } = {},
): readonly Layer[] {
  const { filters = 16, dropout: rate = 0 } = options;
  const body = (n: number, stride: number): Layer[] => [
    conv2d(n, 3, { stride }),
    batchNorm(),
    conv2d(n, 3, { activation: 'none' }),
    batchNorm(),
  ];
  const stack = (n: number): Layer =>
    residual(body(n, 2), { shortcut: [conv2d(n, 1, { stride: 2, activation: 'none' })] });
  return [
    conv2d(filters, 3),
    batchNorm(),
    residual(body(filters, 1)),
    stack(2 * filters),
    stack(4 * filters),
    globalAveragePool(),
    ...dropped(rate),
  ];
}

export interface ConvNetOptions {
  /** Channels of each stage; a max pooling of 2 follows each. */
  readonly filters?: readonly number[];
  /** Size of all filters. Default 3. */
  readonly kernel?: number;
  /** Convolutions per stage. Default 1. */
  readonly convolutions?: number;
  /** Whether batch normalisation follows each convolution; free on the device. Default true. */
  readonly normalise?: boolean;
  /** What stands before the last layer: the average of each channel, or all values. Default `average`. */
  readonly end?: 'average' | 'flatten';
  /** Share of values dropped before the last layer. Default 0.3. */
  readonly dropout?: number;
}

/**
 * Layers of a small network for spectrograms and images: stages of convolutions, each followed by a max pooling of 2.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: convNet2d({ filters: [8, 16, 32] }) });
 * ```
 */
export function convNet2d(options: ConvNetOptions = {}): readonly Layer[] {
  return stages('convNet2d', (filters, kernel) => conv2d(filters, kernel, { pool: 1, dropout: 0 }), options);
}

/**
 * Layers of a small network along time: stages of convolutions, each followed by a max pooling of 2.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: convNet1d({ filters: [16, 32, 64] }) });
 * ```
 */
export function convNet1d(options: ConvNetOptions = {}): readonly Layer[] {
  return stages('convNet1d', (filters, kernel) => conv1d(filters, kernel, { pool: 1, dropout: 0 }), options);
}

function stages(
  where: string,
  convolution: (filters: number, kernel: number) => Layer,
  options: ConvNetOptions,
): readonly Layer[] {
  const { filters = [16, 32, 64], kernel = 3, convolutions = 1 } = options;
  const { normalise = true, end = 'average', dropout: rate = 0.3 } = options;
  checkNumbers(where, { convolutions }, 1);
  return [
    ...filters.flatMap((n, stage) => [
      ...Array.from({ length: convolutions }, () => [
        convolution(n, kernel),
        ...(normalise ? [batchNorm()] : []),
      ]).flat(),
      ...(stage < filters.length - 1 || end === 'flatten' ? [maxPool(2)] : []),
    ]),
    ...(end === 'average' ? [globalAveragePool()] : []),
    ...dropped(rate),
  ];
}

/** A depthwise and a pointwise convolution. */
function separable(filters: number, stride: number): readonly Layer[] {
  return [depthwiseConv2d(3, { stride }), batchNorm(), conv2d(filters, 1), batchNorm()];
}

function dropped(rate: number): readonly Layer[] {
  return rate > 0 ? [dropout(rate)] : [];
}

function checkNumbers(
  where: string,
  given: Readonly<Record<string, number>>,
  min: number,
  max = Number.POSITIVE_INFINITY,
): void {
  for (const [name, number] of Object.entries(given)) {
    const whole = name === 'alpha' || Number.isInteger(number);
    if (whole && number >= min && number <= max) continue;
    const range = max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`;
    fail({
      code: 'BAD_OPTION',
      where: `${where}.${name}`,
      got: show(number),
      expected: `${name === 'alpha' ? 'a number' : 'a whole number'} ${range}`,
      fix: 'Correct the option.',
    });
  }
}
