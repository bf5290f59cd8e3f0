import { fail } from '../../errors.js';
import type { Tensor } from '../graph.js';

export { dequantizeValues, quantizeValues } from '../../stored.js';

/** Scale and zero point of a tensor that has one of each. */
export function quantizationOf(tensor: Tensor): { readonly scale: number; readonly zeroPoint: number } {
  const { quantization } = tensor;
  if (quantization?.scales.length === 1) return { scale: quantization.scales[0]!, zeroPoint: quantization.zeroPoint };
  return fail({
    code: 'BAD_OPTION',
    where: `network.${tensor.name}`,
    got: quantization ? `${quantization.scales.length} scales` : 'no scale',
    expected: 'one scale and zero point',
    fix: 'Give every int8 activation a quantisation.',
  });
}
