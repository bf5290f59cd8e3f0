import { describe, expect, it } from 'vitest';
import type { Sample } from '../data/index.js';
import { flatten, spectral } from '../dsp/index.js';
import { classifier, dense, kMeans } from '../learn/index.js';
import type { Program } from '../program.js';
import { sizeOf } from '../spec.js';
import { graph } from './impulse.js';
import { motion, on } from './index.js';

const wrist = motion({ axes: ['x', 'y'], rateHz: 50, windowMs: 400, strideMs: 200 });
const samples = Array.from({ length: 8 }, (_, take): Sample => {
  const values = Float32Array.from({ length: 120 }, (_, i) => (take % 2 ? Math.sin(i * take) : (i % 5) * 0.1));
  return { id: `${take}`, label: take % 2 ? 'busy' : 'calm', signal: { rateHz: 50, axes: ['x', 'y'], values } };
});
const network = classifier({ layers: [dense(6)], epochs: 2 });

interface Span {
  readonly from: number;
  readonly to: number;
}

const apart = (a: Span, b: Span): boolean => a.to <= b.from || b.to <= a.from;

/** Input and working memory of a learner. */
function spans({ learn }: Program, j: number): { input: Span; scratch: Span } {
  const { inputOffset, scratchOffset, block } = learn[j]!;
  return {
    input: { from: inputOffset, to: inputOffset + 4 * sizeOf(block.input) },
    scratch: { from: scratchOffset, to: scratchOffset + block.cpp.scratchBytes },
  };
}

describe('the arena of an impulse', () => {
  it('lays features inside of the working memory of the network that reads them last, float and int8', async () => {
    const design = { input: wrist, dsp: { stats: flatten() }, learn: { state: on('stats').use(network) } };
    const float = await graph(design).fit(samples, { seed: 1 });
    for (const { program } of [float, await float.quantize(samples)]) {
      const { input, scratch } = spans(program, 0);
      expect(apart(input, scratch)).toBe(false);
      expect(input.from - scratch.from).toBeGreaterThanOrEqual(program.learn[0]!.block.cpp.inputOffset!);
      const features = input.to - input.from;
      const dsp = features + program.dsp[0]!.stage.cpp.scratchBytes;
      expect(program.arenaBytes).toBeLessThan(features + scratch.to - scratch.from);
      expect(program.arenaBytes).toBeLessThanOrEqual(Math.max(dsp, scratch.to - scratch.from) + 32);
    }
  });

  it('joins features inside of the working memory, too', async () => {
    const dsp = { stats: flatten(), spectrum: spectral() };
    const float = await graph({ input: wrist, dsp, learn: { state: on('stats', 'spectrum').use(network) } }).fit(
      samples,
    );
    const { input, scratch } = spans((await float.quantize(samples)).program, 0);
    expect(apart(input, scratch)).toBe(false);
  });

  it('keeps features for the learners that follow', async () => {
    const learn = { state: on('stats').use(network), strange: on('stats').use(kMeans({ clusters: 2 })) };
    const float = await graph({ input: wrist, dsp: { stats: flatten() }, learn }).fit(samples, { seed: 1 });
    const { program } = await float.quantize(samples);
    const [state, strange] = [spans(program, 0), spans(program, 1)];
    expect(state.input).toEqual(strange.input);
    expect(apart(state.input, state.scratch)).toBe(true);
    expect(apart(strange.input, strange.scratch)).toBe(true);
  });
});
