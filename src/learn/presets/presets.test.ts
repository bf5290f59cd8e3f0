import { describe, expect, it } from 'vitest';
import { featuresSpec, imageSpec, type Spec, signalSpec, spectrogramSpec } from '../../spec.js';
import { conv2d, type Layer } from '../layers.js';
import { buildNetwork } from '../network/network.js';
import { convNet1d, convNet2d, dsCnn, mobileNetV1, presetLayers, resNet8 } from './presets.js';

/** Weights and biases of dense and convolution layers: what is left once normalisation is folded in. */
function weightsOf(layers: readonly Layer[], input: Spec, classes: number): number {
  const { graph } = buildNetwork(layers, input, classes);
  const size = (index: number): number => graph.tensors[index]!.shape.reduce((a, b) => a * b, 1);
  return graph.ops
    .filter((op) => ['dense', 'conv2d', 'depthwiseConv2d'].includes(op.kind))
    .reduce((sum, op) => sum + size(op.inputs[1]!) + size(op.inputs[2]!), 0);
}

describe('presets', () => {
  it('have the size of the MLPerf Tiny networks they are named after', () => {
    // Constant elements of the reference models, which hold a few more for reshapes.
    const keywords = weightsOf(dsCnn(), spectrogramSpec(49, 10, 0.02), 12);
    expect(keywords).toBe(22_604);
    const wakeWords = weightsOf(mobileNetV1(), imageSpec({ width: 96, height: 96, channels: 3 }), 2);
    expect(Math.abs(wakeWords - 210_852)).toBeLessThan(10);
    const pictures = weightsOf(resNet8(), imageSpec({ width: 32, height: 32, channels: 3 }), 10);
    expect(Math.abs(pictures - 77_708)).toBeLessThan(10);
  });

  it('suit every kind of input, from small to accurate', () => {
    const inputs = [
      featuresSpec(33),
      signalSpec(125, ['x', 'y', 'z'], 62.5),
      spectrogramSpec(49, 32, 0.02),
      imageSpec({ width: 48, height: 48, channels: 1 }),
    ];
    for (const input of inputs) {
      const [small, auto, accurate] = (['small', 'auto', 'accurate'] as const).map((preset) =>
        weightsOf(presetLayers(preset, input.kind), input, 6),
      );
      expect(small).toBeLessThan(auto!);
      expect(accurate).toBeGreaterThan(auto!);
    }
  });

  it('are lists that can be changed', () => {
    const input = spectrogramSpec(49, 32, 0.02);
    expect(weightsOf(dsCnn({ filters: 16, blocks: 2 }), input, 6)).toBeLessThan(3000);
    expect(weightsOf(resNet8({ filters: 4 }), input, 6)).toBeLessThan(6000);
    expect(weightsOf(mobileNetV1({ alpha: 0.1, blocks: 5 }), input, 6)).toBeLessThan(4000);
    expect(convNet2d({ filters: [8], convolutions: 2, end: 'flatten', normalise: false, dropout: 0 })).toEqual([
      conv2d(8, 3, { pool: 1, dropout: 0 }),
      conv2d(8, 3, { pool: 1, dropout: 0 }),
      { type: 'maxPool', size: 2, stride: 2, padding: 'same' },
    ]);
    expect(convNet1d({ filters: [8, 16] }).map((layer) => layer.type)).toEqual([
      ...['conv1d', 'batchNorm', 'maxPool', 'conv1d', 'batchNorm', 'globalAveragePool', 'dropout'],
    ]);
    for (const wrong of [
      () => dsCnn({ blocks: -1 }),
      () => dsCnn({ filters: 0 }),
      () => mobileNetV1({ alpha: 0 }),
      () => mobileNetV1({ blocks: 14 }),
      () => convNet2d({ convolutions: 0.5 }),
    ]) {
      expect(wrong).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
  });
});
