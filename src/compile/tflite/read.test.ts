import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ImpulseError } from '../../errors.js';
import { interpret } from '../interpret/interpreter.js';
import { OPS } from '../ops/index.js';
import { optimize } from '../optimize/optimize.js';
import { type CraftedOperator, type CraftedTensor, crafted } from '../testing/tflite.js';
import { decode } from './decode.js';
import { READERS } from './operators.js';
import { readTflite } from './read.js';
import { BuiltinOperator, TensorType } from './schema.js';

const models = new URL('../../../../shared/reference/models/', import.meta.url).pathname;

const conv = (changes = {}) =>
  ({ type: 'Conv2DOptions', value: { padding: 0, strideW: 1, strideH: 1, ...changes } }) as const;

function refusal(bytes: Uint8Array): ImpulseError {
  try {
    readTflite(bytes);
  } catch (error) {
    if (error instanceof ImpulseError) return error;
    throw error;
  }
  throw new Error('read without complaint');
}

/** One operator from a vector of four to another. */
function single(
  operator: CraftedOperator['operator'],
  changes: Partial<CraftedOperator> = {},
  tensor = {},
): Uint8Array {
  const tensors: CraftedTensor[] = [
    { name: 'in', shape: [1, 4], ...tensor },
    { name: 'model/layer/out', shape: [1, 4], ...tensor },
  ];
  return crafted(tensors, [{ operator, inputs: [0], outputs: [1], ...changes }]);
}

/** A dense layer from two values to two. */
function dense(tensors: Partial<Record<'x' | 'w' | 'b' | 'y', Partial<CraftedTensor>>>, options = {}): Uint8Array {
  const { x, w, b, y } = tensors;
  return crafted(
    [
      { shape: [1, 2], ...x },
      { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4), ...w },
      { shape: [2], data: Float32Array.of(10, 20), ...b },
      { shape: [1, 2], ...y },
    ],
    [
      {
        operator: 'FULLY_CONNECTED',
        inputs: [0, 1, 2],
        outputs: [3],
        options: { type: 'FullyConnectedOptions', value: options },
      },
    ],
  );
}

const INT8 = {
  x: { type: 'INT8', scales: [0.5] },
  w: { type: 'INT8', data: Int8Array.of(1, 2, 3, 4), scales: [0.25] },
  b: { type: 'INT32', data: Int32Array.of(8, 16), scales: [0.125] },
  y: { type: 'INT8', scales: [1] },
} as const;

describe('readTflite', () => {
  it('drops the batch, keeps names and counts a dynamic batch as 1', () => {
    const graph = readTflite(single('RELU'));
    expect(graph.tensors.map(({ name, shape }) => [name, shape])).toEqual([
      ['in', [4]],
      ['model/layer/out', [4]],
    ]);
    expect(graph.ops[0]!.name).toBe('layer/out');
    expect([...interpret(graph, Float32Array.of(-1, 2, -3, 4))]).toEqual([0, 2, 0, 4]);
    expect(readTflite(single('RELU', {}, { shape: [-1, 4] })).tensors[0]!.shape).toEqual([4]);
  });

  it('gives operators names that are safe, short and unique', () => {
    const name = 'x/*/evil */ \\ \u0000\n"name" of a layer that is much, much longer than anybody would want;more';
    const tensors = [{ shape: [1, 4] }, { name, shape: [1, 4] }, { name, shape: [1, 4] }];
    const chain = [0, 1].map((i) => ({ operator: 'RELU', inputs: [i], outputs: [i + 1] }));
    const names = readTflite(crafted(tensors, chain)).ops.map((op) => op.name);
    for (const one of names) expect(one).toMatch(/^[\w./-]{1,45}$/);
    expect(new Set(names).size).toBe(2);
  });

  it('reads dense layers: float32, without bias, hybrid, float16 and int8', () => {
    const run = (bytes: Uint8Array, x: Float32Array | Int8Array): number[] => [...interpret(readTflite(bytes), x)];
    expect(run(dense({}), Float32Array.of(1, -1))).toEqual([9, 19]);
    expect(run(dense({}, { fusedActivationFunction: 3 }), Float32Array.of(1, -1))).toEqual([6, 6]);
    const { w, b } = INT8;
    expect(run(dense({ w }), Float32Array.of(1, 1))).toEqual([10.75, 21.75]);
    const perChannel = { ...w, scales: [0.25, 2], zeroPoints: [0, 0] };
    expect(run(dense({ w: perChannel }), Float32Array.of(1, 1))).toEqual([10.75, 34]);
    expect(run(dense(INT8), Int8Array.of(2, 4))).toEqual([2, 5]);
    expect(run(dense({ ...INT8, w: perChannel, b: { ...b, scales: [0.125, 1] } }), Int8Array.of(2, 4))).toEqual([
      2, 38,
    ]);

    const halves = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001); // 1, -2, 1/3, the smallest subnormal
    const half = crafted(
      [{ shape: [1, 2] }, { shape: [2, 2], type: 'FLOAT16', data: halves }, { shape: [2, 2] }, { shape: [1, 2] }],
      [
        { operator: 'DEQUANTIZE', inputs: [1], outputs: [2] },
        { operator: 'FULLY_CONNECTED', inputs: [0, 2, -1], outputs: [3] },
      ],
    );
    const graph = readTflite(half);
    expect(graph.ops.map(({ kind }) => kind)).toEqual(['dense']);
    expect([...interpret(graph, Float32Array.of(1, 1))]).toEqual([-1, Math.fround(0.333251953125 + 2 ** -24)]);
  });

  it('reads a one-dimensional convolution and what wraps it as one operator', () => {
    const wrapped = crafted(
      [
        { shape: [1, 5, 2] },
        { shape: [1], type: 'INT32', data: Int32Array.of(1) },
        { shape: [1, 1, 5, 2] },
        { shape: [1, 1, 3, 2], data: new Float32Array(6).fill(1) },
        { shape: [1, 1, 5, 1] },
        { shape: [1, 5, 1] },
      ],
      [
        { operator: 'EXPAND_DIMS', inputs: [0, 1], outputs: [2] },
        { operator: 'CONV_2D', inputs: [2, 3, -1], outputs: [4], options: conv() },
        { operator: 'SQUEEZE', inputs: [4], outputs: [5] },
      ],
    );
    const graph = optimize(readTflite(wrapped));
    expect(graph.ops.map(({ kind }) => kind)).toEqual(['conv2d']);
    expect([...interpret(graph, new Float32Array(10).fill(1))]).toEqual([4, 6, 6, 6, 4]);
  });

  it('leaves out what the output does not need, whatever it is', () => {
    const bytes = crafted(
      [{ shape: [1, 4] }, { shape: [2], type: 'INT32' }, { shape: [1, 2, 2] }],
      [
        { operator: 'SHAPE', inputs: [0], outputs: [1] },
        { operator: 'RESHAPE', inputs: [0, 1], outputs: [2] },
      ],
    );
    expect(readTflite(bytes).ops.map(({ kind }) => kind)).toEqual(['reshape']);
  });

  it.each([
    [
      single('UNIDIRECTIONAL_SEQUENCE_LSTM'),
      /UNIDIRECTIONAL_SEQUENCE_LSTM "model\/layer\/out".*one-dimensional convolutions/,
    ],
    [single('CUSTOM', { customCode: 'FlexErf' }), /CUSTOM \("FlexErf"\).*SELECT_TF_OPS/],
    [single('MIRROR_PAD'), /MIRROR_PAD.*Pad with zeros/],
    [single('CUMSUM'), /CUMSUM/],
    [single('RELU', { version: 99 }), /version 99 of RELU/],
    [single('RELU', {}, { type: 'UINT8', scales: [1] }), /UINT8.*full int8/],
    [single('RELU', {}, { type: 'INT16', scales: [1] }), /INT16.*int8 instead/],
    [single('RELU', {}, { shape: [2, 4, 4, 1] }), /\[2, 4, 4, 1\].*batch of 1/],
    [single('SOFTMAX', { options: { type: 'SoftmaxOptions', value: { beta: 2 } } }), /beta 2/],
    [single('SOFTMAX', {}, { type: 'INT8', scales: [1] }), /output scale 1,.*0.00390625/],
    [single('RESHAPE', {}, { type: 'INT8', scales: [1, 1, 1, 1], axis: 1 }), /4 scales/],
    [
      single('ADD', { inputs: [0, 0], options: { type: 'AddOptions', value: { fusedActivationFunction: 4 } } }),
      /fused TANH/,
    ],
    [dense({ ...INT8, w: { ...INT8.w, zeroPoints: [3] } }), /asymmetric weights/],
    [dense({ ...INT8, b: { ...INT8.b, scales: [9] } }), /bias of another scale/],
    [
      dense({ ...INT8, x: { type: 'INT8', scales: [1e9] }, b: { ...INT8.b, scales: [2.5e8] } }),
      /scales with a quotient/,
    ],
    [dense({}, { weightsFormat: 1 }), /shuffled weights/],
  ])('refuses what it does not honour, naming it: %#', (bytes, text) => {
    const { code, message } = refusal(bytes);
    expect(message).toMatch(text);
    expect(['UNSUPPORTED', 'BAD_FILE']).toContain(code);
  });

  it.each([
    [new Uint8Array(), /identifier/],
    [new TextEncoder().encode('a text that is no model at all'), /identifier/],
    [crafted([{ shape: [1, 4] }, { shape: [1, 4] }], [{ operator: 'RELU', inputs: [0], outputs: [7] }]), /tensor 7/],
    [
      crafted([{ shape: [1, 4] }, { shape: [1, 4] }], [{ operator: 'RELU', inputs: [1], outputs: [1] }]),
      /before it is computed/,
    ],
    [dense({ w: { data: Float32Array.of(1, 2, 3) } }), /12 bytes.*16/],
    [dense({ w: { data: Float32Array.of(1, 2, 3, Number.NaN) } }), /not finite/],
    [dense({ ...INT8, y: { type: 'INT8', scales: [Number.POSITIVE_INFINITY] } }), /scale of Infinity/],
    [dense({ ...INT8, y: { type: 'INT8', scales: [1], zeroPoints: [300] } }), /zero point 300/],
    [
      crafted([{ shape: [1] }, { shape: [1] }], [{ operator: 'RELU', inputs: [0], outputs: [1] }], { version: 2 }),
      /version 2/,
    ],
  ])('calls damage by its name: %#', (bytes, text) => {
    const { code, message } = refusal(bytes);
    expect(message).toMatch(text);
    expect(code).toBe('BAD_FILE');
  });

  it('bounds what a small file may ask for', () => {
    expect(refusal(single('RELU', {}, { shape: [1, 2 ** 30] })).code).toBe('UNSUPPORTED');
    const many = Array.from({ length: 9 }, () => ({ shape: [1, 2 ** 23] }));
    const chain = many.slice(1).map((_, i) => ({ operator: 'RELU', inputs: [i], outputs: [i + 1] }));
    expect(refusal(crafted(many, chain)).message).toMatch(/more values than fit/);
  });

  it('takes only one input, one output and one subgraph of each kind', () => {
    const two = crafted([{ shape: [1, 4] }, { shape: [1, 4] }], [{ operator: 'RELU', inputs: [0], outputs: [1] }]);
    const model = decode(two, 'Model');
    const subgraph = { ...model.subgraphs[0]!, outputs: Int32Array.of(1, 0) };
    const bytes = crafted([{ shape: [1] }], [{ operator: 'RELU', inputs: [0], outputs: [0] }], {
      ...model,
      subgraphs: [subgraph],
    });
    expect(refusal(bytes).message).toMatch(/1 inputs and 2 outputs.*UNSUPPORTED/);
    expect(refusal(crafted([], [{ operator: 'RELU', inputs: [], outputs: [0] }], { subgraphs: [] })).message).toMatch(
      /no subgraph/,
    );
  });

  it('reads exactly the operators that the compiler declares', () => {
    const declared = Object.values(OPS).flatMap(({ tflite = [] }) => tflite);
    expect(Object.keys(READERS).sort()).toEqual([...new Set(declared)].sort());
  });

  it('numbers types and operators as the schema does', () => {
    expect([TensorType.indexOf('INT8'), TensorType.indexOf('BFLOAT16')]).toEqual([9, 18]);
    const codes = { CONV_2D: 3, SOFTMAX: 25, RESIZE_NEAREST_NEIGHBOR: 97, HARD_SWISH: 117, RIGHT_SHIFT: 161 };
    for (const [name, code] of Object.entries(codes)) expect(BuiltinOperator.indexOf(name)).toBe(code);
  });
});

describe.skipIf(!existsSync(models))('hybrid models', () => {
  it('kws_f32 is kws_f32dq, its int8 weights multiplied out', () => {
    const [hybrid, floats] = ['kws_f32', 'kws_f32dq'].map((name) =>
      readTflite(readFileSync(`${models}${name}.tflite`)),
    );
    expect(hybrid!.ops.map(({ kind, attributes }) => [kind, attributes])).toEqual(
      floats!.ops.map(({ kind, attributes }) => [kind, attributes]),
    );
    const weights = (graph: typeof hybrid) =>
      graph!.ops.map(({ inputs }) => inputs.map((i) => graph!.tensors[i]!.data).filter((data) => data !== undefined));
    expect(weights(hybrid)).toEqual(weights(floats));
  });
});
