import { addWork, type Work } from './cost.js';
import type { CppFile } from './cpp.js';
import { fail } from './errors.js';
import { finiteValues } from './finite.js';
import slidingHeader from './sliding.h.js';
import slidingPiecesHeader from './sliding-pieces.h.js';
import { sizeOf } from './spec.js';
import type { Stage } from './stage.js';

/** Features of a window that slides over a signal, slice by slice. */
export interface Stream {
  /**
   * Takes the next `strideSamples` time steps; true when a whole window has been seen and `out` holds the features of
   * the latest one, which are those of {@link Stage.run} within 1e-5. Neither array is kept.
   */
  readonly push: (slice: Float32Array, out: Float32Array) => boolean;
  /** Forgets all slices, as after an interruption of the signal. */
  readonly reset: () => void;
}

/** C++ types of a sample; audio comes as int16. */
export type SampleType = 'float' | 'int16_t';

/** How a block computes its features slice by slice. */
export interface StreamDefinition {
  readonly open: () => Stream;
  /** What one slice costs once the window is full. */
  readonly work: Work;
  readonly cpp: {
    readonly header: CppFile;
    /**
     * Qualified template of the stage's traits, the time steps of a slice and the sample's type, with `kStateBytes`,
     * `reset(void* state)` and `bool push(const Sample* slice, float* out, void* state, void* scratch)`. The working
     * memory is that of the stage; what is to last from slice to slice lies in the state.
     */
    readonly type: string;
    readonly stateBytes: (sample: SampleType) => number;
    /** Whether `push` is a template over `Out` that writes every output once, as `writesOnce` of a block. */
    readonly writesOnce?: boolean;
    readonly codeBytes: Readonly<Record<string, number>>;
    /**
     * The same for slices that come in pieces, for memory in which not even a slice has room; undefined where the block
     * cannot: the window is kept. {@link StreamStage.inPieces} has the conditions.
     */
    readonly pieces?: (pieceSamples: number) => PiecesDefinition | undefined;
  };
}

/** How a block computes its features when slices come in pieces. */
export interface PiecesDefinition {
  readonly header: CppFile;
  /** Qualified template of the stage's traits, the time steps of a slice and of a piece, and the sample's type. */
  readonly type: string;
  readonly stateBytes: (sample: SampleType) => number;
}

/** The streaming side of a bound block. */
export interface StreamStage {
  readonly strideSamples: number;
  /** Starts a stream; streams know nothing of each other. */
  readonly open: () => Stream;
  readonly work: Work;
  readonly cpp: CppStream;
  /**
   * The same stream in C++, whose `push` takes `pieceSamples` time steps of a slice, and is true with the last ones.
   * Windows hold a whole number of slices, and slices a whole number of pieces.
   */
  readonly inPieces: (pieceSamples: number) => CppStream;
}

/** A stream in C++. */
export interface CppStream {
  readonly headers: readonly CppFile[];
  /** Text that declares `name`; the stage was emitted as `stage`. */
  readonly emit: (name: string, stage: string, sample: SampleType) => string;
  /** Memory that lasts from slice to slice, exact, 16-byte aligned. */
  readonly stateBytes: (sample: SampleType) => number;
  /** Whether `push` writes every output once, as {@link CppStage.writesOnce}; otherwise `out` is a `float*`. */
  readonly writesOnce: boolean;
  readonly codeBytes: Readonly<Record<string, number>>;
}

/** The stream of a block that knows how to go slice by slice. */
export function templateStream(definition: StreamDefinition, stage: Stage, strideSamples: number): StreamStage {
  const { open, work, cpp } = definition;
  const shared = { writesOnce: cpp.writesOnce ?? false, codeBytes: cpp.codeBytes };
  return {
    strideSamples,
    open,
    work,
    cpp: cppStream({
      ...shared,
      headers: [cpp.header],
      type: (name, sample) => `${cpp.type}<${name}Traits, ${strideSamples}, ${sample}>`,
      stateBytes: cpp.stateBytes,
    }),
    inPieces: (pieceSamples) => {
      const pieces = cpp.pieces?.(pieceSamples);
      if (!pieces) return slidingStream(stage, strideSamples).inPieces(pieceSamples);
      return cppStream({
        ...shared,
        headers: [pieces.header],
        type: (name, sample) => `${pieces.type}<${name}Traits, ${strideSamples}, ${pieceSamples}, ${sample}>`,
        stateBytes: pieces.stateBytes,
      });
    },
  };
}

/**
 * A stream of any stage: keeps the latest window and computes it anew for every slice.
 *
 * @throws `BAD_OPTION` for a slice of no whole time steps
 */
export function slidingStream(stage: Stage, strideSamples: number): StreamStage {
  const size = sizeOf(stage.input);
  const steps = stage.input.axes[0]?.size ?? 1;
  if (!Number.isInteger(strideSamples) || strideSamples < 1) refuseStride(strideSamples);
  const step = size / steps;
  const slice = step * strideSamples;
  const fresh = Math.min(slice, size);
  const open = (): Stream => {
    const window = new Float32Array(size);
    let count = 0;
    return {
      push: (values, out) => {
        window.copyWithin(0, fresh);
        window.set(values.subarray(slice - fresh, slice), size - fresh);
        count = Math.min(size, count + slice);
        if (count < size) return false;
        stage.run(window, out);
        return true;
      },
      reset: () => {
        count = 0;
      },
    };
  };
  const shared = {
    stateBytes: (sample: SampleType) => 4 * Math.ceil((4 + size * (sample === 'float' ? 4 : 2)) / 4),
    writesOnce: stage.cpp.writesOnce ?? false,
    codeBytes: { sliding: 80 },
  };
  return {
    strideSamples,
    open,
    work: addWork(stage.work, { int: size }),
    cpp: cppStream({
      ...shared,
      headers: [slidingHeader],
      type: (name, sample) => `impulsekit::Sliding<${name}, ${size}, ${slice}, ${sample}>`,
    }),
    inPieces: (pieceSamples) =>
      cppStream({
        ...shared,
        headers: [slidingPiecesHeader],
        type: (name, sample) =>
          `impulsekit::SlidingPieces<${name}, ${size}, ${slice}, ${step * pieceSamples}, ${sample}>`,
      }),
  };
}

function cppStream(parts: {
  headers: readonly CppFile[];
  type: (stage: string, sample: SampleType) => string;
  stateBytes: (sample: SampleType) => number;
  writesOnce: boolean;
  codeBytes: Readonly<Record<string, number>>;
}): CppStream {
  const { headers, type, stateBytes, writesOnce, codeBytes } = parts;
  return {
    headers,
    stateBytes,
    writesOnce,
    codeBytes,
    emit: (name, stage, sample) =>
      [
        `typedef ${type(stage, sample)} ${name};`,
        `static_assert(${name}::kStateBytes <= ${stateBytes(sample)}, "${name}: more state than planned");`,
      ].join('\n'),
  };
}

function refuseStride(strideSamples: number): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'stream.strideSamples',
    got: String(strideSamples),
    expected: 'a whole number of time steps, at least 1',
    fix: 'Choose strideMs so that it holds whole time steps.',
  });
}

/**
 * A slice as float32, when it can be used: `size` finite numbers.
 *
 * @throws `SHAPE_MISMATCH`, `BAD_DATA`
 */
export function checkedSlice(slice: ArrayLike<number>, size: number): Float32Array {
  if (slice.length !== size) {
    fail({
      code: 'SHAPE_MISMATCH',
      where: 'continuous.push',
      got: `${slice.length} values`,
      expected: `${size}: one stride, all axes`,
      fix: 'Push slices of sliceSize values.',
    });
  }
  return finiteValues('continuous.push', Float32Array.from(slice));
}
