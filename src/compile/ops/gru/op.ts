import { columnBytes, recurrent } from '../common/recurrent.js';
import { GATES, PARTS, prepareF32, prepareInt8 } from './interpret.js';
import header from './op.h.js';

/**
 * Gated recurrent unit (Cho et al., 2014), as Keras computes it with `reset_after=False`: the reset gate works on the
 * state, not on what the weights make of it. int8: input and state are stored, each with weights of their own scales;
 * gates and the state that is kept have 15 bits of fraction.
 */
export const gru = recurrent({
  name: 'gru',
  doc: 'Gated recurrent unit over [1, time, channel] gives [units] or, for every step, [1, time, units]; int8: scale 1/128, zero point 0.',
  onnx: ['GRU'],
  header,
  gates: GATES,
  parts: PARTS,
  tangents: 1,
  f32: { prepare: prepareF32, scratchBytes: ({ units }) => 4 * GATES * units, codeBytes: 284 },
  int8: {
    prepare: prepareInt8,
    scratchBytes: ({ inputs, units }) => (2 + 2 * GATES) * units + columnBytes(inputs) + columnBytes(units),
    codeBytes: 460,
  },
});
