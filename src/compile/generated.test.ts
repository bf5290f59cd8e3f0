import { describe, it } from 'vitest';
import { has } from '../testing/compilers.js';
import { optimize } from './optimize/optimize.js';
import { calibrate, quantize } from './quantize/quantize.js';
import { expectTwins } from './testing/cpp-harness.js';
import { randomGraph, randomRows } from './testing/random-graph.js';

const BATCH = 50;
const BATCHES = 11;

/** Networks of a batch: two thirds int8. */
function networks(batch: number) {
  return Array.from({ length: BATCH }, (_, i) => {
    const graph = optimize(randomGraph(10_000 + batch * BATCH + i));
    return i % 3 === 0 ? graph : quantize(graph, calibrate(graph, randomRows(graph, 4)));
  });
}

describe.skipIf(!has('g++'))(`${BATCH * BATCHES} generated networks: interpreter, C++ and plan agree`, () => {
  for (let batch = 0; batch < BATCHES; batch++) {
    const mode = batch % 2 === 0 ? 'speed' : 'size';
    it(`networks ${batch * BATCH} to ${(batch + 1) * BATCH - 1}, ${mode}`, () => {
      expectTwins(networks(batch), { compiler: 'g++', flags: ['-O1'], rows: 2, optimize: mode });
    });
  }
});
