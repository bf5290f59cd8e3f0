import { type ProcessingBlock, processingBlock } from '../../block.js';
import { addWork } from '../../cost.js';
import { choice, float, int, type Values } from '../../params.js';
import { type Spec, sizeOf } from '../../spec.js';
import { butterworthDesign, filterWindow, filterWork, sectionTable } from '../primitives/butterworth/butterworth.js';
import header from './filter.h.js';

const params = {
  filter: choice(
    ['low', 'high', 'band'],
    'low',
    'Which frequencies pass: below cutoffHz, above it, or lowHz to highHz.',
    {
      tune: ['low', 'high'],
    },
  ),
  cutoffHz: float(3, 'Cut-off of a low- or high-pass in Hz, where the gain is -3 dB.', {
    min: 1e-6,
    tune: [1, 3, 5, 8],
  }),
  lowHz: float(1, 'Lower edge of a band-pass in Hz.', { min: 1e-6 }),
  highHz: float(5, 'Upper edge of a band-pass in Hz.', { min: 1e-6 }),
  order: int(4, 'Order; a band-pass has twice as many poles.', { min: 1, max: 8, tune: [2, 4, 6] }),
  start: choice(
    ['zero', 'steady'],
    'zero',
    'State before the first value: 0, or as if that value had lasted for ever.',
  ),
};

export type FilterParams = Values<typeof params>;

/**
 * Butterworth low-, high- or band-pass of every axis.
 *
 * `signal [time T, axis A] -> signal [time T, axis A]`, forward only, every window on its own from the state that
 * `start` says: `steady` leaves no transient of an offset. For a filter whose state goes on from slice to slice see
 * {@link FilterStream}. Errors: `BAD_OPTION` for edges outside 0..rateHz/2 or a filter that float32 cannot hold.
 * Source: bilinear transform with pre-warping, Oppenheim and Schafer, "Discrete-Time Signal Processing", chapter 7.
 *
 * @example
 * ```ts
 * pipe(filter({ filter: 'band', lowHz: 0.5, highHz: 8, start: 'steady' }), spectral());
 * ```
 */
export const filter = processingBlock({
  type: 'filter',
  version: 1,
  accepts: ['signal'],
  params,
  output: (input: Spec<'signal'>, p): Spec<'signal'> => {
    filterTable(input, p);
    return input;
  },
  prepare: (input, p) => {
    const table = filterTable(input, p);
    return (x, out) => filterWindow(x, out, table.axes, table);
  },
  work: (input, p) => addWork(filterWork(sizeOf(input), filterTable(input, p).count), { call: 1 }),
  cpp: {
    header,
    type: 'impulsekit::dsp::Filter',
    traits: (input, p) => {
      const { sections, floats, axes, count } = filterTable(input, p);
      return {
        ints: { kSize: sizeOf(input), kAxes: axes, kSectionFloats: floats, kSectionCount: count },
        tables: { kSections: sections },
      };
    },
    scratchBytes: () => 0,
    inPlace: true,
    codeBytes: { 'dsp/filter': 80, 'dsp/butterworth': 88 },
  },
});

/** Coefficients for one input. */
export function filterTable(input: Spec<'signal'>, p: FilterParams) {
  const design = butterworthDesign('filter', input.rateHz ?? 0, p);
  return { axes: input.axes[1]!.size, count: design.length, ...sectionTable(design, p.start === 'steady') };
}

/** The table of a filter block for one input. */
export function tableOf(block: ProcessingBlock<'signal', 'signal'>, input: Spec<'signal'>) {
  return filterTable(input, block.params as unknown as FilterParams);
}
