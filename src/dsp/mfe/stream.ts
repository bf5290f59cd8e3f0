import type { Work } from '../../cost.js';
import type { Spec } from '../../spec.js';
import type { StreamDefinition } from '../../stream.js';
import { frameStream, rowOf } from '../primitives/frame-stream/frame-stream.js';
import { mfePlan } from './frame.js';
import type { MfeParams } from './params.js';
import header from './stream.h.js';

/** The features slice by slice: only frames that are new, and the first, which looks around the corner of the window. */
export function mfeStream(
  input: Spec<'signal'>,
  p: MfeParams,
  strideSamples: number,
  work: { readonly row: Work; readonly finish: Work },
): StreamDefinition | undefined {
  const block = mfePlan(input, p);
  const { shift } = block.emphasis;
  return frameStream({
    block: { ...block, row: rowOf(block) },
    back: shift,
    circular: shift > 0,
    bytes: block.decibels,
    strideSamples,
    last: () => ({ finish: block.finish }),
    work,
    cpp: {
      header,
      type: 'impulsekit::dsp::MfeStream',
      codeBytes: { 'dsp/mfe-stream': 360 },
    },
  });
}
