/** What the compiler's run time adds on cores without a float unit, and how large our own code becomes there. */
import type { Work, WorkUnit } from '../../cost.js';

/** Routines of libgcc, by what they do; float is float32, and long is 64 bits. */
export type Routine =
  | 'add'
  | 'subtract'
  | 'divide'
  | 'fromInt'
  | 'toInt'
  | 'divideInt'
  | 'multiplyLong'
  | 'shiftLong'
  | 'shiftRightLong';

export interface SoftFloat {
  /** Comparisons and multiplication, which every impulse needs. */
  readonly alwaysBytes: number;
  readonly routineBytes: Readonly<Record<Routine, number>>;
  /** Machine code of a piece relative to Cortex-M4F; others: the scales of the core. */
  readonly codeScales?: Readonly<Record<string, number>>;
}

/** Routines that a piece of code calls, from the linker's maps of 68 impulses of bench/device/sizes.ts. */
const CALLS: Readonly<Record<string, readonly Routine[]>> = {
  'dsp/butterworth': ['add'],
  'dsp/butterworth in place': ['add'],
  'dsp/components': ['add', 'subtract', 'divide', 'divideInt'],
  'dsp/correlation': ['add', 'subtract', 'divide', 'fromInt'],
  'dsp/decimate': ['add', 'divideInt'],
  'dsp/envelope': ['add', 'divide', 'divideInt'],
  'dsp/exp': ['add', 'subtract', 'fromInt', 'toInt'],
  'dsp/fft': ['add', 'subtract', 'divideInt'],
  'dsp/fft of 16': ['add', 'subtract'],
  'dsp/filter': ['add'],
  'dsp/fixed/fft': [],
  'dsp/fixed/log': [],
  'dsp/fixed/mel': [],
  'dsp/fixed/normalise': ['divideInt', 'multiplyLong', 'shiftRightLong'],
  'dsp/flatten': ['add', 'subtract', 'divide', 'fromInt'],
  'dsp/flatten log': ['add', 'subtract', 'fromInt'],
  'dsp/hr': ['add', 'subtract', 'divide', 'fromInt'],
  'dsp/log': ['add', 'subtract', 'divide', 'fromInt'],
  'dsp/mel': ['add', 'subtract'],
  'dsp/mfcc': ['add', 'subtract', 'divide', 'fromInt'],
  'dsp/mfcc/fixed': ['divideInt', 'multiplyLong', 'shiftRightLong'],
  'dsp/mfe': ['add', 'subtract', 'divide', 'fromInt'],
  'dsp/mfe/fixed': [],
  'dsp/normalise': ['add', 'subtract', 'divide'],
  'dsp/normalise of all': ['add', 'subtract', 'divide'],
  'dsp/pcen': ['add', 'subtract', 'divide'],
  'dsp/peaks': ['add', 'subtract', 'divide', 'divideInt'],
  'dsp/pipe': [],
  'dsp/pixels': [],
  'dsp/raw': [],
  'dsp/scaler': ['subtract'],
  'dsp/select': [],
  'dsp/spectral': ['add', 'subtract', 'divide', 'fromInt'],
  'dsp/spectrogram': ['add', 'subtract', 'divide'],
  'dsp/spectrogram/fixed': [],
  'dsp/spectrum': ['add', 'subtract'],
  'dsp/stats': ['add', 'subtract', 'divide', 'fromInt'],
  'dsp/welch spectrum': ['add', 'subtract', 'divideInt'],
  'nn::Scaler': [],
  'nn::averagePool2dF32': ['add', 'divide', 'fromInt'],
  'nn::averagePool2dInt8': ['divideInt'],
  'nn::conv2dF32': ['add'],
  'nn::conv2dInt8': [],
  'nn::conv2dInt8<Plain>': ['multiplyLong', 'shiftLong'],
  'nn::curvesF32': ['add', 'subtract', 'divide', 'fromInt', 'toInt'],
  'nn::denseF32': ['add'],
  'nn::depthwiseConv2dF32': ['add'],
  'nn::depthwiseConv2dInt8': ['divideInt'],
  'nn::depthwiseConv2dInt8<Plain>': ['divideInt', 'multiplyLong', 'shiftLong'],
  'nn::dequantize': ['fromInt'],
  'nn::gates': [],
  'nn::gruF32': ['add', 'subtract'],
  'nn::gruInt8': [],
  'nn::lstmF32': ['add'],
  'nn::lstmInt8': [],
  'nn::maxPool2dF32': [],
  'nn::maxPool2dInt8': [],
  'nn::placesDivided': ['divideInt'],
  'nn::placesShifted': [],
  'nn::pointTaps': [],
  'nn::quantize': ['subtract', 'divide', 'fromInt', 'toInt'],
  'nn::requantize': ['multiplyLong', 'shiftLong'],
  'nn::lookupInt8': [],
  'nn::row': [],
  'nn::row<Plain>': ['multiplyLong', 'shiftLong'],
  'nn::row<Wide>': [],
  'nn::rowTileF32': ['add'],
  'nn::softmaxF32': ['add', 'subtract', 'divide', 'fromInt', 'toInt'],
  'nn::softmaxInt8': ['multiplyLong', 'shiftLong'],
  'nn::spanAt': [],
  'nn::storeF32': ['add'],
  'nn::sums': [],
  'nn::tileF32': ['add'],
};

/** For pieces that nobody measured: what a step that does such work is likely to call. */
const LIKELY: Readonly<Partial<Record<WorkUnit, readonly Routine[]>>> = {
  flop: ['add', 'subtract'],
  log: ['add', 'subtract', 'divide', 'fromInt'],
  div: ['divide'],
  exp: ['add', 'subtract', 'fromInt', 'toInt'],
  convF32: ['add'],
  depthwiseF32: ['add'],
  denseF32: ['add'],
  elementF32: ['add'],
  requantize: ['multiplyLong', 'shiftLong'],
};

const WIRING = /^network of \d+ calls$/;

/** Routines that the pieces of one step call. */
function routinesOf(pieces: readonly string[], work: Work): readonly Routine[] {
  const known = pieces.flatMap((piece) => CALLS[piece] ?? []);
  if (pieces.every((piece) => CALLS[piece] || WIRING.test(piece))) return known;
  return [...known, ...(Object.keys(work) as WorkUnit[]).flatMap((unit) => LIKELY[unit] ?? [])];
}

/** Bytes of the run time that steps need together. */
export function runtimeBytes(
  { alwaysBytes, routineBytes }: SoftFloat,
  steps: readonly { readonly pieces: readonly string[]; readonly work: Work }[],
): number {
  const routines = new Set(steps.flatMap(({ pieces, work }) => routinesOf(pieces, work)));
  return [...routines].reduce((sum, routine) => sum + routineBytes[routine], alwaysBytes);
}

/** Relative size of a piece of code; absent where nobody measured it. */
export function scaleOf({ codeScales = {} }: SoftFloat, piece: string): number | undefined {
  return codeScales[WIRING.test(piece) ? 'network of calls' : piece];
}

/**
 * ARMv6-M. Routines: sizes of the members of libgcc (gcc 12.2, thumb/v6-m/nofp) in the linker's maps of 68 impulses;
 * divideInt holds the trap for divisions by 0, divide its table. Scales: ridge regression of the code of these images
 * without routines, towards 1.2 for processing and 1 for networks.
 */
export const ARMV6M: SoftFloat = {
  // cmpsf2 116, eqsf2 80, gesf2 160, lesf2 156, mulsf3 636, clzsi2 60
  alwaysBytes: 1208,
  routineBytes: {
    add: 772,
    subtract: 804,
    divide: 700,
    fromInt: 152,
    toInt: 64,
    divideInt: 472,
    multiplyLong: 92,
    shiftLong: 24,
    shiftRightLong: 28,
  },
  codeScales: {
    'dsp/butterworth': 1.27,
    'dsp/butterworth in place': 1.2,
    'dsp/components': 1.23,
    'dsp/decimate': 1.7,
    'dsp/envelope': 1.03,
    'dsp/exp': 1.25,
    'dsp/fft': 1.66,
    'dsp/fft of 16': 1.59,
    'dsp/filter': 1.26,
    'dsp/fixed/fft': 1.07,
    'dsp/fixed/log': 1.2,
    'dsp/fixed/mel': 1.06,
    'dsp/fixed/normalise': 1.19,
    'dsp/flatten': 1.81,
    'dsp/flatten log': 1.37,
    'dsp/hr': 1.26,
    'dsp/log': 1.43,
    'dsp/mel': 1.21,
    'dsp/mfcc': 1.41,
    'dsp/mfcc/fixed': 1.19,
    'dsp/mfe': 1.26,
    'dsp/mfe/fixed': 1.12,
    'dsp/normalise': 1.23,
    'dsp/normalise of all': 1.29,
    'dsp/pcen': 1.24,
    'dsp/peaks': 1.02,
    'dsp/pipe': 1.2,
    'dsp/pixels': 1.06,
    'dsp/raw': 1.16,
    'dsp/scaler': 1.2,
    'dsp/spectral': 1.25,
    'dsp/spectrogram': 1.14,
    'dsp/spectrogram/fixed': 1.25,
    'dsp/spectrum': 1.44,
    'dsp/stats': 1.55,
    'dsp/welch spectrum': 1.33,
    'network of calls': 1.24,
    'nn::Scaler': 1.6,
    'nn::averagePool2dF32': 1.28,
    'nn::averagePool2dInt8': 0.64,
    'nn::conv2dF32': 0.9,
    'nn::conv2dInt8': 0.66,
    'nn::curvesF32': 1.17,
    'nn::denseF32': 0.95,
    'nn::depthwiseConv2dF32': 0.43,
    'nn::depthwiseConv2dInt8': 0.85,
    'nn::dequantize': 1.22,
    'nn::gates': 1.31,
    'nn::gruF32': 0.92,
    'nn::gruInt8': 1.04,
    'nn::lstmF32': 0.87,
    'nn::lstmInt8': 1.17,
    'nn::maxPool2dF32': 1.29,
    'nn::maxPool2dInt8': 0.81,
    'nn::pointTaps': 0.95,
    'nn::quantize': 1.8,
    'nn::requantize': 1.05,
    'nn::row': 1.25,
    'nn::row<Plain>': 1.1,
    'nn::row<Wide>': 1.25,
    'nn::rowTileF32': 0.95,
    'nn::softmaxF32': 1.07,
    'nn::softmaxInt8': 1.21,
    'nn::spanAt': 0.97,
    'nn::storeF32': 0.87,
    'nn::sums': 1.67,
    'nn::tileF32': 0.95,
  },
};

/**
 * ARMv7-M without a float unit. Routines: sizes of the members of libgcc (gcc 12.2, thumb/v7-m/nofp), of which addsubsf3
 * and muldivsf3 hold several and come with the first use of one. No image of ours was linked for it.
 */
export const ARMV7M: SoftFloat = {
  // cmpsf2 236, muldivsf3 672, addsubsf3 540
  alwaysBytes: 1448,
  routineBytes: {
    add: 0,
    subtract: 0,
    divide: 0,
    fromInt: 0,
    toInt: 76,
    divideInt: 0,
    multiplyLong: 0,
    shiftLong: 24,
    shiftRightLong: 28,
  },
};
