/** Names of a tape's entries; the order of their codes in `tape.c`, which says what arguments each takes. */
const CODES = [
  'rows',
  'convForward',
  'convFilterGradient',
  'convInputGradient',
  'depthwiseForward',
  'depthwiseFilterGradient',
  'depthwiseInputGradient',
  'denseForward',
  'denseFilterGradient',
  'denseInputGradient',
  'normSums',
  'normMoments',
  'normScale',
  'normGradientSums',
  'normGradient',
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
  /** Floats of one row of a batch, where it holds a row for each; 0 where it belongs to no row. */
  readonly rowFloats: number;
  /** Keeps its values from step to step; others share memory when their lives in a step do not meet. */
  readonly lasting: boolean;
  address: number;
}

export function region(floats: number, lasting = false): Region {
  return { floats, rowFloats: 0, lasting, address: 0 };
}

/** A region with a row for each of a batch. */
export function batchRegion(rows: number, rowFloats: number, lasting = false): Region {
  return { floats: rows * rowFloats, rowFloats, lasting, address: 0 };
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

/** `start` is the first row of a region, whatever rows an entry is for. */
export type Argument = number | { readonly float: number } | { readonly start: Region } | Region | Descriptor;

/** One kernel with its arguments. */
export interface Entry {
  readonly code: Code;
  readonly arguments: readonly Argument[];
}

/** The regions among the arguments of an entry. */
export function regionsOf(entry: Entry): Region[] {
  return entry.arguments.flatMap((argument) => {
    if (typeof argument === 'number' || 'float' in argument || 'sizes' in argument) return [];
    return 'start' in argument ? [argument.start] : [argument];
  });
}

/** Entries that run for some rows of a batch after the other. */
export interface Section {
  readonly entries: readonly Entry[];
  /** Rows at a time. */
  readonly rows: number;
  /** How often; 1 when all rows go at once. */
  readonly parts: number;
  /** Regions that hold only the rows of one part, because no other section looks at them. */
  readonly local: ReadonlySet<Region>;
}

/** The words of a tape; regions and descriptors must have their addresses. */
export function tapeWords(sections: readonly Section[]): Int32Array {
  const words: number[] = [];
  const bits = new DataView(new ArrayBuffer(4));
  for (const { entries, rows, parts, local } of sections) {
    for (let part = 0; part < parts; part++) {
      words.push(4, CODES.indexOf('rows'), part * rows, rows);
      for (const entry of entries) {
        words.push(entry.arguments.length + 2, CODES.indexOf(entry.code));
        for (const argument of entry.arguments) words.push(word(argument, part * rows, local, bits));
      }
    }
  }
  return Int32Array.from([...words, 0]);
}

function word(argument: Argument, firstRow: number, local: ReadonlySet<Region>, bits: DataView): number {
  if (typeof argument === 'number') return argument;
  if ('float' in argument) {
    bits.setFloat32(0, argument.float);
    return bits.getInt32(0);
  }
  if ('start' in argument) return argument.start.address;
  if ('sizes' in argument || local.has(argument)) return argument.address;
  return argument.address + 4 * firstRow * argument.rowFloats;
}

/** The words of a `Conv`; the number of images, in front, changes from step to step. */
export function descriptorWords(s: ConvSizes): Int32Array {
  const sizes = [s.height, s.width, s.channels, s.outHeight, s.outWidth, s.outChannels];
  const window = [s.kernelHeight, s.kernelWidth, s.strideY, s.strideX, s.dilationY, s.dilationX, s.padTop, s.padLeft];
  const words = Int32Array.from([0, ...sizes, ...window, 0]);
  new Float32Array(words.buffer)[words.length - 1] = s.padValue;
  return words;
}
