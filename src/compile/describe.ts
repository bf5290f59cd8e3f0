import { checkGraph, definitionOf, nodeOf } from './check.js';
import type { Graph } from './graph.js';
import { bytesOf } from './op.js';
import { plan } from './plan.js';

/**
 * A network as a table: one line per operator with its output, multiply-accumulates, bytes of weights and bytes of
 * output, and the totals.
 *
 * @throws what {@link checkGraph} throws
 */
export function describe(graph: Graph): string {
  checkGraph(graph);
  const lines = graph.ops.map((op) => {
    const node = nodeOf(graph, op);
    const { activation = 'none' } = op.attributes;
    const constants = node.inputs.filter((tensor) => tensor.data);
    return {
      name: op.name,
      kind: activation === 'none' ? op.kind : `${op.kind} + ${activation}`,
      output: `${node.output.dtype}[${node.output.shape.join(', ')}]`,
      macs: definitionOf(op).macs?.(node) ?? 0,
      weights: constants.reduce((sum, tensor) => sum + bytesOf(tensor), 0),
      bytes: definitionOf(op).alias ? 0 : bytesOf(node.output),
    };
  });
  const total = (key: 'macs' | 'weights'): number => lines.reduce((sum, line) => sum + line[key], 0);
  return columns([
    ['layer', 'operator', 'output', 'MACs', 'weight bytes', 'output bytes'],
    ...lines.map((l) => [l.name, l.kind, l.output, String(l.macs), String(l.weights), String(l.bytes)]),
    ['total', '', '', String(total('macs')), String(total('weights')), `arena ${plan(graph).arenaBytes}`],
  ]);
}

/** Lines of cells, padded; the first three columns to the left, numbers to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  const cell = (text: string, c: number): string => (c < 3 ? text.padEnd(widths[c]!) : text.padStart(widths[c]!));
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
