import { addWork, timesWork, type Work } from '../../../cost.js';
import type { CppFile } from '../../../cpp.js';
import type { Spec } from '../../../spec.js';
import type { PiecesDefinition, SampleType, Stream, StreamDefinition } from '../../../stream.js';
import type { Framing } from '../frames/frames.js';

/** A block that goes frame by frame, as its stream sees it. */
export interface FrameBlock extends Framing {
  /** Values of a row. */
  readonly columns: number;
  /** Samples of a frame that the FFT sees. */
  readonly count: number;
  /** Turns the frame of a window that starts at sample `start` into one row in `out` from `at` on. */
  readonly row: (window: Float32Array, start: number, out: Float32Array, at: number) => void;
}

/** A row in two steps: {@link FrameBlock.row} of a block that fills a frame first. */
export function rowOf<Known>(block: {
  /** Floats that `frame` works in. */
  readonly frameFloats: number;
  /** Fills `x` from the frame of a window that starts at sample `start`; returns what else `frame` is to know of it. */
  readonly fill: (window: Float32Array, start: number, x: Float32Array) => Known;
  /** Turns a filled frame (destroyed) into one row in `out` from `at` on. */
  readonly frame: (x: Float32Array, out: Float32Array, at: number, known: Known) => void;
}): FrameBlock['row'] {
  const x = new Float32Array(block.frameFloats);
  return (window, start, out, at) => {
    const known = block.fill(window, start, x);
    block.frame(x, out, at, known);
  };
}

/** The step from rows to features. */
export interface LastStep {
  /** Turns the rows of a window into its features, in place. */
  readonly finish: (matrix: Float32Array) => void;
  /** Called with every slice before `finish`, for what a block wants to know besides its rows. */
  readonly observe?: (slice: Float32Array) => void;
  readonly reset?: () => void;
}

/** What a block says so that {@link frameStream} can go slice by slice. */
export interface FrameStreamOptions {
  readonly block: FrameBlock;
  /** Samples before a frame that `row` reads, which it takes from the end of the window for the first frame. */
  readonly back: number;
  /** Whether those of the first frame matter; with a pre-emphasis of 0 they do not. */
  readonly circular: boolean;
  /** Whether every value is q / 256, q = 0..255, so that rows are kept as bytes. */
  readonly bytes: boolean;
  readonly strideSamples: number;
  /** Makes the last step of one stream. */
  readonly last: () => LastStep;
  readonly work: { readonly row: Work; readonly finish: Work };
  readonly cpp: {
    readonly header: CppFile;
    readonly type: string;
    /** State besides that of the rows. */
    readonly extraBytes?: number;
    /** Its template for slices that come in pieces, if it has one: `FramePieces` of frame-pieces.h. */
    readonly pieces?: Pick<PiecesDefinition, 'header' | 'type'>;
    readonly codeBytes: Readonly<Record<string, number>>;
  };
}

/** How a block of frames works on one input: all but the slice. */
export type FrameSteps = Omit<FrameStreamOptions, 'strideSamples'>;

/** Batch, counts and stream of a block of frames, which follow from its steps. */
export function byFrames<P>(steps: (input: Spec<'signal'>, p: P) => FrameSteps) {
  return {
    prepare: (input: Spec<'signal'>, p: P) => {
      const { block, last } = steps(input, p);
      const { observe, finish, reset } = last();
      return (window: Float32Array, out: Float32Array): void => {
        for (let k = 0; k < block.frames; k++) block.row(window, k * block.strideSamples, out, k * block.columns);
        reset?.();
        observe?.(window);
        finish(out);
      };
    },
    work: (input: Spec<'signal'>, p: P): Work => {
      const { block, work } = steps(input, p);
      return addWork(timesWork(block.frames, work.row), work.finish, { call: 1 });
    },
    stream: (input: Spec<'signal'>, p: P, strideSamples: number): StreamDefinition | undefined =>
      frameStream({ ...steps(input, p), strideSamples }),
  };
}

/**
 * Streams a block of frames: rows of frames that are new are computed, those of the others kept.
 *
 * The features of every window are those of the batch block, bit for bit. A first frame that looks around the corner
 * to the end of its window is computed anew for every window, from samples held back for it. Undefined where frames of
 * successive windows do not coincide (the slice is no multiple of the frame stride), where `back` is longer than a
 * stride, and where windows have so little in common that nothing is saved. Performs the same float32 operations as
 * frame-stream.h.
 */
export function frameStream(options: FrameStreamOptions): StreamDefinition | undefined {
  const { block, back, circular, strideSamples: slice, work, cpp } = options;
  const { frames, strideSamples: stride } = block;
  const fresh = slice / stride;
  if (!Number.isInteger(fresh) || fresh < 1 || fresh >= frames || back > stride) return undefined;
  const sizes = sizesOf(options);
  const values = (frames - fresh) * block.columns;
  // Bytes are kept for all frames, so that features can be written once from them.
  const rowBytes = options.bytes ? frames * block.columns : 4 * values;
  return {
    open: () => open(options, sizes),
    work: addWork(timesWork(fresh + (circular ? 1 : 0), work.row), work.finish, {
      int: 2 * values + sizes.history + sizes.first,
      call: 1,
    }),
    cpp: {
      header: cpp.header,
      type: cpp.type,
      stateBytes: (sample) => (cpp.extraBytes ?? 0) + stateBytes(rowBytes, sizes.history + sizes.first, sample),
      writesOnce: options.bytes,
      codeBytes: cpp.codeBytes,
      pieces: (pieceSamples) => piecesOf(options, sizes, pieceSamples),
    },
  };
}

/** Where a piece holds frame strides, and is shorter than a window. */
function piecesOf(options: FrameStreamOptions, sizes: Sizes, pieceSamples: number): PiecesDefinition | undefined {
  const { block, circular, strideSamples: slice, bytes, cpp } = options;
  const fresh = pieceSamples / block.strideSamples;
  if (!cpp.pieces || !Number.isInteger(fresh) || fresh < 1 || fresh >= block.frames) return undefined;
  const first = circular ? Math.floor(block.samples / slice) * sizes.kept : 0;
  const rowBytes = block.frames * block.columns * (bytes ? 1 : 4);
  return { ...cpp.pieces, stateBytes: (sample) => stateBytes(rowBytes, sizes.history + first, sample) };
}

/** Samples kept between slices. */
interface Sizes {
  /** From the first that the next frame needs to the end of the window; negative: so many are skipped. */
  readonly tail: number;
  readonly history: number;
  /** Samples of a slice that are held back for a first frame. */
  readonly kept: number;
  /** Those of the last, perhaps incomplete, slice of a window. */
  readonly restKept: number;
  /** All that are held back. */
  readonly first: number;
}

function sizesOf({ block, back, circular, strideSamples: slice }: FrameStreamOptions): Sizes {
  const { samples, frames, strideSamples, count } = block;
  const tail = samples - frames * strideSamples + back;
  const kept = Math.min(count, slice);
  const restKept = Math.min(samples % slice, kept);
  const first = circular ? (Math.floor(samples / slice) - 1) * kept + restKept : 0;
  return { tail, history: Math.max(0, tail), kept, restKept, first };
}

/** A counter, rows and samples, as C++ lays them out. */
function stateBytes(rowBytes: number, samples: number, sample: SampleType): number {
  const size = sample === 'float' ? 4 : 2;
  return roundUp(roundUp(4 + rowBytes, size) + Math.max(1, samples) * size, 4);
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

function open(options: FrameStreamOptions, sizes: Sizes): Stream {
  const { block, back, circular, strideSamples: slice } = options;
  const { columns, strideSamples: stride } = block;
  const { tail, history } = sizes;
  const fresh = slice / stride;
  const old = block.frames - fresh;
  const last = options.last();
  const rows = new Float32Array(old * columns);
  const recent = new Float32Array(history + slice);
  /** The samples before a first frame, then those of the first frames to come. */
  const first = new Float32Array(back + sizes.first);
  let count = 0;

  const firstRow = (out: Float32Array): void => {
    first.set(recent.subarray(recent.length - back));
    block.row(first, back, out, 0);
    first.copyWithin(back, back + sizes.kept);
    const { kept, restKept } = sizes;
    const rest = history + slice - (block.samples % slice);
    first.set(recent.subarray(history, history + kept - restKept), first.length - kept);
    first.set(recent.subarray(rest, rest + restKept), first.length - restKept);
  };

  return {
    push: (values, out) => {
      last.observe?.(values);
      recent.set(values.subarray(0, slice), history);
      out.set(rows);
      for (let k = 0; k < fresh; k++) {
        block.row(recent, history - tail + back + k * stride, out, (old + k) * columns);
      }
      rows.set(out.subarray(fresh * columns, block.frames * columns));
      if (circular) firstRow(out);
      recent.copyWithin(0, slice);
      count = Math.min(block.samples, count + slice);
      if (count < block.samples) return false;
      last.finish(out);
      return true;
    },
    reset: () => {
      count = 0;
      rows.fill(0);
      recent.fill(0);
      first.fill(0);
      last.reset?.();
    },
  };
}
