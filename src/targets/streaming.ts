import type { Program } from '../program.js';
import type { SampleType, StreamStage } from '../stream.js';

/** The processing blocks of a program as streams, with the memory that lasts from slice to slice. */
export interface Streaming {
  readonly sample: SampleType;
  readonly stages: readonly StreamStage[];
  readonly stateBytes: number;
  /** Where each block's state begins. */
  readonly offsets: readonly number[];
}

/** How windows of a program slide; undefined for images. */
export function streamingOf({ input, sensor, strideSamples, dsp }: Program): Streaming | undefined {
  if (input.kind !== 'signal' || strideSamples === 0) return undefined;
  const sample = sensor === 'microphone' ? 'int16_t' : 'float';
  const stages = dsp.map(({ stage }) => stage.stream(strideSamples));
  let stateBytes = 0;
  const offsets = stages.map(({ cpp }) => {
    const at = stateBytes;
    stateBytes += 16 * Math.ceil(cpp.stateBytes(sample) / 16);
    return at;
  });
  return { sample, stages, stateBytes, offsets };
}
