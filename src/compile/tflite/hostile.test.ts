import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ImpulseError } from '../../errors.js';
import { checkGraph, definitionOf, nodeOf } from '../check.js';
import type { Graph } from '../graph.js';
import { interpret } from '../interpret/interpreter.js';
import { elements, valuesOf } from '../op.js';
import { optimize } from '../optimize/optimize.js';
import { calibrate, quantize } from '../quantize/quantize.js';
import { randomGraph, randomRows } from '../testing/random-graph.js';
import { mutations } from '../testing/tflite.js';
import { decode } from './decode.js';
import { readTfliteLabels } from './labels.js';
import { readTflite } from './read.js';
import { writeTflite } from './write.js';

const models = new URL('../../../../shared/reference/models/', import.meta.url).pathname;

/** Multiply-accumulates and values of a network: what running it costs. */
function effort(graph: Graph): number {
  const macs = graph.ops.map((op) => definitionOf(op).macs?.(nodeOf(graph, op)) ?? 0);
  return [...macs, ...graph.tensors.map(({ shape }) => elements(shape))].reduce((sum, n) => sum + n, 0);
}

/** Reads a damaged file: true when it still is a network, which then must run. Anything but a typed error is thrown. */
function survives(bytes: Uint8Array, maxEffort: number): boolean {
  let graph: Graph;
  try {
    graph = readTflite(bytes);
  } catch (error) {
    if (error instanceof ImpulseError) return false;
    throw error;
  }
  checkGraph(graph);
  if (effort(graph) <= maxEffort) {
    const input = valuesOf(graph.tensors[graph.input]!) as Float32Array | Int8Array;
    const { shape } = graph.tensors[graph.output]!;
    expect(interpret(graph, input).length).toBe(elements(shape));
  }
  return true;
}

function attack(bytes: Uint8Array, count: number, seed: number): { readonly read: number; readonly refused: number } {
  const constants = decode(bytes, 'Model').buffers.map(({ data }) => data);
  let read = 0;
  for (const damaged of mutations(bytes, constants, count, seed)) if (survives(damaged, 2e5)) read++;
  return { read, refused: count - read };
}

describe.skipIf(!existsSync(models))('damaged files of real models', () => {
  // Most on the small files: every byte of their structure is met often, and weights are only copied.
  const counts = {
    kws_int8: 3000,
    kws_f32: 1500,
    strww_int8: 2200,
    ic_int8: 1600,
    ad_int8: 900,
    vww_int8: 500,
    ic_f32: 150,
    kws_f32dq: 100,
    iclarge_int8: 30,
    vww_f32: 10,
    ad_f32: 10,
  };

  it('are 10,000', () => {
    expect(Object.values(counts).reduce((sum, n) => sum + n, 0)).toBe(10_000);
  });

  it.each(Object.entries(counts))('%s: %i mutations give a network or a typed error', (model, count) => {
    const { read, refused } = attack(new Uint8Array(readFileSync(`${models}${model}.tflite`)), count, 1);
    expect(read + refused).toBe(count);
    if (count >= 1000) expect(Math.min(read, refused)).toBeGreaterThan(count / 20);
  });
});

describe('damaged files of our own', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('network %i: mutations give a network or a typed error', (seed) => {
    const network = optimize(randomGraph(seed));
    const graph = seed % 2 ? network : quantize(network, calibrate(network, randomRows(network, 4)));
    const { read, refused } = attack(writeTflite(graph, { labels: ['a', 'b'] }), 300, seed);
    expect(Math.min(read, refused)).toBeGreaterThan(10);
  });

  it('a cut at any byte is refused', () => {
    const bytes = writeTflite(optimize(randomGraph(3)));
    for (let length = 0; length < bytes.length - 64; length += 3) {
      expect(survives(bytes.subarray(0, length), 0), `${length} bytes`).toBe(false);
    }
  });

  it('offsets that meet do not multiply the work', () => {
    // A vector of a million offsets, all to one table.
    const count = 2 ** 20;
    const bytes = new Uint8Array(64 + 4 * count);
    const view = new DataView(bytes.buffer);
    const at = { vtable: 12, model: 32, tensors: 60 };
    view.setUint32(0, at.model, true);
    bytes.set(
      [...'TFL3'].map((c) => c.charCodeAt(0)),
      4,
    );
    // Model with operator_codes alone, each of them the model itself.
    view.setUint16(at.vtable, 8, true);
    view.setUint16(at.vtable + 2, 12, true);
    view.setUint16(at.vtable + 6, 8, true);
    view.setInt32(at.model, at.model - at.vtable, true);
    view.setUint32(at.model + 8, at.tensors - at.model - 8, true);
    view.setUint32(at.tensors, count, true);
    for (let i = 0; i < count; i++)
      view.setUint32(at.tensors + 4 + 4 * i, 2 ** 32 + at.model - at.tensors - 4 - 4 * i, true);
    expect(() => readTflite(bytes)).toThrow(ImpulseError);
    expect(() => readTfliteLabels(bytes)).toThrow(ImpulseError);
  });
});
