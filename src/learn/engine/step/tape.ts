/** Names of a tape's entries; the order of their codes in `tape.c`, which says what arguments each takes. */
const CODES = [
  'convForward',
  'convFilterGradient',
  'convInputGradient',
  'depthwiseForward',
  'depthwiseFilterGradient',
  'depthwiseInputGradient',
  'denseForward',
  'denseFilterGradient',
  'denseInputGradient',
  'normForward',
  'normBackward',
  'normInference',
  'maxPoolForward',
  'maxPoolBackward',
  'averagePoolForward',
  'averagePoolBackward',
  'meanForward',
  'meanBackward',
  'activate',
  'activateBackward',
  'add',
  'dropout',
  'multiply',
  'crossEntropy',
  'squaredError',
  'fakeQuantize',
  'fakeQuantizeBackward',
  'fakeQuantizeWeights',
  'regularise',
  'adam',
] as const;

export type Code = (typeof CODES)[number];

/** Floats somewhere in memory: their place is known once all of them are. */
export interface Region {
  readonly floats: number;
  /** Keeps its values from step to step; others share memory when their lives in a step do not meet. */
  readonly lasting: boolean;
  address: number;
}

export function region(floats: number, lasting = false): Region {
  return { floats, lasting, address: 0 };
}

/** Sizes of a convolution or pooling: the fields of `Conv` in `kernels.h`. */
export interface ConvSizes {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideY: number;
  readonly strideX: number;
  readonly dilationY: number;
  readonly dilationX: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly padValue: number;
}

/** A `Conv` in memory; several entries share one. */
export interface Descriptor {
  readonly sizes: ConvSizes;
  address: number;
}

export type Argument = number | { readonly float: number } | Region | Descriptor;

/** One kernel with its arguments. */
export interface Entry {
  readonly code: Code;
  readonly arguments: readonly Argument[];
}

/** The words of a tape; regions and descriptors must have their addresses. */
export function tapeWords(entries: readonly Entry[]): Int32Array {
  const words: number[] = [];
  const bits = new DataView(new ArrayBuffer(4));
  for (const entry of entries) {
    words.push(entry.arguments.length + 2, CODES.indexOf(entry.code));
    for (const argument of entry.arguments) {
      if (typeof argument === 'number') words.push(argument);
      else if ('address' in argument) words.push(argument.address);
      else {
        bits.setFloat32(0, argument.float);
        words.push(bits.getInt32(0));
      }
    }
  }
  return Int32Array.from([...words, 0]);
}

/** The words of a `Conv`; the number of images, in front, changes from step to step. */
export function descriptorWords(s: ConvSizes): Int32Array {
  const sizes = [s.height, s.width, s.channels, s.outHeight, s.outWidth, s.outChannels];
  const window = [s.kernelHeight, s.kernelWidth, s.strideY, s.strideX, s.dilationY, s.dilationX, s.padTop, s.padLeft];
  const words = Int32Array.from([0, ...sizes, ...window, 0]);
  new Float32Array(words.buffer)[words.length - 1] = s.padValue;
  return words;
}
