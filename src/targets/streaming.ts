import type { Program } from '../program.js';
import { sizeOf } from '../spec.js';
import type { SampleType, StreamStage } from '../stream.js';

/** The processing blocks of a program as streams, with the memory that lasts from slice to slice. */
export interface Streaming {
  readonly sample: SampleType;
  readonly stages: readonly StreamStage[];
  readonly stateBytes: number;
  /** Where each block's state begins. */
  readonly offsets: readonly number[];
  /** Where its features lie as floats, when they are stored as int8 and its stream cannot write them so. */
  readonly rowOffsets: readonly (number | undefined)[];
}

const sampleOf = ({ sensor }: Program): SampleType => (sensor === 'microphone' ? 'int16_t' : 'float');

/** How windows of a program slide; undefined for images. Samples are what the sensor gives, or what is said here. */
export function streamingOf(program: Program, sample: SampleType = sampleOf(program)): Streaming | undefined {
  const { input, strideSamples, dsp } = program;
  if (input.kind !== 'signal' || strideSamples === 0) return undefined;
  const stages = dsp.map(({ stage }) => stage.stream(strideSamples));
  let stateBytes = 0;
  const reserve = (bytes: number): number => {
    const at = stateBytes;
    stateBytes += 16 * Math.ceil(bytes / 16);
    return at;
  };
  const offsets = stages.map(({ cpp }) => reserve(cpp.stateBytes(sample)));
  const rowOffsets = stages.map(({ cpp }, i) => {
    const { dtype, stage } = dsp[i]!;
    return dtype === 'int8' && !cpp.writesOnce ? reserve(4 * sizeOf(stage.output)) : undefined;
  });
  return { sample, stages, stateBytes, offsets, rowOffsets };
}
