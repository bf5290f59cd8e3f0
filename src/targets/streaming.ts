import type { Program } from '../program.js';
import { sizeOf } from '../spec.js';
import type { CppStream, SampleType, StreamStage } from '../stream.js';

/** The processing blocks of a program as streams, with the memory that lasts from slice to slice. */
export interface Streaming {
  readonly sample: SampleType;
  readonly stages: readonly StreamStage[];
  /** The same in C++. */
  readonly streams: readonly CppStream[];
  /** Time steps that they take at once: a stride, or a piece of one. */
  readonly sliceSamples: number;
  readonly stateBytes: number;
  /** Where each block's state begins. */
  readonly offsets: readonly number[];
  /** Where its features lie as floats, when they are stored as int8 and its stream cannot write them so. */
  readonly rowOffsets: readonly (number | undefined)[];
}

const sampleOf = ({ sensor }: Program): SampleType => (sensor === 'microphone' ? 'int16_t' : 'float');

/**
 * How windows of a program slide; undefined for images. Samples are what the sensor gives, or what is said here. With
 * `pieceSamples`, C++ takes strides in pieces: it divides them, and they the window.
 */
export function streamingOf(
  program: Program,
  sample: SampleType = sampleOf(program),
  pieceSamples?: number,
): Streaming | undefined {
  const { input, strideSamples, dsp } = program;
  if (input.kind !== 'signal' || strideSamples === 0) return undefined;
  const stages = dsp.map(({ stage }) => stage.stream(strideSamples));
  const streams = stages.map(({ cpp, inPieces }) => (pieceSamples === undefined ? cpp : inPieces(pieceSamples)));
  let stateBytes = 0;
  const reserve = (bytes: number): number => {
    const at = stateBytes;
    stateBytes += 16 * Math.ceil(bytes / 16);
    return at;
  };
  const offsets = streams.map((stream) => reserve(stream.stateBytes(sample)));
  const rowOffsets = streams.map(({ writesOnce }, i) => {
    const { dtype, stage } = dsp[i]!;
    return dtype === 'int8' && !writesOnce ? reserve(4 * sizeOf(stage.output)) : undefined;
  });
  return { sample, stages, streams, sliceSamples: pieceSamples ?? strideSamples, stateBytes, offsets, rowOffsets };
}
