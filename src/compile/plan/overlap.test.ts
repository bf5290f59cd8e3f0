import { describe, expect, it } from 'vitest';
import { random } from '../../random.js';
import type { Steps } from '../op.js';
import { elementSteps, overlap } from './overlap.js';

/** Whether a run over real bytes reads only what the input held; `distance` is input above output. */
function survives(steps: Steps, readBytes: number, writeBytes: number, distance: number, reverse: boolean): boolean {
  const written = new Set<number>();
  const count = steps.readFirst.length;
  const intact = (i: number): boolean => {
    for (let b = steps.readFirst[i]! * readBytes; b < steps.readEnd[i]! * readBytes; b++) {
      if (written.has(b + distance)) return false;
    }
    return true;
  };
  for (let k = 0; k < count; k++) {
    const i = reverse ? count - 1 - k : k;
    if (!intact(i)) return false;
    for (let b = steps.writeFirst[i]! * writeBytes; b < steps.writeEnd[i]! * writeBytes; b++) written.add(b);
    if (!steps.buffered && !intact(i)) return false;
  }
  return true;
}

/** Steps that write one after another and read anywhere, some of them nothing. */
function randomSteps(seed: number): Steps {
  const { below } = random(seed);
  const count = 1 + below(8);
  const lengths = Array.from({ length: count }, () => below(4));
  const readFirst = Int32Array.from({ length: count }, () => below(20));
  const writeEnd = Int32Array.from(lengths, (_, i) => lengths.slice(0, i + 1).reduce((sum, n) => sum + n, 0));
  return {
    readFirst,
    readEnd: readFirst.map((first) => first + below(6)),
    writeFirst: writeEnd.map((end, i) => end - lengths[i]!),
    writeEnd,
    buffered: below(2) === 0,
    reversible: true,
  };
}

describe('overlap', () => {
  it('is the smallest distance from which on every run is safe, in both directions and for all sizes', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const steps = randomSteps(seed);
      for (const [readBytes, writeBytes] of [
        [1, 1],
        [4, 1],
        [1, 4],
        [4, 4],
      ] as const) {
        const { forward, reverse } = overlap(steps, readBytes, writeBytes);
        // Both searches start where input and output are apart.
        let distance = 130;
        while (distance > -130 && survives(steps, readBytes, writeBytes, distance - 1, false)) distance--;
        expect(forward, `seed ${seed}, forwards`).toBe(distance > -130 ? distance : Number.NEGATIVE_INFINITY);
        distance = 130;
        while (distance > -130 && survives(steps, readBytes, writeBytes, 1 - distance, true)) distance--;
        expect(reverse, `seed ${seed}, backwards`).toBe(distance > -130 ? distance : Number.NEGATIVE_INFINITY);
      }
    }
  });

  it('knows element by element: same place for one type, as far up as the output grows for two', () => {
    expect(overlap(elementSteps(100), 1, 1)).toEqual({ forward: 0, reverse: Number.POSITIVE_INFINITY });
    expect(overlap(elementSteps(100), 4, 1).forward).toBe(-3);
    expect(overlap(elementSteps(100), 1, 4).forward).toBe(3 * 99);
  });

  it('lets a kernel that reads all before it writes go anywhere', () => {
    const [zero, end] = [Int32Array.of(0), Int32Array.of(9)];
    const steps = { readFirst: zero, readEnd: end, writeFirst: zero, writeEnd: end, buffered: true, reversible: true };
    expect(overlap(steps, 1, 1)).toEqual({ forward: Number.NEGATIVE_INFINITY, reverse: Number.NEGATIVE_INFINITY });
  });
});
