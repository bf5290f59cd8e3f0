import { recurrent } from '../common/recurrent.js';
import { columnBytes } from '../common/stored-gates.js';
import { GATES, PARTS, prepareF32, prepareInt8 } from './interpret.js';
import header from './op.h.js';

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000), as Keras computes
 * it. int8: input and state are stored, each with weights of their own scales; gates have 15 bits of fraction, cells 12.
 */
export const lstm = recurrent({
  name: 'lstm',
  doc: 'Long short-term memory over [1, time, channel] gives [units] or, for every step, [1, time, units]; int8: scale 1/128, zero point 0.',
  onnx: ['LSTM'],
  header,
  gates: GATES,
  parts: PARTS,
  tangents: 2,
  f32: { prepare: prepareF32, scratchBytes: ({ units }) => 4 * (GATES + 1) * units, codeBytes: 312 },
  int8: {
    prepare: prepareInt8,
    scratchBytes: ({ inputs, units }) => (4 + 2 * GATES) * units + columnBytes(inputs) + columnBytes(units),
    codeBytes: 432,
  },
});
