import { processingBlock } from '../../block.js';
import { float } from '../../params.js';
import { featuresSpec, sizeOf } from '../../spec.js';
import header from './raw.h.js';

/**
 * Hands the window on unchanged, times one factor.
 *
 * `signal [time T, axis A] -> features [T * A]`, or any image. Follows version 1 of Edge Impulse's `raw` block.
 *
 * @example
 * ```ts
 * impulse({ input, dsp: raw({ scale: 0.001 }), learn });
 * ```
 */
export const raw = processingBlock({
  type: 'raw',
  version: 1,
  accepts: ['signal', 'image'],
  params: { scale: float(1, 'Factor every value is multiplied by.') },
  output: (input) => featuresSpec(sizeOf(input)),
  prepare: (_input, p) => {
    const scale = Math.fround(p.scale);
    return (x, out) => {
      for (let i = 0; i < x.length; i++) out[i] = scale * x[i]!;
    };
  },
  // Counted in QEMU: a load, a store and a branch, and a product, which takes a third more than other flops where there
  // is no float unit; the loop is compiled into its caller.
  work: (input, p) => ({ int: 1.8 * sizeOf(input), ...(p.scale !== 1 && { flop: (4 / 3) * sizeOf(input) }) }),
  views: (input, p) => (x) => [{ name: 'scaled', spec: input, values: x.map((v) => Math.fround(p.scale) * v) }],
  cpp: {
    header,
    type: 'impulsekit::dsp::Raw',
    traits: (input, p) => ({ ints: { kSize: sizeOf(input) }, floats: { kScale: p.scale } }),
    scratchBytes: () => 0,
    writesOnce: true,
    codeBytes: { 'dsp/raw': 22 },
  },
});
