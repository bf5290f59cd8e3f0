import { describe, expect, it } from 'vitest';
import { ImpulseError } from '../../../errors.js';
import { random } from '../../../random.js';
import { checkGraph, definitionOf, nodeOf } from '../../check.js';
import { interpret } from '../../interpret/interpreter.js';
import { elements, valuesOf } from '../../op.js';
import { optimize } from '../../optimize/optimize.js';
import { operatorReport } from '../report.js';
import { networkOf } from './read.js';
import { craft } from './testing/craft.js';
import { FIXTURES, fixtureBytes } from './testing/fixtures.js';

/** Bytes changed, cut out, doubled or swapped, from a seed. */
function damaged(bytes: Uint8Array, seed: number): Uint8Array {
  const source = random(seed);
  const pick = (n: number): number => Math.floor(source.uniform() * n);
  let result = bytes.slice();
  for (let n = 1 + pick(2); n > 0; n--) {
    const at = pick(result.length);
    const kind = pick(10);
    if (kind < 7) result[at] = kind < 2 ? pick(256) : result[at]! ^ (1 << pick(8));
    else if (kind === 7) result = Uint8Array.from([...result.subarray(0, at), ...result.subarray(at + 1 + pick(8))]);
    else if (kind === 8)
      result = Uint8Array.from([...result.subarray(0, at), 0xff, 0xff, 0xff, 0x7f, ...result.subarray(at + 4)]);
    else result.copyWithin(at, pick(result.length), pick(result.length));
  }
  return result;
}

/** True when it is a network all the same, which then must run; anything but a typed error is thrown. */
function survives(bytes: Uint8Array): boolean {
  try {
    const graph = networkOf(bytes);
    checkGraph(graph);
    const macs = graph.ops.map((op) => definitionOf(op).macs?.(nodeOf(graph, op)) ?? 0);
    if ([...macs, ...graph.tensors.map(({ shape }) => elements(shape))].reduce((a, b) => a + b, 0) > 2e5) return true;
    const network = optimize(graph);
    const input = valuesOf(network.tensors[network.input]!) as Float32Array | Int8Array;
    expect(interpret(network, input).length).toBe(elements(network.tensors[network.output]!.shape));
    return true;
  } catch (error) {
    if (error instanceof ImpulseError) return false;
    throw error;
  }
}

describe('damaged files', () => {
  it.each(Object.keys(FIXTURES))('%s: 60 mutations give a network or a typed error', (name) => {
    const bytes = fixtureBytes(name);
    let read = 0;
    for (let seed = 1; seed <= 60; seed++) if (survives(damaged(bytes, seed))) read++;
    expect(Math.min(read, 60 - read)).toBeGreaterThan(0);
  });

  it('a cut at any byte is refused or a whole message', () => {
    const bytes = fixtureBytes('mlp');
    for (let length = 0; length < bytes.length; length += 7) survives(bytes.subarray(0, length));
  });

  it('reports of damaged files are reports or typed errors', async () => {
    const bytes = fixtureBytes('unet');
    for (let seed = 1; seed <= 200; seed++) {
      await operatorReport(damaged(bytes, seed)).catch((error: unknown) => expect(error).toBeInstanceOf(ImpulseError));
    }
  });
});

describe('small files that ask for much', () => {
  const refuses = (bytes: Uint8Array): void => expect(() => networkOf(bytes)).toThrow(ImpulseError);

  it('bounds constants that grow', () => {
    const size = { shape: [2], data: [4096, 4096], type: 'int64' as const };
    const grown = Array.from({ length: 9 }, (_, i) => ({
      operator: 'ConstantOfShape',
      inputs: ['size'],
      outputs: [`c${i}`],
    }));
    const sum = { operator: 'Sum', inputs: grown.map(({ outputs }) => outputs[0]!), outputs: ['c'] };
    const last = { operator: 'Add', inputs: ['x', 'c'], outputs: ['y'] };
    refuses(craft({ nodes: [...grown, sum, last], initializers: { size } }));
    refuses(craft({ nodes: [grown[0]!, last], initializers: { size: { ...size, data: [2 ** 40, 2 ** 40] } } }));
  });

  it('bounds windows, paddings, steps and nodes', () => {
    const pool = (attributes: Record<string, readonly number[]>) =>
      craft({ input: [1, 1, 4, 4], nodes: [{ operator: 'MaxPool', inputs: ['x'], outputs: ['y'], attributes }] });
    refuses(pool({ kernel_shape: [2 ** 40, 1] }));
    refuses(pool({ kernel_shape: [2, 2], pads: [2 ** 40, 0, 0, 0] }));
    refuses(pool({ kernel_shape: [2, 2], strides: [0, 1] }));
    refuses(pool({ kernel_shape: [0, 2] }));
    refuses(pool({ kernel_shape: [2] }));
    const pads = { shape: [8], data: [0, 0, 2 ** 40, 0, 0, 0, 0, 0], type: 'int64' as const };
    const pad = { operator: 'Pad', inputs: ['x', 'pads'], outputs: ['y'] };
    refuses(craft({ input: [1, 1, 4, 4], nodes: [pad], initializers: { pads } }));
    const chain = Array.from({ length: 10_001 }, (_, i) => ({
      operator: 'Relu',
      inputs: [i === 0 ? 'x' : `t${i}`],
      outputs: [i === 10_000 ? 'y' : `t${i + 1}`],
    }));
    refuses(craft({ nodes: chain }));
  });
});
