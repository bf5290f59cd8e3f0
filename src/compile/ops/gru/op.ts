import { recurrent } from '../common/recurrent.js';
import { columnBytes } from '../common/stored-gates.js';
import { GATES, PARTS, prepareF32, prepareInt8 } from './interpret.js';
import header from './op.h.js';

/**
 * Gated recurrent unit (Cho et al., 2014), as Keras computes it: the reset gate works on the state or, with `resetAfter`, on
 * what the weights make of it. int8: input and state are stored, each with weights of their own scales;
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
  flags: ({ attributes }) => [Boolean(attributes.resetAfter)],
  f32: {
    prepare: prepareF32,
    scratchBytes: ({ units }, { attributes }) => 4 * (GATES + (attributes.resetAfter ? 1 : 0)) * units,
    codeBytes: 388,
  },
  int8: {
    prepare: prepareInt8,
    scratchBytes: ({ inputs, units }, { attributes }) => {
      const more = attributes.resetAfter ? units + (units % 2) : 0;
      return 2 * ((1 + GATES) * units + more) + columnBytes(inputs) + columnBytes(units);
    },
    codeBytes: 460,
  },
});
