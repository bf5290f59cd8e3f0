import type { Work } from '../../cost.js';
import type { Spec } from '../../spec.js';
import { type FrameSteps, rowOf } from '../primitives/frame-stream/frame-stream.js';
import { mfePlan } from './frame.js';
import type { MfeParams } from './params.js';
import piecesHeader from './pieces.h.js';
import header from './stream.h.js';

/** Rows, and what follows them. As a stream: only frames that are new, and the first, which looks around the corner of the window. */
export function mfeSteps(
  input: Spec<'signal'>,
  p: MfeParams,
  work: { readonly row: Work; readonly finish: Work },
): FrameSteps {
  const block = mfePlan(input, p);
  const { shift } = block.emphasis;
  return {
    block: { ...block, row: rowOf(block) },
    back: shift,
    circular: shift > 0,
    bytes: block.decibels,
    last: () => ({ finish: block.finish }),
    work,
    cpp: {
      header,
      type: 'impulsekit::dsp::MfeStream',
      pieces: { header: piecesHeader, type: 'impulsekit::dsp::MfePieces' },
      codeBytes: { 'dsp/mfe-stream': 360 },
    },
  };
}
