import type { Tensor } from '../graph.js';
import { channelOf } from '../op.js';

/** int8 weights with one scale per channel along dimension `axis`, and their int32 bias. */
export function quantizeWeights(inputScale: number, weights: Tensor, bias: Tensor, axis: number): [Tensor, Tensor] {
  const channel = channelOf(weights.shape, axis);
  const largest = new Float64Array(weights.shape[axis]!);
  weights.data!.forEach((w, i) => {
    largest[channel(i)] = Math.max(largest[channel(i)]!, Math.abs(w));
  });
  // A bias must fit into 31 bits of the accumulator: small weights take a coarser scale.
  const scales = Float32Array.from(largest, (l, c) => {
    return Math.max(l / 127, Math.abs(bias.data![c]!) / (inputScale * 2 ** 30)) || 1;
  });
  const stored = Int8Array.from(weights.data!, (w, i) => roundHalfAway(w / scales[channel(i)]!));
  const storedBias = Int32Array.from(bias.data!, (b, c) => roundHalfAway(b / (inputScale * scales[c]!)));
  const biasScales = scales.map((scale) => scale * inputScale);
  return [
    { ...weights, dtype: 'int8', data: stored, quantization: { scales, zeroPoint: 0, axis } },
    { ...bias, dtype: 'int32', data: storedBias, quantization: { scales: biasScales, zeroPoint: 0, axis: 0 } },
  ];
}

function roundHalfAway(x: number): number {
  return x < 0 ? -Math.round(-x) : Math.round(x);
}
