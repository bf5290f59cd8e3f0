import { describe, expect, it } from 'vitest';
import { random } from '../random.js';
import type { Graph } from './graph.js';
import { bindGraph, interpret, loadInput } from './interpreter.js';
import { bytesOf, valuesOf } from './op.js';
import { optimize } from './optimize.js';
import { type PlannedBuffer, plan, planBuffers } from './plan.js';
import { calibrate, quantize } from './quantize.js';
import { Builder, noise, randomGraph, randomRows } from './testing/random-graph.js';

function overlap(a: PlannedBuffer, b: PlannedBuffer): boolean {
  return a.first <= b.last && b.first <= a.last;
}

describe('planBuffers', () => {
  it('keeps buffers apart that live at the same time, aligned, and never needs more than all of them', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const { below } = random(seed);
      const buffers = Array.from({ length: 1 + below(14) }, () => {
        const first = below(10);
        return { bytes: 1 + below(200), first, last: first + below(5) };
      });
      const { offsets, totalBytes } = planBuffers(buffers);
      buffers.forEach((a, i) => {
        expect(offsets[i]! % 16).toBe(0);
        expect(offsets[i]! + a.bytes).toBeLessThanOrEqual(totalBytes);
        buffers.slice(0, i).forEach((b, j) => {
          const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
          expect(apart || !overlap(a, b)).toBe(true);
        });
      });
      expect(totalBytes).toBeLessThanOrEqual(buffers.reduce((sum, b) => sum + Math.ceil(b.bytes / 16) * 16, 0));
    }
  });

  it('finds the smallest arena of a few buffers, where greedy orders fail', () => {
    // Exhaustive over all offsets on a grid of 16 bytes.
    const smallest = (buffers: readonly PlannedBuffer[], limit: number): number => {
      const fits = (total: number, placed: readonly number[]): boolean => {
        const b = buffers[placed.length];
        if (!b) return true;
        for (let offset = 0; offset + b.bytes <= total; offset += 16) {
          const free = placed.every((at, j) => {
            return !overlap(b, buffers[j]!) || at + buffers[j]!.bytes <= offset || offset + b.bytes <= at;
          });
          if (free && fits(total, [...placed, offset])) return true;
        }
        return false;
      };
      for (let total = 0; total <= limit; total += 16) if (fits(total, [])) return total;
      return limit;
    };
    for (let seed = 1; seed <= 60; seed++) {
      const { below } = random(seed);
      const buffers = Array.from({ length: 5 }, () => {
        const first = below(6);
        return { bytes: 16 * (1 + below(4)), first, last: first + below(4) };
      });
      const { totalBytes } = planBuffers(buffers);
      expect(totalBytes).toBe(smallest(buffers, totalBytes));
    }
  });

  it('plans nothing in no bytes', () => {
    expect(planBuffers([])).toEqual({ offsets: [], totalBytes: 0 });
  });
});

/** Runs a network with its activations in one arena; everything else in the arena is poison, before and in between. */
function runInArena(graph: Graph, row: Float32Array) {
  const { arenaBytes, offsets } = plan(graph);
  const arena = new ArrayBuffer(arenaBytes);
  const bytes = new Uint8Array(arena).fill(0xa5);
  const { values, steps } = bindGraph(graph, (tensor, i) => {
    return offsets[i]! < 0 ? valuesOf(tensor) : valuesOf(tensor, arena, offsets[i]!);
  });
  loadInput(graph, values[graph.input]!, row);
  const lastUse = graph.tensors.map((_, i) => graph.ops.findLastIndex((op) => op.inputs.includes(i)));
  lastUse[graph.output] = steps.length;
  const birth = graph.tensors.map((_, i) => graph.ops.findIndex((op) => op.output === i));
  steps.forEach((step, at) => {
    step();
    const alive = new Uint8Array(arenaBytes);
    offsets.forEach((offset, i) => {
      if (offset < 0 || birth[i]! > at || lastUse[i]! <= at) return;
      alive.fill(1, offset, offset + bytesOf(graph.tensors[i]!));
    });
    alive.forEach((keep, i) => {
      if (!keep) bytes[i] = 0xa5;
    });
  });
  return values[graph.output]!.slice();
}

describe('plan', () => {
  it('gives the outputs of the unplanned run with all activations in one poisoned arena', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const float = optimize(randomGraph(seed));
      const rows = randomRows(float, 3, seed);
      const int8 = quantize(float, calibrate(float, rows));
      for (const graph of [float, int8]) {
        for (const row of rows) expect(runInArena(graph, row)).toEqual(interpret(graph, row));
      }
    }
  });

  it('plans in place what is element by element, and gives aliases the same bytes', () => {
    const b = new Builder([1, 16, 4]);
    const source = random(1);
    const conv = (x: number) =>
      b.op('conv2d', [x, b.constant([4, 1, 1, 4], noise(source, 16)), b.constant([4], noise(source, 4))]);
    const left = conv(0);
    const right = conv(left);
    const sum = b.op('add', [left, right]);
    const view = b.op('reshape', [sum], {}, [64]);
    const graph = b.graph(b.op('softmax', [view]));
    const int8 = quantize(graph, calibrate(graph, randomRows(graph, 2)));
    const { arenaBytes, offsets } = plan(int8);
    expect(arenaBytes).toBe(128);
    expect(offsets[int8.output]).toBe(offsets[int8.ops[3]!.output]);
    expect(offsets[int8.ops[3]!.output]).toBe(offsets[int8.ops[2]!.output]);
  });

  it('leaves a float input and output with the caller', () => {
    const graph = optimize(randomGraph(3));
    const { offsets } = plan(graph);
    expect([offsets[graph.input], offsets[graph.output]]).toEqual([-1, -1]);
  });
});
