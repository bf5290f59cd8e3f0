import { expect, it, describe as suite } from 'vitest';
import { ImpulseError } from '../../errors.js';
import { random } from '../../random.js';
import { dequantizeValues, quantizationOf, quantizeValues } from '../arithmetic/quantization.js';
import { interpret, interpreter } from '../interpret/interpreter.js';
import { optimize } from '../optimize/optimize.js';
import { Builder, noise, randomGraph, randomRows } from '../testing/random-graph.js';
import { type CalibrationMethod, calibrate, quantize, type Ranges } from './quantize.js';
import { quantizationReport } from './report.js';

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ImpulseError) return error.code;
    throw error;
  }
  return 'no error';
}

suite('calibrate', () => {
  it('finds the range of every activation', () => {
    const b = new Builder([2]);
    const dense = b.op('dense', [
      0,
      b.constant([1, 2], new Float32Array([1, -2])),
      b.constant([1], new Float32Array([0.5])),
    ]);
    const graph = b.graph(dense);
    const ranges = calibrate(graph, [new Float32Array([1, 0]), new Float32Array([-3, 4])], { method: 'minmax' });
    expect(ranges[0]).toEqual({ min: -3, max: 4 });
    expect(ranges[dense]).toEqual({ min: -10.5, max: 1.5 });
    expect(ranges[1]).toBeUndefined();
  });

  it('refuses no rows, rows of another size, values that are not finite, and stops', () => {
    const graph = optimize(randomGraph(1));
    const [row] = randomRows(graph, 1);
    expect(code(() => calibrate(graph, []))).toBe('NO_DATA');
    expect(code(() => calibrate(graph, [new Float32Array(1)]))).toBe('SHAPE_MISMATCH');
    expect(code(() => calibrate(graph, [row!.map(() => Number.NaN)]))).toBe('BAD_DATA');
    expect(code(() => calibrate(graph, [row!], { signal: AbortSignal.abort() }))).toBe('ABORTED');
  });
});

suite('calibration methods', () => {
  /** A network that passes its input on, so that ranges are those of the rows. */
  const b = new Builder([1000]);
  const graph = b.graph(b.op('relu', [0]));
  const range = (method: CalibrationMethod, row: Float32Array) => calibrate(graph, [row], { method })[0]!;

  /** Mean squared error of storing values with a range. */
  function storageError(row: Float32Array, ranges: Ranges): number {
    const { scale, zeroPoint } = quantizationOf(quantize(graph, ranges).tensors[0]!);
    const stored = new Int8Array(row.length);
    const real = new Float32Array(row.length);
    quantizeValues(row, stored, scale, zeroPoint);
    dequantizeValues(stored, real, scale, zeroPoint);
    return real.reduce((sum, x, i) => sum + (x - row[i]!) ** 2, 0) / row.length;
  }

  it('keep everything, leave out the outermost, or lose the least', () => {
    const source = random(4);
    const many = Float32Array.from({ length: 1000 * 40 }, () => source.uniform() - 0.25);
    many[7] = 60;
    const rows = Array.from({ length: 40 }, (_, i) => many.subarray(1000 * i, 1000 * (i + 1)));
    const ranges = (method: CalibrationMethod) => calibrate(graph, rows, { method });
    expect(ranges('minmax')[0]!.max).toBe(60);
    const { min, max } = ranges('percentile')[0]!;
    expect(min).toBeCloseTo(-0.25, 1);
    expect(max).toBeLessThan(0.8);
    // One value in 40000 at 60 is worth its coarser scale to the mean squared error.
    expect(ranges('mse')[0]!.max).toBeGreaterThan(50);
    const errors = (['minmax', 'percentile', 'mse'] as const).map((method) => storageError(many, ranges(method)));
    expect(errors[2]).toBeLessThanOrEqual(1.02 * Math.min(errors[0]!, errors[1]!));
    expect(errors[1]).toBeGreaterThan(2 * errors[2]!);
  });

  it('find the least error that any range has, for one-sided and two-sided values', () => {
    const source = random(8);
    for (const shift of [0, 1, -1]) {
      const row = Float32Array.from({ length: 1000 }, () => {
        const bell = source.uniform() + source.uniform() + source.uniform() - 1.5;
        return shift === 0 ? bell ** 3 : shift * Math.max(0, bell) ** 2;
      });
      const { min: lowest, max: highest } = range('minmax', row);
      const least = Math.min(
        ...Array.from({ length: 400 }, (_, i) => {
          const [low, high] = [lowest * (1 - (i % 20) / 20), highest * (1 - Math.floor(i / 20) / 20)];
          return storageError(row, [
            { min: low, max: high },
            { min: 0, max: 1 },
          ]);
        }),
      );
      expect(storageError(row, [range('mse', row), { min: 0, max: 1 }])).toBeLessThan(1.1 * least);
    }
  });

  it('survive values that are all the same', () => {
    for (const method of ['minmax', 'percentile', 'mse'] as const) {
      expect(range(method, new Float32Array(1000))).toEqual({ min: 0, max: 0 });
      const { min, max } = range(method, new Float32Array(1000).fill(3));
      expect(min).toBeLessThanOrEqual(3);
      expect(max).toBeCloseTo(3, 1);
    }
  });
});

suite('quantizationReport', () => {
  const b = new Builder([2]);
  const first = b.op('dense', [
    0,
    b.constant([2, 2], Float32Array.of(1, 0, 0, 1)),
    b.constant([2], new Float32Array(2)),
  ]);
  const second = b.op('dense', [
    first,
    b.constant([1, 2], Float32Array.of(1, -1)),
    b.constant([1], new Float32Array(1)),
  ]);
  const graph = b.graph(second);
  const rows = randomRows(graph, 50);

  it('measures the error of every layer, and names the one that loses most', () => {
    const ranges = calibrate(graph, rows);
    const report = quantizationReport(graph, quantize(graph, ranges), rows);
    expect(report.layers.map(({ name }) => name)).toEqual(graph.ops.map((op) => op.name));
    // Uniform values over 4 in 256 steps: a step of 1/64 gives an error of 1/64^2/12, against a signal of 4/3.
    for (const layer of report.layers) {
      expect(layer.snrDb).toBeGreaterThan(38);
      expect(layer.snrDb).toBeLessThan(60);
      expect(layer.meanError).toBeLessThan(layer.worstError);
    }
    const coarse = ranges.with(second, { min: -100, max: 100 });
    const worse = quantizationReport(graph, quantize(graph, coarse), rows);
    expect(worse.worst!.name).toBe(graph.ops[1]!.name);
    expect(worse.worst!.worstError).toBeCloseTo(100 / 255, 1);
    expect(worse.text).toContain(`${worse.worst!.name} loses most`);
    expect(worse.text.split('\n').length).toBe(graph.ops.length + 2);
  });

  it('finds no error between a network and itself, and stops', () => {
    const { layers } = quantizationReport(graph, graph, rows);
    expect(layers.map(({ snrDb, worstError }) => [snrDb, worstError])).toEqual(
      graph.ops.map(() => [Number.POSITIVE_INFINITY, 0]),
    );
    expect(code(() => quantizationReport(graph, graph, rows, { signal: AbortSignal.abort() }))).toBe('ABORTED');
  });
});

suite('quantize', () => {
  it('follows the rules of TensorFlow Lite for scales and zero points', () => {
    const b = new Builder([1, 4, 2]);
    const weights = b.constant([2, 1, 1, 2], new Float32Array([0.5, -1, 0.25, 0.125]));
    const conv = b.op('conv2d', [0, weights, b.constant([2], new Float32Array([1, -1]))], { activation: 'relu' });
    const pool = b.op('maxPool2d', [conv], { pool: [1, 2], strides: [1, 2] });
    const graph = b.graph(b.op('softmax', [b.op('reshape', [pool], {}, [4])]));
    const ranges = graph.tensors.map((_, i) => (i === 0 ? { min: -1, max: 3 } : { min: 0, max: 2 }));
    const int8 = quantize(graph, ranges);
    const quantizations = int8.ops.map((op) => quantizationOf(int8.tensors[op.output]!));
    const f = Math.fround;
    // -128 + 1 / (4 / 255) = -64.25
    expect(quantizationOf(int8.tensors[int8.input]!)).toEqual({ scale: f(4 / 255), zeroPoint: -64 });
    expect(quantizations.slice(0, 3)).toEqual(Array(3).fill({ scale: f(2 / 255), zeroPoint: -128 }));
    expect(quantizations[3]).toEqual({ scale: 1 / 256, zeroPoint: -128 });
    const [w, bias] = int8.ops[0]!.inputs.slice(1).map((i) => int8.tensors[i]!);
    expect([...w!.data!]).toEqual([64, -127, 127, 64]);
    expect([...w!.quantization!.scales]).toEqual([f(1 / 127), f(0.25 / 127)]);
    expect([...bias!.data!]).toEqual([
      Math.round(1 / (f(4 / 255) * f(1 / 127))),
      -Math.round(1 / (f(4 / 255) * f(0.25 / 127))),
    ]);
    expect(bias!.dtype).toBe('int32');
  });

  it('keeps a large bias on tiny or zero weights within int32', () => {
    const b = new Builder([3]);
    const weights = b.constant([2, 3], new Float32Array([1e-12, 0, 0, 0, 0, 0]));
    const graph = b.graph(b.op('dense', [0, weights, b.constant([2], new Float32Array([4, -3]))]));
    const rows = randomRows(graph, 4);
    const scores = interpreter(quantize(graph, calibrate(graph, rows)))(rows[0]!);
    expect(scores[0]).toBeCloseTo(4, 1);
    expect(scores[1]).toBeCloseTo(-3, 1);
  });

  it('survives activations that are always zero', () => {
    const b = new Builder([3]);
    const zero = b.op('dense', [0, b.constant([2, 3], new Float32Array(6)), b.constant([2], new Float32Array(2))]);
    const graph = b.graph(b.op('softmax', [zero]));
    const rows = randomRows(graph, 2);
    expect([...interpreter(quantize(graph, calibrate(graph, rows)))(rows[0]!)]).toEqual([0.5, 0.5]);
  });

  it('stays close to the float network', () => {
    let worst = 0;
    let sum = 0;
    let count = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const graph = optimize(randomGraph(seed, 4));
      if (graph.ops.at(-1)!.kind !== 'softmax') continue;
      const rows = randomRows(graph, 20, seed);
      const int8 = interpreter(quantize(graph, calibrate(graph, rows)));
      const float = interpreter(graph);
      for (const row of rows) {
        const expected = float(row);
        int8(row).forEach((score, i) => {
          const error = Math.abs(score - expected[i]!);
          worst = Math.max(worst, error);
          sum += error;
          count++;
        });
      }
    }
    expect(sum / count).toBeLessThan(0.01);
    expect(worst).toBeLessThan(0.15);
  });

  it('quantises the input with halves away from zero, and stores what it is given as int8', () => {
    const b = new Builder([7]);
    const graph = b.graph(b.op('reshape', [0], {}, [1, 1, 7]));
    const int8 = quantize(graph, [
      { min: -128, max: 127 },
      { min: 0, max: 0 },
    ]);
    expect(quantizationOf(int8.tensors[0]!)).toEqual({ scale: 1, zeroPoint: 0 });
    const row = new Float32Array([0.5, -0.5, 1.5, 0.49999997, 1e30, -1e30, Number.NaN]);
    expect([...interpret(int8, row)]).toEqual([1, -1, 2, 0, 127, -128, -128]);
    expect([...interpret(int8, Int8Array.of(1, 2, 3, 4, 5, 6, 7))]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('refuses tensors without a range, operators without an int8 form and inputs of another size', () => {
    const graph = optimize(randomGraph(2));
    expect(code(() => quantize(graph, []))).toBe('BAD_OPTION');
    const b = new Builder([4]);
    const normalised = b.op('batchNorm', [0, ...Array.from({ length: 4 }, () => b.constant([4], noise(random(1), 4)))]);
    expect(code(() => quantize(b.graph(normalised), Array(9).fill({ min: 0, max: 1 })))).toBe('UNSUPPORTED');
    expect(code(() => interpreter(b.graph(normalised)))).toBe('UNSUPPORTED');
    expect(code(() => interpreter(graph)(new Float32Array(1)))).toBe('SHAPE_MISMATCH');
  });
});
