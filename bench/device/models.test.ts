import { describe, expect, it } from 'vitest';
import { interpret } from '../../src/compile/interpret/interpreter.js';
import { calibrate, quantize } from '../../src/compile/quantize/quantize.js';
import { randomRows } from '../../src/compile/testing/random-graph.js';
import { recurrentGraph } from '../../src/compile/testing/recurrent.js';
import { has } from '../../src/testing/compilers.js';
import { differenceOf, HAS_REFERENCE, type ModelCase, modelCase, TOLERANCE } from './cases.js';
import type { Core } from './image.js';
import { type ModelMeasurement, measureModel } from './measure.js';

const tools = has('arm-none-eabi-g++') && has('qemu-system-arm');

/** A Cortex-M3 has the same kernels in both modes. */
const MODES = {
  'Cortex-M4F': ['size', 'speed'],
  'Cortex-M0+': ['size', 'speed'],
  'Cortex-M3': ['size'],
} as const;

/** Outputs must be as expected, and costs what an image of this network can cost. */
async function check({ dtype, graph, inputs, expected }: ModelCase, core: Core, modes: readonly ('size' | 'speed')[]) {
  for (const mode of modes) {
    const measured = await measureModel(graph, { core, mode, inputs });
    expect(measured.outputs.length, mode).toBe(expected.length);
    expect(differenceOf(measured.outputs, expected), mode).toBeLessThanOrEqual(TOLERANCE[dtype]);
    expectPlausible(measured);
  }
}

function expectPlausible(measured: ModelMeasurement) {
  expect(measured.codeBytes).toBeGreaterThan(400);
  expect(measured.codeBytes).toBeLessThan(20_000);
  expect(measured.staticBytes).toBe(0);
  expect(measured.stackBytes).toBeGreaterThan(16);
  expect(measured.stackBytes).toBeLessThan(1024);
  expect(measured.instructions).toBeGreaterThan(0.5 * measured.macs);
}

describe.skipIf(!tools || !HAS_REFERENCE)('models of MLPerf Tiny in QEMU, against TensorFlow Lite Micro', () => {
  for (const [model, count] of Object.entries({ kws: 2, ic: 1, vww: 1, ad: 1, strww: 1 })) {
    for (const core of ['Cortex-M4F', 'Cortex-M0+', 'Cortex-M3'] as const) {
      it(`${model} int8 on ${core}: bit for bit`, async () => {
        await check(modelCase(model, 'int8', count)!, core, MODES[core]);
      });
    }
  }

  for (const model of ['kws', 'ic', 'vww', 'ad']) {
    it(`${model} float32 on Cortex-M4F: within 1e-5`, async () => {
      await check(modelCase(model, 'f32', 1)!, 'Cortex-M4F', ['speed']);
    });
  }
});

describe.skipIf(!tools)('measurements in QEMU', () => {
  const input = { name: 'x', shape: [4], dtype: 'f32' } as const;
  const graph = {
    tensors: [input, { ...input, name: 'y' }],
    ops: [{ kind: 'softmax', name: 'softmax', inputs: [0], output: 1, attributes: {} }],
    input: 0,
    output: 1,
  } as const;
  const inputs = [new Float32Array([1, 2, 3, 4]), new Float32Array(4)];

  for (const core of ['Cortex-M4F', 'Cortex-M0+', 'Cortex-M3'] as const) {
    it(`layers with a state on ${core}: the bits of TypeScript`, async () => {
      const layers = [
        ['lstm', { everyStep: true }],
        ['gru', {}],
        ['gru', { everyStep: true, resetAfter: true }],
      ] as const;
      for (const [kind, attributes] of layers) {
        const float = recurrentGraph(kind, [20, 5, 19], attributes);
        const stored = quantize(float, calibrate(float, randomRows(float, 4)));
        const rows = randomRows(stored, 2).map((row) => Int8Array.from(row, (v) => 60 * v));
        const { outputs } = await measureModel(stored, { core, mode: 'speed', inputs: rows });
        expect(outputs).toEqual(rows.map((row) => interpret(stored, row, { engine: 'typescript' })));
      }
    });
  }

  for (const core of ['Cortex-M7', 'Cortex-M33'] as const) {
    it(`run on ${core} and are the same every time`, async () => {
      const first = await measureModel(graph, { core, mode: 'size', inputs });
      expect([...first.outputs[1]!]).toEqual([0.25, 0.25, 0.25, 0.25]);
      expect([...first.outputs[0]!].reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 5);
      expect(await measureModel(graph, { core, mode: 'size', inputs })).toEqual(first);
    });
  }
});
