import type { Work } from '../../cost.js';
import type { Spec } from '../../spec.js';
import { type FrameSteps, rowOf } from '../primitives/frame-stream/frame-stream.js';
import { mfccPlan } from './frame.js';
import type { MfccParams } from './params.js';
import piecesHeader from './pieces.h.js';
import header from './stream.h.js';

/** Rows, and what follows them. As a stream: only frames that are new, and the first; the normalisation takes in all of them. */
export function mfccSteps(
  input: Spec<'signal'>,
  p: MfccParams,
  work: { readonly row: Work; readonly finish: Work },
): FrameSteps {
  const block = mfccPlan(input, p);
  const { shift } = block.emphasis;
  return {
    block: { ...block, row: rowOf(block) },
    back: shift,
    circular: shift > 0,
    bytes: false,
    last: () => ({ finish: block.finish }),
    work,
    cpp: {
      header,
      type: 'impulsekit::dsp::MfccStream',
      pieces: { header: piecesHeader, type: 'impulsekit::dsp::MfccPieces' },
      codeBytes: { 'dsp/mfcc-stream': 314 },
    },
  };
}
