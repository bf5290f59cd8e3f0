import type { GraphMessage, NodeMessage } from './schema.js';

/** Operators that count channels second. */
const CHANNELS_SECOND = new Set([
  'Conv',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'BatchNormalization',
  'Resize',
  'Upsample',
]);

/** Operators behind which dimensions are what they were. */
const KEEPS = new Set([
  ...['Add', 'Cast', 'Clip', 'DequantizeLinear', 'Div', 'Dropout', 'Identity', 'LeakyRelu', 'Mul', 'Pad'],
  ...['QuantizeLinear', 'Relu', 'Sub'],
]);

/**
 * The dimension of the input that counts channels: what the first operator that tells asks for, through transposes;
 * else the second of four, and the last of fewer.
 */
export function channelDimension(
  { node }: GraphMessage,
  input: string,
  rank: number,
  channels: 'first' | 'last' | undefined,
): number {
  if (channels) return channels === 'first' ? 1 : rank - 1;
  const otherwise = rank === 4 ? 1 : rank - 1;
  if (rank < 3) return otherwise;
  const readers = new Map<string, NodeMessage>();
  for (const reader of node.toReversed()) if (reader.input[0]) readers.set(reader.input[0], reader);
  let order = Array.from({ length: rank }, (_, d) => d);
  let name = input;
  for (const _ of node) {
    const reader = readers.get(name);
    const { operator = '' } = reader ?? {};
    if (CHANNELS_SECOND.has(operator)) return order[1] || otherwise;
    const perm = reader?.attribute.find((attribute) => attribute.name === 'perm')?.ints;
    if (operator === 'Transpose' && perm?.length === rank) order = perm.map((d) => order[d]!);
    else if (!KEEPS.has(operator)) return otherwise;
    name = reader!.output[0] ?? '';
  }
  return otherwise;
}
