import { fail, show } from '../errors.js';

export type LayerActivation = 'none' | 'relu' | 'relu6';
export type LayerPadding = 'same' | 'valid';
/** One number for both directions, or `[height, width]`. */
export type Size = number | readonly [number, number];

interface ConvolutionOptions {
  /** `same` keeps the size (at stride 1), `valid` keeps only full windows. Default `same`. */
  readonly padding?: LayerPadding;
  /** Default `relu`. */
  readonly activation?: LayerActivation;
}

interface PresetOptions {
  /** Size of the max pooling that follows; 0 or 1 is none. Default 2 in a plain list, else 1. */
  readonly pool?: number;
  /** Share of values dropped in training, after the pooling. Default 0.25 after conv2d in a plain list, else 0. */
  readonly dropout?: number;
}

export interface Conv1dOptions extends ConvolutionOptions, PresetOptions {
  readonly stride?: number;
  readonly dilation?: number;
}

export interface Conv2dOptions extends ConvolutionOptions, PresetOptions {
  readonly stride?: Size;
  readonly dilation?: Size;
}

export interface DepthwiseConv2dOptions extends ConvolutionOptions {
  readonly stride?: Size;
  /** Output channels per input channel. Default 1. */
  readonly multiplier?: number;
}

export interface PoolOptions {
  /** Default: the pooling size. */
  readonly stride?: Size;
  /** Default `same`. */
  readonly padding?: LayerPadding;
}

export interface ResidualOptions {
  /** Layers between the input and the sum, for a body that changes the shape. Default none: the input itself. */
  readonly shortcut?: readonly Layer[];
  /** Activation of the sum. Default `relu`. */
  readonly activation?: LayerActivation;
}

/** A layer of a network: plain data, frozen, JSON. Functions of the same names make them. */
export type Layer =
  | { readonly type: 'dense'; readonly units: number; readonly activation: LayerActivation }
  | ({ readonly type: 'conv1d'; readonly filters: number; readonly kernel: number } & Required<
      Omit<Conv1dOptions, 'pool' | 'dropout'>
    > &
      PresetOptions)
  | ({ readonly type: 'conv2d'; readonly filters: number; readonly kernel: Size } & Required<
      Omit<Conv2dOptions, 'pool' | 'dropout'>
    > &
      PresetOptions)
  | ({ readonly type: 'depthwiseConv2d'; readonly kernel: Size } & Required<DepthwiseConv2dOptions>)
  | ({ readonly type: 'maxPool' | 'averagePool'; readonly size: Size } & Required<PoolOptions>)
  | { readonly type: 'globalAveragePool' }
  | ({ readonly type: 'residual'; readonly layers: readonly Layer[] } & Required<ResidualOptions>)
  | { readonly type: 'batchNorm' }
  | { readonly type: 'dropout'; readonly rate: number }
  | { readonly type: 'flatten' };

/**
 * A fully connected layer.
 *
 * `[n] -> [units]`; an input with more dimensions is flattened first. Activation `relu` unless told otherwise.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: [dense(20), dense(10)] });
 * ```
 */
export function dense(units: number, options: { readonly activation?: LayerActivation } = {}): Layer {
  return layer({ type: 'dense', units, activation: 'relu', ...options });
}

/**
 * A convolution along time.
 *
 * `[time T, channel C] -> [T / stride, filters]`. In a list of only convolutions, dense and flatten layers it is
 * followed by a max pooling of 2, as in Edge Impulse's published audio preset; naming any other layer in the list, or
 * `pool: 1`, switches that off. The preset also drops 25 % of the values in training (`dropout: 0.25`): measured, that
 * costs networks of this size about 4 points of accuracy beside augmentation, so ours does not.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: [conv1d(8, 3), conv1d(16, 3)] });
 * ```
 */
export function conv1d(filters: number, kernel: number, options: Conv1dOptions = {}): Layer {
  return layer({
    type: 'conv1d',
    filters,
    kernel,
    stride: 1,
    dilation: 1,
    padding: 'same',
    activation: 'relu',
    ...options,
  });
}

/**
 * A convolution over an image or a spectrogram.
 *
 * `[height H, width W, channel C] -> [H / stride, W / stride, filters]`; a spectrogram `[frame, band]` enters with one
 * channel. In a list of only convolutions, dense and flatten layers it is followed by a max pooling of 2 and a
 * dropout of 0.25, half of what Edge Impulse's published preset has; naming any other layer in the list, or `pool: 1`
 * and `dropout: 0`, switches that off.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: [conv2d(8, 3), conv2d(16, [3, 5])] });
 * ```
 */
export function conv2d(filters: number, kernel: Size, options: Conv2dOptions = {}): Layer {
  return layer({
    type: 'conv2d',
    filters,
    kernel,
    stride: 1,
    dilation: 1,
    padding: 'same',
    activation: 'relu',
    ...options,
  });
}

/**
 * A convolution of each channel with filters of its own.
 *
 * `[H, W, C] -> [H / stride, W / stride, C * multiplier]`.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: [conv2d(16, 3, { stride: 2 }), batchNorm(), depthwiseConv2d(3), conv2d(32, 1), averagePool(4)] });
 * ```
 */
export function depthwiseConv2d(kernel: Size, options: DepthwiseConv2dOptions = {}): Layer {
  return layer({
    type: 'depthwiseConv2d',
    kernel,
    stride: 1,
    multiplier: 1,
    padding: 'same',
    activation: 'relu',
    ...options,
  });
}

/**
 * Keeps the largest value of each window, along time or over an image.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: [conv1d(8, 3), maxPool(4), conv1d(16, 3)] });
 * ```
 */
export function maxPool(size: Size, options: PoolOptions = {}): Layer {
  return layer({ type: 'maxPool', size, stride: size, padding: 'same', ...options });
}

/**
 * Averages each window, along time or over an image; padding does not count.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: [conv1d(8, 3), averagePool(4), conv1d(16, 3)] });
 * ```
 */
export function averagePool(size: Size, options: PoolOptions = {}): Layer {
  return layer({ type: 'averagePool', size, stride: size, padding: 'same', ...options });
}

/**
 * Averages each channel over time or over the image.
 *
 * `[H, W, C] -> [C]`.
 *
 * @example
 * ```ts
 * classifier({ layers: [conv2d(16, 3, { stride: 2 }), batchNorm(), conv2d(32, 3), batchNorm(), globalAveragePool()] });
 * ```
 */
export function globalAveragePool(): Layer {
  return layer({ type: 'globalAveragePool' });
}

/**
 * Layers with a way around them: their output is added to their input, or to what the layers of `shortcut` make of it,
 * and the activation follows the sum (He et al., 2016).
 *
 * Both ways must end in the same shape, and a convolution or dense layer must stand somewhere in front. The last
 * convolution of the body has no activation of its own in the paper: `activation: 'none'`.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * const body = [conv2d(32, 3, { stride: 2 }), batchNorm(), conv2d(32, 3, { activation: 'none' }), batchNorm()];
 * const shortcut = [conv2d(32, 1, { stride: 2, activation: 'none' })];
 * classifier({ layers: [conv2d(16, 3), batchNorm(), residual(body, { shortcut }), globalAveragePool()] });
 * ```
 */
export function residual(layers: readonly Layer[], options: ResidualOptions = {}): Layer {
  return layer({ type: 'residual', layers, shortcut: [], activation: 'relu', ...options });
}

/**
 * Batch normalisation of the layer before it, ahead of that layer's activation, so that it folds into the layer's
 * weights and costs nothing on the device.
 *
 * @example
 * ```ts
 * classifier({ layers: [conv2d(16, 3), batchNorm(), maxPool(2)] });
 * ```
 */
export function batchNorm(): Layer {
  return layer({ type: 'batchNorm' });
}

/**
 * Drops a share of the values in training; nothing on the device.
 *
 * @throws `BAD_OPTION`
 * @example
 * ```ts
 * classifier({ layers: [dense(64), dropout(0.5), dense(10)] });
 * ```
 */
export function dropout(rate: number): Layer {
  return layer({ type: 'dropout', rate });
}

/**
 * Lays all values out as one vector. A dense layer does this by itself where it is needed.
 *
 * @example
 * ```ts
 * classifier({ layers: [conv1d(8, 3), flatten(), dense(10)] });
 * ```
 */
export function flatten(): Layer {
  return layer({ type: 'flatten' });
}

/**
 * Checks a layer that may come from anywhere (a caller without types, a saved file) and freezes it.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`
 */
export function layer(given: Layer): Layer {
  const type: unknown = (given as Layer | undefined)?.type;
  const rules = typeof type === 'string' && Object.hasOwn(RULES, type) ? RULES[type as Layer['type']] : undefined;
  if (!rules) refuse('layers', show(given), 'a layer', 'Make layers with dense, conv1d, conv2d and their like.');
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    if (name === 'type') continue;
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const where = `${type}.${name}`;
    if (!rule) {
      const expected = `one of ${Object.keys(rules).join(', ') || 'none'}`;
      fail({
        code: 'UNKNOWN_OPTION',
        where,
        got: 'an unknown option',
        expected,
        fix: 'Correct the spelling or remove it.',
      });
    }
    if (!rule.holds(value)) refuse(where, show(value), rule.expected, 'Correct the layer.');
  }
  for (const name of Object.keys(rules)) {
    const optional = name === 'pool' || name === 'dropout';
    if (optional || entries.some(([key]) => key === name)) continue;
    refuse(`${type}.${name}`, 'nothing', rules[name]!.expected, 'Correct the layer.');
  }
  const kept = entries.map(([name, value]) => [name, rules[name]?.kept?.(value) ?? value]);
  return Object.freeze(Object.fromEntries(kept)) as unknown as Layer;
}

interface LayerRule {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
  /** What is kept of a value that holds, where that is not the value itself; may throw. */
  readonly kept?: (value: unknown) => unknown;
}

const isCount = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65536;
const POOL: LayerRule = { expected: 'a whole number of at least 0', holds: (value) => value === 0 || isCount(value) };
const COUNT: LayerRule = { expected: 'a whole number of at least 1', holds: isCount };
const SIZE: LayerRule = {
  expected: 'a whole number of at least 1, or [height, width]',
  holds: (value) => isCount(value) || (Array.isArray(value) && value.length === 2 && value.every(isCount)),
};
const RATE: LayerRule = {
  expected: 'a number from 0 to 0.95',
  holds: (value) => typeof value === 'number' && value >= 0 && value <= 0.95,
};
const PADDING: LayerRule = { expected: 'same or valid', holds: (value) => value === 'same' || value === 'valid' };
const ACTIVATION: LayerRule = {
  expected: 'none, relu or relu6',
  holds: (value) => value === 'none' || value === 'relu' || value === 'relu6',
};
const checkedLayers = (value: unknown): readonly Layer[] => Object.freeze((value as readonly Layer[]).map(layer));
const LAYERS: LayerRule = {
  expected: 'a list of at least one layer',
  holds: (value) => Array.isArray(value) && value.length > 0,
  kept: checkedLayers,
};
const SHORTCUT: LayerRule = { expected: 'a list of layers', holds: Array.isArray, kept: checkedLayers };

const SHARED = { padding: PADDING, activation: ACTIVATION };
const POOLING = { size: SIZE, stride: SIZE, padding: PADDING };
const RULES: Readonly<Record<Layer['type'], Readonly<Record<string, LayerRule>>>> = {
  dense: { units: COUNT, activation: ACTIVATION },
  conv1d: { filters: COUNT, kernel: COUNT, stride: COUNT, dilation: COUNT, pool: POOL, dropout: RATE, ...SHARED },
  conv2d: { filters: COUNT, kernel: SIZE, stride: SIZE, dilation: SIZE, pool: POOL, dropout: RATE, ...SHARED },
  depthwiseConv2d: { kernel: SIZE, stride: SIZE, multiplier: COUNT, ...SHARED },
  maxPool: POOLING,
  averagePool: POOLING,
  globalAveragePool: {},
  residual: { layers: LAYERS, shortcut: SHORTCUT, activation: ACTIVATION },
  batchNorm: {},
  dropout: { rate: RATE },
  flatten: {},
};

function refuse(where: string, got: string, expected: string, fix: string): never {
  return fail({ code: 'BAD_OPTION', where, got, expected, fix });
}
