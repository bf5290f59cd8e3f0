import type { Work } from '../../cost.js';
import type { Spec } from '../../spec.js';
import { type FrameSteps, type LastStep, rowOf } from '../primitives/frame-stream/frame-stream.js';
import { samplesSinceLoud, spectrogramPlan } from './frame.js';
import type { SpectrogramParams } from './params.js';
import header from './stream.h.js';

/** Rows, and what follows them. As a stream: only frames that are new; the scale takes in the whole window. */
export function spectrogramSteps(
  input: Spec<'signal'>,
  p: SpectrogramParams,
  work: { readonly row: Work; readonly finish: Work },
): FrameSteps {
  const block = spectrogramPlan(input, p);
  const last = (): LastStep => {
    /** Samples since the last one outside -1..1, which version 3 looks for in the whole window. */
    let quiet = block.samples;
    return {
      observe: (slice) => {
        if (p.version === 3) quiet = Math.min(block.samples, samplesSinceLoud(slice, quiet));
      },
      finish: (matrix) => block.finish(matrix, quiet < block.samples),
      reset: () => {
        quiet = block.samples;
      },
    };
  };
  return {
    block: { ...block, row: rowOf(block) },
    back: 0,
    circular: false,
    bytes: false,
    last,
    work,
    cpp: {
      header,
      type: 'impulsekit::dsp::SpectrogramStream',
      extraBytes: 4,
      codeBytes: { 'dsp/spectrogram-stream': 166 },
    },
  };
}
