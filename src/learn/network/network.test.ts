import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../compile/index.js';
import { featuresSpec, type Spec, signalSpec, spectrogramSpec } from '../../spec.js';
import {
  averagePool,
  batchNorm,
  conv1d,
  conv2d,
  dense,
  depthwiseConv2d,
  dropout,
  flatten,
  globalAveragePool,
  type Layer,
  maxPool,
  residual,
} from '../layers.js';
import { presetLayers } from '../presets/presets.js';
import { buildNetwork } from './network.js';

const spectrogram = spectrogramSpec(49, 13, 0.02);

/** Operators with their output shapes, checked for consistency. */
function shapes(layers: readonly Layer[], input: Spec, classes = 4): string[] {
  const { graph } = buildNetwork(layers, input, classes);
  checkGraph(graph);
  return graph.ops.map((op) => `${op.kind} ${graph.tensors[op.output]!.shape.join('x')}`);
}

const rates = (layers: readonly Layer[]) => [...buildNetwork(layers, spectrogram, 4).dropout.values()];

describe('buildNetwork', () => {
  it('builds the published audio network from two convolutions', () => {
    const layers = [conv1d(8, 3), conv1d(16, 3)];
    expect(shapes(layers, spectrogram)).toEqual([
      'conv2d 1x49x8',
      'maxPool2d 1x25x8',
      'conv2d 1x25x16',
      'maxPool2d 1x13x16',
      'reshape 208',
      'dense 4',
      'softmax 4',
    ]);
    expect(rates(layers)).toEqual([]);
    expect(shapes(presetLayers('auto', 'spectrogram'), spectrogram)).toEqual(shapes(layers, spectrogram));
  });

  it('builds the published image network from two convolutions', () => {
    const layers = [conv2d(8, 3), conv2d(16, 3)];
    expect(shapes(layers, spectrogram)).toEqual([
      'conv2d 49x13x8',
      'maxPool2d 25x7x8',
      'conv2d 25x7x16',
      'maxPool2d 13x4x16',
      'reshape 832',
      'dense 4',
      'softmax 4',
    ]);
    expect(rates(layers)).toEqual([0.25, 0.25]);
  });

  it('leaves the preset out where the list says more, or where it is switched off', () => {
    for (const more of [maxPool(2), dropout(0.1), averagePool(2)]) {
      expect(shapes([conv2d(8, 3), more], spectrogram).filter((s) => s.includes('Pool')).length).toBeLessThanOrEqual(1);
      expect(rates([conv2d(8, 3), more]).filter((rate) => rate === 0.25)).toEqual([]);
    }
    const off = [conv2d(8, 3, { pool: 1, dropout: 0 }), conv2d(16, 3, { pool: 0, dropout: 0.3 }), dense(5)];
    expect(shapes(off, spectrogram)[1]).toBe('conv2d 49x13x16');
    expect(rates(off)).toEqual([0.3]);
    const explicit = [conv1d(8, 3, { pool: 4, dropout: 0.1 }), batchNorm()];
    expect(shapes(explicit, spectrogram).slice(0, 4)).toEqual([
      'conv2d 1x49x8',
      'batchNorm 1x49x8',
      'relu 1x49x8',
      'maxPool2d 1x13x8',
    ]);
    expect(rates(explicit)).toEqual([0.1]);
  });

  it('builds every kind of layer', () => {
    const layers = [
      conv2d(6, [10, 4], { stride: 2, activation: 'relu6' }),
      batchNorm(),
      depthwiseConv2d(3, { multiplier: 2, padding: 'valid' }),
      averagePool([2, 1], { padding: 'valid' }),
      dropout(0.2),
      flatten(),
      dense(9, { activation: 'none' }),
      batchNorm(),
    ];
    expect(shapes(layers, spectrogram)).toEqual([
      'conv2d 25x7x6',
      'batchNorm 25x7x6',
      'relu6 25x7x6',
      'depthwiseConv2d 23x5x12',
      'averagePool2d 11x5x12',
      'reshape 660',
      'dense 9',
      'batchNorm 9',
      'dense 4',
      'softmax 4',
    ]);
  });

  it('adds what went around the layers of a residual', () => {
    const bare = { activation: 'none' } as const;
    const layers = [
      conv2d(6, 3),
      batchNorm(),
      residual([conv2d(6, 3), batchNorm(), conv2d(6, 3, bare), batchNorm()]),
      residual([conv2d(9, 3, { stride: 2 })], { shortcut: [conv2d(9, 1, { stride: 2, ...bare })], ...bare }),
      globalAveragePool(),
    ];
    expect(shapes(layers, spectrogram).slice(3)).toEqual([
      'conv2d 49x13x6',
      'batchNorm 49x13x6',
      'relu 49x13x6',
      'conv2d 49x13x6',
      'batchNorm 49x13x6',
      'add 49x13x6',
      'conv2d 25x7x9',
      'conv2d 25x7x9',
      'add 25x7x9',
      'mean 9',
      'dense 4',
      'softmax 4',
    ]);
    const { graph } = buildNetwork(layers, spectrogram, 4);
    const [first, second] = graph.ops.filter((op) => op.kind === 'add');
    const [before, projection] = [graph.ops[2]!, graph.ops[10]!];
    expect(first).toMatchObject({ inputs: [graph.ops[7]!.output, before.output], attributes: { activation: 'relu' } });
    expect(second).toMatchObject({ inputs: [graph.ops[9]!.output, projection.output], attributes: bare });
    expect(projection.inputs[0]).toBe(first!.output);
  });

  it('pools over time, and keeps the preset out of a residual', () => {
    const layers = [conv1d(8, 3), residual([conv1d(8, 3), conv1d(8, 3, { pool: 2 })], { shortcut: [maxPool(2)] })];
    expect(shapes([...layers, globalAveragePool()], spectrogram)).toEqual([
      'conv2d 1x49x8',
      'conv2d 1x49x8',
      'conv2d 1x49x8',
      'maxPool2d 1x25x8',
      'maxPool2d 1x25x8',
      'add 1x25x8',
      'mean 8',
      'dense 4',
      'softmax 4',
    ]);
  });

  it('takes signals as sequences of their axes and features as vectors', () => {
    expect(shapes([conv1d(8, 3)], signalSpec(50, ['x', 'y', 'z'], 50))[0]).toBe('conv2d 1x50x8');
    expect(shapes([conv1d(8, 5, { dilation: 3, padding: 'valid' })], signalSpec(50, ['x'], 50))[0]).toBe(
      'conv2d 1x38x8',
    );
    expect(shapes(presetLayers('auto', 'features'), featuresSpec(33))).toEqual([
      'dense 20',
      'dense 10',
      'dense 4',
      'softmax 4',
    ]);
    expect(shapes([dense(5)], spectrogram)[0]).toBe('reshape 637');
    expect(shapes([], featuresSpec(3))).toEqual(['dense 4', 'softmax 4']);
  });

  it.each<[string, readonly Layer[], Spec, string]>([
    ['a convolution of flat features', [conv1d(8, 3)], featuresSpec(33), 'conv1d_0'],
    ['a pooling of flat features', [dense(3), maxPool(2)], featuresSpec(33), 'maxPool_1'],
    ['ways of different shapes', [conv2d(8, 3), residual([conv2d(9, 3)])], spectrogram, 'residual_1'],
    ['a mean of flat features', [dense(8), globalAveragePool()], featuresSpec(33), 'globalAveragePool_1'],
    ['a sequence layer in an image', [conv2d(8, 3), conv1d(8, 3)], spectrogram, 'conv1d_2'],
    ['a window larger than its input', [conv1d(8, 50, { padding: 'valid' })], spectrogram, 'conv1d_0'],
  ])('refuses %s', (_, layers, input, where) => {
    const mismatch = expect.objectContaining({ code: 'SHAPE_MISMATCH', where });
    expect(() => buildNetwork(layers, input, 4)).toThrow(mismatch);
  });

  it('refuses misplaced normalisation and oversized networks', () => {
    for (const layers of [[batchNorm()], [dense(3), dropout(0.5), batchNorm()], [dense(3), batchNorm(), batchNorm()]]) {
      expect(() => buildNetwork(layers, featuresSpec(9), 4)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
    for (const body of [
      [batchNorm(), dense(9)],
      [dropout(0.5), dense(9)],
    ]) {
      const layers = [dense(9), residual(body)];
      expect(() => buildNetwork(layers, featuresSpec(9), 4)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
    const [unweighted, after] = [[residual([dense(9)])], [dense(9), residual([dense(9)]), batchNorm()]];
    for (const layers of [unweighted, after]) {
      expect(() => buildNetwork(layers, featuresSpec(9), 4)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
    const huge = [dense(60_000), dense(60_000)];
    expect(() => buildNetwork(huge, featuresSpec(9), 4)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
