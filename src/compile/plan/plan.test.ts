import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { random } from '../../random.js';
import type { Graph, Op, OpKind } from '../graph.js';
import { BYTES } from '../op.js';
import { optimize } from '../optimize/optimize.js';
import { calibrate, quantize, sketchQuantize } from '../quantize/quantize.js';
import { windows } from '../testing/conformance.js';
import { Builder, noise, randomGraph, randomRows } from '../testing/random-graph.js';
import { prove } from '../testing/shadow.js';
import { readTflite } from '../tflite/read.js';
import { stepsOf } from './memory.js';
import { overlap } from './overlap.js';
import { type MemoryPlan, plan } from './plan.js';

const models = new URL('../../../../shared/reference/models/', import.meta.url).pathname;
const ENDS = ['caller', 'arena'] as const;

function throws(run: () => void): boolean {
  try {
    run();
  } catch {
    return true;
  }
  return false;
}

/** Proves a plan with the caller's float32 values inside the arena, so many bytes above the lowest place for them. */
function proveWithFeatures(graph: Graph, memory: MemoryPlan, distance: number): void {
  const { shape, dtype } = graph.tensors[graph.input]!;
  const at = memory.inputOffset + distance;
  const arenaBytes = memory.arenaBytes + at + 4 * shape.reduce((n, size) => n * size, 1);
  if (dtype === 'f32') {
    const names = [graph.input];
    for (const op of graph.ops) if (op.kind === 'reshape' && names.includes(op.inputs[0]!)) names.push(op.output);
    const offsets = memory.offsets.map((offset, tensor) => (names.includes(tensor) ? at : offset));
    prove(graph, { ...memory, arenaBytes, offsets });
    return;
  }
  const input = graph.tensors.length;
  const first: Op = { kind: 'quantize', name: 'input', inputs: [input], output: graph.input, attributes: {} };
  const tensors = [...graph.tensors, { name: 'features', shape, dtype: 'f32' as const }];
  prove(
    { ...graph, tensors, ops: [first, ...graph.ops], input },
    {
      arenaBytes,
      offsets: [...memory.offsets, at],
      scratchOffsets: [-1, ...memory.scratchOffsets],
      reverse: [false, ...memory.reverse],
    },
  );
}

describe('plan', () => {
  it('lets no value be read after it was overwritten, in 300 random networks of both types', () => {
    let bytes = 0;
    let optimal = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const float = optimize(randomGraph(seed));
      const int8 = sketchQuantize(float);
      for (const graph of [float, int8]) {
        const memory = plan(graph, { ends: ENDS[seed % 2]! });
        expect(() => prove(graph, memory), `seed ${seed}`).not.toThrow();
        bytes += memory.arenaBytes;
        optimal += memory.optimal ? 1 : 0;
      }
    }
    expect(bytes).toBeGreaterThan(0);
    expect(optimal).toBeGreaterThan(0.95 * 600);
  });

  it('says from where on the float32 input may lie in the arena', () => {
    let tight = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const float = optimize(randomGraph(seed));
      const int8 = sketchQuantize(float);
      for (const graph of [float, int8]) {
        const memory = plan(graph);
        if (memory.inputOffset >= 4) tight += throws(() => proveWithFeatures(graph, memory, -4)) ? 1 : 0;
        for (const distance of [0, 4, 100]) {
          expect(() => proveWithFeatures(graph, memory, distance), `seed ${seed}, ${distance}`).not.toThrow();
        }
      }
      expect(plan(float, { ends: 'arena' }).inputOffset).toBe(-1);
    }
    expect(tight).toBeGreaterThan(10);
  });

  it('leaves a float input and output with the caller, unless told otherwise', () => {
    const graph = optimize(randomGraph(3));
    const offsets = plan(graph).offsets;
    expect([offsets[graph.input], offsets[graph.output]]).toEqual([-1, -1]);
    const inside = plan(graph, { ends: 'arena' }).offsets;
    expect(Math.min(inside[graph.input]!, inside[graph.output]!)).toBeGreaterThanOrEqual(0);
  });

  it('plans in place what is element by element, and gives aliases the same bytes', () => {
    const b = new Builder([64]);
    const a = b.op('relu', [0]);
    const sum = b.op('add', [a, 0]);
    const view = b.op('reshape', [sum], {}, [8, 8]);
    const graph = b.graph(b.op('softmax', [view]));
    const int8 = quantize(graph, calibrate(graph, randomRows(graph, 2)));
    const { arenaBytes, offsets } = plan(int8);
    expect(arenaBytes).toBe(128);
    const [, first, second, third] = int8.ops.map((op) => offsets[op.output]!);
    expect([second, third]).toEqual([first, first]);
  });

  it('always gives the same plan', () => {
    const graph = optimize(randomGraph(8));
    expect(plan(graph)).toEqual(plan(graph));
  });
});

/** A network of one operator, in float32 or with the types of an int8 network. */
function single(kind: OpKind, index: number, dtype: 'f32' | 'int8'): Graph {
  const all = windows();
  const { shape, kernel, attributes } = all[index % all.length]!;
  const b = new Builder([...shape, 3]);
  const outputs = kind === 'conv2d' ? 5 : 3;
  const weights = kind === 'conv2d' ? [outputs, ...kernel, 3] : [1, ...kernel, outputs];
  const constant = (dims: readonly number[]): number => {
    return b.constant(
      dims,
      noise(
        random(1),
        dims.reduce((n, d) => n * d, 1),
      ),
    );
  };
  const graph = b.graph(b.op(kind, [0, constant(weights), constant([outputs])], attributes));
  return { ...graph, tensors: graph.tensors.map((t) => (t.data ? t : { ...t, dtype })) };
}

/** The operator's memory with input and output so far apart; working memory above both. */
function layout(graph: Graph, input: number, output: number, reverse: boolean): MemoryPlan {
  const offsets = graph.tensors.map((_, i) => (i === graph.input ? input : i === graph.output ? output : -1));
  const [arenaBytes, scratch] = [1 << 16, 1 << 15];
  const rest = { inputOffset: -1, lowerBound: 0, peak: 0, optimal: false };
  return { arenaBytes, offsets, scratchOffsets: [scratch], reverse: [reverse], ...rest };
}

describe('the proof', () => {
  const cases = (['conv2d', 'depthwiseConv2d'] as const).flatMap((kind) =>
    (['f32', 'int8'] as const).map((dtype) => ({ kind, dtype })),
  );
  for (const { kind, dtype } of cases) {
    it(`holds at the smallest distance and fails one byte below: ${kind} of ${dtype}`, () => {
      let tight = 0;
      for (let index = 0; index < windows().length; index++) {
        const graph = single(kind, index, dtype);
        const distances = overlap(stepsOf(graph, graph.ops[0]!)!, BYTES[dtype], BYTES[dtype]);
        const base = 8192;
        const at = (distance: number, reverse: boolean) => () => {
          prove(graph, layout(graph, base + (reverse ? -distance : distance), base, reverse));
        };
        for (const reverse of [false, true]) {
          const distance = reverse ? distances.reverse : distances.forward;
          if (!Number.isFinite(distance)) continue;
          expect(at(distance, reverse)).not.toThrow();
          expect(at(distance - 1, reverse)).toThrow(/overwritten/);
          tight++;
        }
      }
      expect(tight).toBeGreaterThan(100);
    });
  }

  it('finds working memory over live values, and values out of the arena', () => {
    const graph = single('conv2d', 7, 'int8');
    const good = layout(graph, 8192, 0, false);
    expect(() => prove(graph, good)).not.toThrow();
    expect(() => prove(graph, { ...good, scratchOffsets: [8192] })).toThrow(/overwritten/);
    expect(() => prove(graph, { ...good, scratchOffsets: [0] })).toThrow(/working memory/);
    expect(() => prove(graph, { ...good, arenaBytes: 8200 })).toThrow(/out of the arena/);
  });
});

describe.skipIf(!existsSync(models))('plans of the MLPerf Tiny models', () => {
  const limits = {
    kws_int8: 9000,
    ic_int8: 35_000,
    vww_int8: 37_500,
    ad_int8: 800,
    iclarge_int8: 90_000,
    strww_int8: 4500,
    kws_f32dq: 36_000,
    ic_f32: 140_000,
    vww_f32: 150_000,
    ad_f32: 1100,
  };
  for (const [model, limit] of Object.entries(limits)) {
    it(`${model}: proven, as small as can be, at most ${limit} bytes`, () => {
      const graph = optimize(readTflite(readFileSync(`${models}${model}.tflite`)));
      for (const ends of ENDS) {
        const memory = plan(graph, { ends });
        prove(graph, memory);
        expect(memory.optimal).toBe(true);
        expect(memory.arenaBytes).toBe(memory.lowerBound);
      }
      expect(plan(graph).arenaBytes).toBeLessThanOrEqual(limit);
    });
  }
});
