import { processingBlock } from '../../block.js';
import { fail, show } from '../../errors.js';
import { type Values, value } from '../../params.js';
import { type Spec, signalOf, signalSpec } from '../../spec.js';
import header from './select.h.js';

const params = {
  axes: value<readonly string[]>([], 'Names of the axes to keep, in this order.', {
    check: (axes) =>
      Array.isArray(axes) &&
      axes.length > 0 &&
      axes.every((axis) => typeof axis === 'string') &&
      new Set(axes).size === axes.length
        ? undefined
        : 'a list of distinct axis names',
  }),
};

/**
 * Some axes of a signal: what stands in front of a block that is to see only those.
 *
 * `signal [time T, axis A] -> signal [time T, axis B]`, in the order asked for. Errors: `BAD_OPTION` for an axis that is
 * not there or named twice.
 *
 * @example
 * ```ts
 * graph({ input, dsp: { tilt: pipe(select({ axes: ['accX', 'accY'] }), flatten()) }, learn });
 * ```
 */
export const select = processingBlock({
  type: 'select',
  version: 1,
  accepts: ['signal'],
  params,
  output: (input, p) => {
    const { samples, rateHz } = signalOf(input);
    indices(input, p);
    return { ...signalSpec(samples, p.axes, rateHz), ...(input.unit !== undefined && { unit: input.unit }) };
  },
  prepare: (input, p) => {
    const { samples, axes } = signalOf(input);
    const index = indices(input, p);
    return (x, out) => {
      for (let t = 0, at = 0; t < samples; t++) {
        for (const a of index) out[at++] = x[t * axes.length + a]!;
      }
    };
  },
  work: (input, p) => ({ int: signalOf(input).samples * p.axes.length, call: 1 }),
  cpp: {
    header,
    type: 'impulsekit::dsp::Select',
    traits: (input, p) => {
      const { samples, axes } = signalOf(input);
      return {
        ints: { kSamples: samples, kAxes: axes.length, kSelected: p.axes.length },
        tables: { kIndex: Int16Array.from(indices(input, p)) },
      };
    },
    scratchBytes: () => 0,
    codeBytes: { 'dsp/select': 30 },
  },
});

function indices(input: Spec<'signal'>, p: Values<typeof params>): number[] {
  const { axes } = signalOf(input);
  const missing = p.axes.length === 0 ? '' : p.axes.find((axis) => !axes.includes(axis));
  if (missing === undefined) return p.axes.map((axis) => axes.indexOf(axis));
  return fail({
    code: 'BAD_OPTION',
    where: 'select.axes',
    got: missing === '' ? 'no axes' : show(missing),
    expected: `some of ${axes.map(show).join(', ')}`,
    fix: 'Name axes that the signal has.',
  });
}
