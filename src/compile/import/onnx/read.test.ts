import { describe, expect, it } from 'vitest';
import { ImpulseError } from '../../../errors.js';
import { has } from '../../../testing/compilers.js';
import { interpret, interpreter } from '../../interpret/interpreter.js';
import { OPS } from '../../ops/index.js';
import { optimize } from '../../optimize/optimize.js';
import { calibrate, quantize } from '../../quantize/quantize.js';
import { expectTwins } from '../../testing/cpp-harness.js';
import { readTflite } from '../../tflite/read.js';
import { writeTflite } from '../../tflite/write.js';
import { operatorReport } from '../report.js';
import { readOnnx } from './index.js';
import { READERS, VANISHING } from './operators.js';
import { type CraftedModel, type CraftedNode, craft } from './testing/craft.js';
import { channelsLast, FIXTURES, fixtureBytes, fixtureInput } from './testing/fixtures.js';

/** Inputs of one-dimensional networks whose channels come last already. */
const AS_IT_IS = new Set(['sequence', 'lstm', 'both-ways', 'gru']);
/** Networks whose last layer is a logarithm, which the import leaves out. */
const LOGARITHM = new Set(['conv1d']);
const STORED = new Set(['qdq', 'qdq-branches']);

function rowsOf(name: string): { readonly x: Float32Array; readonly y: Float32Array }[] {
  const fixture = FIXTURES[name]!;
  return fixture.values.map((values, row) => {
    const x = fixtureInput(fixture, row);
    const spatial = fixture.input.length > 2 && !AS_IT_IS.has(name);
    const y = fixture.output.length === 4 ? channelsLast(values, fixture.output) : Float32Array.from(values);
    return { x: spatial ? channelsLast(x, fixture.input) : x, y: LOGARITHM.has(name) ? y.map(Math.exp) : y };
  });
}

/** Largest difference relative to the largest value. */
function distance(got: ArrayLike<number>, expected: Float32Array): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((v, i) => Math.abs(v - got[i]!))) / largest;
}

async function refusal(model: CraftedModel | Uint8Array): Promise<ImpulseError> {
  try {
    await readOnnx(model instanceof Uint8Array ? model : craft(model));
  } catch (error) {
    if (error instanceof ImpulseError) return error;
    throw error;
  }
  throw new Error('read without complaint');
}

const node = (operator: string, attributes: CraftedNode['attributes'] = {}, inputs = ['x']): CraftedNode => ({
  operator,
  name: 'layer',
  inputs,
  outputs: ['y'],
  attributes,
});

/** A GRU of one unit over three steps of one value. */
function memory(
  attributes: CraftedNode['attributes'],
  states: { readonly h?: readonly number[] } = {},
  inputs: readonly string[] = ['x', 'w', 'r', '', '', 'h'],
): CraftedModel {
  const matrix = { shape: [1, 3, 1], data: [0.5, -0.5, 1] };
  return {
    input: [1, 3, 1],
    nodes: [
      { operator: 'Transpose', inputs: ['x'], outputs: ['t'], attributes: { perm: [1, 0, 2] } },
      { ...node('GRU', attributes, ['t', ...inputs.slice(1)]), outputs: ['', 'y'] },
    ],
    initializers: {
      w: matrix,
      r: matrix,
      h: { shape: [1, 1, 1], data: states.h ?? [0] },
      lengths: { shape: [1], data: [2], type: 'int64' },
    },
  };
}

const floats = Object.keys(FIXTURES).filter((name) => !STORED.has(name));

describe('networks as PyTorch exports them', () => {
  it.each(floats)('%s: the outputs are those of PyTorch', async (name) => {
    const graph = optimize(await readOnnx(fixtureBytes(name)));
    const run = interpreter(graph);
    for (const { x, y } of rowsOf(name)) expect(distance(run(x), y)).toBeLessThan(1e-5);
  });

  it.each([...STORED])('%s: int8 throughout, one step from the float arithmetic of PyTorch', async (name) => {
    const graph = optimize(await readOnnx(fixtureBytes(name)));
    for (const { shape, dtype } of graph.tensors) expect(dtype === 'f32' && shape.length > 0).toBe(false);
    const run = interpreter(graph);
    const step = graph.tensors[graph.output]!.quantization!.scales[0]!;
    for (const { x, y } of rowsOf(name)) {
      const got = run(x);
      y.forEach((v, i) => {
        expect(Math.abs(v - got[i]!)).toBeLessThan(1.5 * step);
      });
    }
  });

  it.each(floats)('%s: quantised here, close to float', async (name) => {
    const graph = optimize(await readOnnx(fixtureBytes(name)));
    const rows = rowsOf(name);
    const run = interpreter(
      quantize(
        graph,
        calibrate(
          graph,
          rows.map(({ x }) => x),
        ),
      ),
    );
    for (const { x, y } of rows) expect(distance(run(x), y)).toBeLessThan(0.12);
  });

  it('moves nothing where it need not', async () => {
    for (const name of floats.filter((one) => !['shuffle', 'pools'].includes(one))) {
      const { ops } = optimize(await readOnnx(fixtureBytes(name)));
      expect(
        ops.filter(({ kind }) => kind === 'transpose'),
        name,
      ).toEqual([]);
    }
    const { ops } = optimize(await readOnnx(fixtureBytes('hard')));
    expect(ops.map(({ kind }) => kind)).toEqual([
      'conv2d',
      'hardSwish',
      'depthwiseConv2d',
      'hardSwish',
      'mean',
      'dense',
    ]);
  });

  it('reads a GRU of the standard, gates in the order of the file', async () => {
    const run = interpreter(optimize(await readOnnx(craft(memory({})))));
    const logistic = (v: number): number => 1 / (1 + Math.exp(-v));
    const steps = [0.3, -1.2, 0.8];
    const state = steps.reduce((h, x) => {
      const [update, reset] = [logistic(0.5 * x + 0.5 * h), logistic(-0.5 * x - 0.5 * h)];
      return update * h + (1 - update) * Math.tanh(x + reset * h);
    }, 0);
    expect(run(Float32Array.from(steps))[0]).toBeCloseTo(state, 6);
  });

  it('keeps no states that nobody reads', async () => {
    const { ops, tensors } = optimize(await readOnnx(fixtureBytes('lstm')));
    expect(ops.map(({ kind, output }) => [kind, tensors[output]!.shape])).toEqual([
      ['lstm', [1, 9, 6]],
      ['lstm', [6]],
      ['dense', [3]],
    ]);
  });

  it('goes on as .tflite', async () => {
    for (const name of ['dscnn', 'residual', 'conv1d', 'shuffle', 'squeeze-excite']) {
      const again = optimize(readTflite(writeTflite(optimize(await readOnnx(fixtureBytes(name))))));
      for (const { x, y } of rowsOf(name)) expect(distance(interpret(again, x), y)).toBeLessThan(1e-5);
    }
  });

  it.skipIf(!has('g++'))('is the same in C++, float and int8', async () => {
    const names = ['qdq', 'qdq-branches', 'shuffle', 'sequence', 'unet'];
    const networks = await Promise.all(names.map(async (name) => optimize(await readOnnx(fixtureBytes(name)))));
    expectTwins(networks, { compiler: 'g++', flags: ['-O1'], rows: 2, optimize: 'size' });
  });
});

describe('readOnnx', () => {
  it('puts channels last at both ends, as the first operator tells or as the caller says', async () => {
    const shape = async (input: readonly (number | string)[], nodes: CraftedNode[], channels?: 'first' | 'last') => {
      const graph = await readOnnx(craft({ input, nodes }), { channels });
      return graph.tensors[graph.input]!.shape;
    };
    const pool = node('MaxPool', { kernel_shape: [1, 1] });
    const relu: CraftedNode = { operator: 'Relu', inputs: ['x'], outputs: ['a'] };
    const turned: CraftedNode = {
      operator: 'Transpose',
      inputs: ['x'],
      outputs: ['a'],
      attributes: { perm: [0, 3, 1, 2] },
    };
    expect(await shape(['N', 3, 5, 7], [pool])).toEqual([5, 7, 3]);
    expect(await shape([1, 5, 7, 3], [turned, { ...pool, inputs: ['a'] }])).toEqual([5, 7, 3]);
    expect(await shape([1, 3, 5, 7], [node('Relu')])).toEqual([5, 7, 3]);
    expect(await shape([1, 3, 5, 7], [node('Relu')], 'last')).toEqual([3, 5, 7]);
    expect(await shape([1, 3, 9], [relu, node('MaxPool', { kernel_shape: [2] }, ['a'])])).toEqual([1, 9, 3]);
    expect(await shape([1, 9, 3], [node('Relu')])).toEqual([1, 9, 3]);
    expect(await shape([1, 9, 3], [node('Relu')], 'first')).toEqual([1, 3, 9]);
    expect(await shape([1, 6], [node('Relu')])).toEqual([6]);
  });

  it('computes what depends on constants alone', async () => {
    // A slope of PyTorch's clamp, and a reshape to the shape of the input, over a chain of shapes.
    const bytes = craft({
      input: ['N', 2, 6],
      initializers: {
        one: { shape: [1], data: [1], type: 'int64' },
        minus: { shape: [1], data: [-1], type: 'int64' },
        start: { shape: [], data: [0], type: 'int64' },
      },
      nodes: [
        { operator: 'Shape', inputs: ['x'], outputs: ['s'] },
        { operator: 'Gather', inputs: ['s', 'start'], outputs: ['n'] },
        { operator: 'Unsqueeze', inputs: ['n', 'start'], outputs: ['n1'] },
        { operator: 'Concat', inputs: ['n1', 'minus'], outputs: ['t'], attributes: { axis: 0 } },
        node('Reshape', {}, ['x', 't']),
      ],
    });
    const graph = await readOnnx(bytes);
    expect(graph.tensors[graph.output]!.shape).toEqual([12]);
  });

  it('reads exactly the operators that the compiler declares, and those that vanish', () => {
    const declared = Object.values(OPS).flatMap(({ onnx = [] }) => onnx);
    expect(Object.keys(READERS).sort()).toEqual([...new Set([...declared, ...VANISHING])].sort());
  });

  it.each<[CraftedModel, RegExp]>([
    [{ nodes: [node('RNN')] }, /operator RNN.*one-dimensional convolutions/],
    [memory({ input_forget: 1 }), /coupled forget gate/],
    [memory({ clip: { float: 3 } }), /clipped gates/],
    [memory({}, { h: [0.5] }), /a state to begin with/],
    [memory({}, { h: [0] }, ['x', 'w', 'r', '', 'lengths']), /several lengths/],
    [{ nodes: [node('Gelu')] }, /Gelu.*hard|Relu/i],
    [{ nodes: [{ ...node('BiasGelu'), domain: 'com.microsoft' }] }, /com\.microsoft/],
    [{ nodes: [node('Relu')], opset: 24 }, /operator set 24.*opset_version/],
    [{ nodes: [node('Relu')], input: ['N', 'T'] }, /shape \[N, T\].*dynamic_axes/],
    [{ nodes: [node('Relu')], input: [2, 3, 4, 4] }, /batch of 1/],
    [{ nodes: [node('Relu')], inputType: 7 }, /INT64/],
    [{ nodes: [node('Relu')], moreInputs: ['z'] }, /2 inputs/],
    [{ nodes: [node('Relu')], input: [1, 2 ** 30] }, /at most 16777216 values/],
    [{ nodes: [node('MatMul', {}, ['x', 'x'])] }, /two computed inputs/],
    [{ nodes: [node('Resize', { mode: 'linear' })], input: [1, 1, 4, 4] }, /mode linear/],
    [
      { nodes: [node('Add', {}, ['x', 'w'])], initializers: { w: { shape: [4], data: [], external: true } } },
      /another file/,
    ],
    [
      { nodes: [{ operator: 'LogSoftmax', inputs: ['x'], outputs: ['a'] }, node('Relu', {}, ['a'])] },
      /LogSoftmax inside/,
    ],
  ])('refuses what it does not honour, naming it: %#', async (model, text) => {
    const { code, message } = await refusal(model);
    expect(message).toMatch(text);
    expect(code).toBe('UNSUPPORTED');
  });

  it.each<[CraftedModel | Uint8Array, RegExp]>([
    [new TextEncoder().encode('a text that is no model at all'), /protobuf/],
    [{ nodes: [node('Relu', {}, ['z'])] }, /"z" before it is computed/],
    [{ nodes: [node('Relu', {}, ['y'])] }, /"y" before it is computed/],
    [
      {
        nodes: [
          { operator: 'Add', inputs: ['x', 'b'], outputs: ['a'] },
          { operator: 'Relu', inputs: ['a'], outputs: ['b'] },
          node('Relu', {}, ['b']),
        ],
      },
      /"b" before it is computed/,
    ],
    [{ nodes: [{ ...node('Relu'), outputs: ['y', 'y'] }] }, /second value|computed/],
    [{ nodes: [node('Add', {}, ['x', 'w'])], initializers: { w: { shape: [4], data: [1, 2] } } }, /2 values.*4/],
    [{ nodes: [node('Add', {}, ['x', 'w'])], initializers: { w: { shape: [3], data: [1, 2, 3] } } }, /broadcast/],
    [{ nodes: [node('Add', {}, ['x', 'w'])], initializers: { w: { shape: [1], data: [Number.NaN] } } }, /no number/],
    [
      {
        nodes: [node('Conv', {}, ['x', 'w'])],
        input: [1, 1, 4, 4],
        initializers: { w: { shape: [1, 2, 1, 1], data: [1, 2] } },
      },
      /weights for 1 channels/,
    ],
    [
      { nodes: [node('LSTM', {}, ['x', 'w', 'w'])], initializers: { w: { shape: [1, 4, 1], data: [1, 2, 3, 4] } } },
      /2 dimensions/,
    ],
    [{ ...memory({}), input: [1, 3, 2] }, /weights \[1, 3, 1\]/],
    [memory({ direction: 'sideways' }), /direction "sideways"/],
  ])('calls damage by its name: %#', async (model, text) => {
    const { code, message } = await refusal(model);
    expect(message).toMatch(text);
    expect(code).toBe('BAD_FILE');
  });
});

describe('operatorReport', () => {
  it('lists every operator and every node that stands in the way, at once', async () => {
    const bytes = craft({
      input: [1, 1, 4, 4],
      nodes: [
        { operator: 'Resize', inputs: ['x'], outputs: ['a'], name: 'up', attributes: { mode: 'cubic' } },
        { operator: 'Relu', inputs: ['a'], outputs: ['b'], name: 'fine' },
        { operator: 'Gelu', inputs: ['b'], outputs: ['c'], name: 'curve' },
        { operator: 'Gelu', inputs: ['c'], outputs: ['d'], name: 'more curve' },
        { operator: 'Identity', inputs: ['d'], outputs: ['y'] },
      ],
    });
    const report = await operatorReport(bytes);
    expect(report.supported).toBe(false);
    expect(
      report.operators.map(({ operator, count, unsupported }) => [
        operator,
        count,
        unsupported.map(({ name }) => name),
      ]),
    ).toEqual([
      ['Gelu', 2, ['curve', 'more curve']],
      ['Identity', 1, []],
      ['Relu', 1, []],
      ['Resize', 1, ['up']],
    ]);
    const { message } = await refusal(bytes);
    expect(message).toMatch(/3 nodes.*Resize "up".*Gelu "curve".*Gelu "more curve"/);
  });

  it('says what else is wrong, and that all is well', async () => {
    const two = await operatorReport(craft({ nodes: [node('Relu')], moreInputs: ['z'] }));
    expect(two.problem).toMatch(/2 inputs/);
    expect((await operatorReport(fixtureBytes('dscnn'))).supported).toBe(true);
  });
});
