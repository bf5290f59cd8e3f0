import { describe, expect, it } from 'vitest';
import { type Random, random } from '../../random.js';
import { addAbove, type PlannedBuffer, planBuffers, type Sharing } from './place.js';

function meet(a: PlannedBuffer, b: PlannedBuffer): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Whether two placed buffers are as far apart as their lives and sharings ask for. */
function compatible(buffers: readonly PlannedBuffer[], sharings: readonly Sharing[], offsets: readonly number[]) {
  return (i: number, j: number): boolean => {
    const [a, b] = [buffers[i]!, buffers[j]!];
    if (!meet(a, b) || offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!) return true;
    const sharing = sharings.find(({ input, output }) => [input, output].sort().join() === [i, j].sort().join());
    if (!sharing) return false;
    const distance = offsets[sharing.input]! - offsets[sharing.output]!;
    return distance >= sharing.forward || -distance >= (sharing.reverse ?? Number.POSITIVE_INFINITY);
  };
}

/** Buffers in a chain, each written from the one before, with random lives and distances. */
function randomProblem({ below }: Random, count: number, unit: number) {
  const buffers = Array.from({ length: count }, (_, i) => {
    return { bytes: unit * (1 + below(5)), first: i, last: i + 1 + (below(3) === 0 ? below(3) : 0) };
  });
  const sharings = buffers.slice(1).flatMap((output, i): Sharing[] => {
    const input = buffers[i]!;
    if (input.last !== output.first || below(4) === 0) return [];
    const forward = unit * (below(7) - 2);
    return [{ input: i, output: i + 1, forward, ...(below(2) === 0 && { reverse: unit * (below(7) - 2) }) }];
  });
  return { buffers, sharings };
}

/** Exhaustive over all offsets on a grid of 16 bytes. */
function smallest(buffers: readonly PlannedBuffer[], sharings: readonly Sharing[], limit: number): number {
  const fits = (total: number, placed: readonly number[]): boolean => {
    const index = placed.length;
    if (index === buffers.length) return true;
    for (let offset = 0; offset + buffers[index]!.bytes <= total; offset += 16) {
      const offsets = [...placed, offset];
      const apart = compatible(buffers, sharings, offsets);
      if (placed.every((_, other) => apart(other, index)) && fits(total, offsets)) return true;
    }
    return false;
  };
  for (let total = 0; total < limit; total += 16) if (fits(total, [])) return total;
  return limit;
}

describe('planBuffers', () => {
  it('keeps buffers apart that live at the same time, aligned, and never needs more than all of them', () => {
    for (let seed = 1; seed <= 80; seed++) {
      const { below } = random(seed);
      const buffers = Array.from({ length: 1 + below(14) }, () => {
        const first = below(10);
        return { bytes: 1 + below(200), first, last: first + below(5) };
      });
      const { offsets, totalBytes, lowerBound } = planBuffers(buffers);
      const apart = compatible(buffers, [], offsets);
      buffers.forEach((a, i) => {
        expect(offsets[i]! % 16).toBe(0);
        expect(offsets[i]! + a.bytes).toBeLessThanOrEqual(totalBytes);
        for (let j = 0; j < i; j++) expect(apart(i, j)).toBe(true);
      });
      expect(totalBytes).toBeLessThanOrEqual(buffers.reduce((sum, b) => sum + Math.ceil(b.bytes / 16) * 16, 0));
      expect(totalBytes).toBeGreaterThanOrEqual(lowerBound);
    }
  });

  it('keeps the distances of buffers that share bytes', () => {
    for (let seed = 1; seed <= 80; seed++) {
      const source = random(seed);
      const { buffers, sharings } = randomProblem(source, 2 + source.below(20), 1 + source.below(50));
      const { offsets, totalBytes } = planBuffers(buffers, sharings);
      const apart = compatible(buffers, sharings, offsets);
      buffers.forEach((buffer, i) => {
        expect(offsets[i]!).toBeGreaterThanOrEqual(0);
        expect(offsets[i]! + buffer.bytes).toBeLessThanOrEqual(totalBytes);
        for (let j = 0; j < i; j++) expect(apart(i, j), `seed ${seed}: ${i}, ${j}`).toBe(true);
      });
    }
  });

  it('finds the smallest arena, with and without sharing, and says so', () => {
    for (let seed = 1; seed <= 120; seed++) {
      const { buffers, sharings } = randomProblem(random(seed), 5, 16);
      for (const shared of [[], sharings]) {
        const { totalBytes, lowerBound, optimal } = planBuffers(buffers, shared);
        expect(optimal).toBe(true);
        expect(totalBytes, `seed ${seed}`).toBe(smallest(buffers, shared, totalBytes));
        expect(lowerBound).toBeLessThanOrEqual(totalBytes);
      }
    }
  });

  it('says which step needs most', () => {
    const buffers = [
      { bytes: 32, first: 0, last: 1 },
      { bytes: 64, first: 1, last: 2 },
      { bytes: 16, first: 2, last: 3 },
    ];
    expect(planBuffers(buffers)).toMatchObject({ totalBytes: 96, lowerBound: 96, peakStep: 1, optimal: true });
  });

  it('plans a thousand buffers in a chain, and many that all live at once, in little time', () => {
    const chain = Array.from({ length: 1000 }, (_, i) => ({ bytes: 16 + (i % 7) * 16, first: i, last: i + 1 }));
    const sharings = chain.slice(1).map((_, i) => ({ input: i, output: i + 1, forward: 16, reverse: 16 }));
    const start = performance.now();
    expect(planBuffers(chain, sharings).totalBytes).toBeLessThanOrEqual(2 * 112);
    const crowd = Array.from({ length: 150 }, (_, i) => ({ bytes: 4 + i, first: 0, last: 9 }));
    expect(planBuffers(crowd).totalBytes).toBeGreaterThan(150 * 75);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('plans nothing in no bytes', () => {
    expect(planBuffers([])).toMatchObject({ offsets: [], totalBytes: 0, optimal: true });
  });
});

describe('addAbove', () => {
  it('moves the others out of the way without growing their arena', () => {
    const buffers = [
      { bytes: 64, first: 0, last: 1 },
      { bytes: 16, first: 1, last: 2 },
      { bytes: 32, first: 2, last: 3 },
    ];
    const placement = planBuffers(buffers);
    expect(placement).toMatchObject({ offsets: [0, 64, 0], totalBytes: 80 });
    const one = { bytes: 60, first: 2, last: 2 };
    expect(addAbove([...buffers, one], [], placement)).toEqual([16, 0, 16, 48]);
    const sharings = [{ input: 3, output: 2, forward: -8 }];
    expect(addAbove([...buffers, one], sharings, placement)).toEqual([16, 0, 16, 16]);
  });

  it('stays above whatever lives with it, wherever the others are', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const source = random(seed);
      const { buffers, sharings } = randomProblem(source, 2 + source.below(8), 1 + source.below(50));
      const placement = planBuffers(buffers, sharings);
      const all = [...buffers, { bytes: 1 + source.below(500), first: 0, last: source.below(3) }];
      const offsets = addAbove(all, sharings, placement);
      const apart = compatible(all, sharings, offsets);
      const last = buffers.length;
      buffers.forEach((buffer, i) => {
        expect(offsets[i]! + buffer.bytes).toBeLessThanOrEqual(placement.totalBytes);
        for (let j = 0; j < i; j++) expect(apart(i, j), `seed ${seed}: ${i}, ${j}`).toBe(true);
        if (meet(buffer, all[last]!)) expect(offsets[last]!).toBeGreaterThanOrEqual(offsets[i]! + buffer.bytes);
      });
    }
  });
});
