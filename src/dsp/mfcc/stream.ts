import type { Work } from '../../cost.js';
import type { Spec } from '../../spec.js';
import type { StreamDefinition } from '../../stream.js';
import { frameStream, rowOf } from '../primitives/frame-stream/frame-stream.js';
import { mfccPlan } from './frame.js';
import type { MfccParams } from './params.js';
import header from './stream.h.js';

/** The features slice by slice: only frames that are new, and the first; the normalisation takes in all of them. */
export function mfccStream(
  input: Spec<'signal'>,
  p: MfccParams,
  strideSamples: number,
  work: { readonly row: Work; readonly finish: Work },
): StreamDefinition | undefined {
  const block = mfccPlan(input, p);
  const { shift } = block.emphasis;
  return frameStream({
    block: { ...block, row: rowOf(block) },
    back: shift,
    circular: shift > 0,
    bytes: false,
    strideSamples,
    last: () => ({ finish: block.finish }),
    work,
    cpp: {
      header,
      type: 'impulsekit::dsp::MfccStream',
      codeBytes: { 'dsp/mfcc-stream': 314 },
    },
  });
}
