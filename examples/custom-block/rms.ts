// A processing block of your own: one TypeScript function, one C++ function, and what they need to know.
// The two do the same float32 operations in the same order, so they give the same numbers, bit for bit.
import { readFileSync } from 'node:fs';
import { featuresSpec, int, processingBlock, sizeOf } from 'impulsekit';

const header = {
  path: 'user/rms.h',
  text: readFileSync(new URL('./rms.h', import.meta.url), 'utf8'),
  includes: [],
};

/** Mean power of equal stretches: signal [time T x axis A] -> features [frames]. */
export const rms = processingBlock({
  type: 'rms',
  version: 1,
  accepts: ['signal'],
  params: {
    frames: int(8, 'Stretches the window is cut into.', { min: 1, max: 256, tune: [4, 8, 16] }),
  },
  output: (_input, p) => featuresSpec(p.frames),
  prepare: (input, p) => {
    const length = Math.floor(sizeOf(input) / p.frames);
    return (x, out) => {
      for (let frame = 0; frame < p.frames; frame++) {
        let sum = 0;
        for (let i = 0; i < length; i++) {
          const value = x[frame * length + i]!;
          sum = Math.fround(sum + Math.fround(value * value));
        }
        out[frame] = Math.fround(sum / length);
      }
    };
  },
  work: (input, p) => ({ flop: 2 * sizeOf(input), div: p.frames, call: 1 }),
  cpp: {
    header,
    type: 'user::Rms',
    traits: (input, p) => ({ ints: { kSamples: sizeOf(input), kFrames: p.frames } }),
    scratchBytes: () => 0,
    codeBytes: { 'user/rms': 60 },
  },
});
