import type { Node } from '../../op.js';
import { addProducts, eachStep, gateOf, sequenceOf } from '../common/sequence.js';
import { gateAt, gateRows, gatesInt8, storedShare, tanhAt } from '../common/stored-gates.js';

/** Input gate, forget gate, candidate, output gate. */
export const GATES = 4;
export const PARTS = [[0, GATES]] as const;

export function prepareF32(node: Node, [x, weights, bias, back]: Float32Array[], y: Float32Array): () => void {
  const sequence = sequenceOf(node, GATES);
  const { inputs, units } = sequence;
  const gate = gateOf(node);
  const gates = new Float64Array(GATES * units);
  const cells = new Float64Array(units);
  const step = (from: number, at: number, before: number): void => {
    gates.set(bias!);
    addProducts({ weights: weights!, depth: inputs }, x!, from, gates);
    if (before >= 0) addProducts({ weights: back!, depth: units }, y, before, gates);
    for (let u = 0; u < units; u++) {
      const added = gate(gates[u]!) * Math.tanh(gates[2 * units + u]!);
      cells[u] = gate(gates[units + u]!) * cells[u]! + added;
      y[at + u] = gate(gates[3 * units + u]!) * Math.tanh(cells[u]!);
    }
  };
  return () => {
    cells.fill(0);
    eachStep(node, sequence, step);
  };
}

export function prepareInt8(node: Node, [x]: Int8Array[], y: Int8Array): () => void {
  const sequence = sequenceOf(node, GATES);
  const { units } = sequence;
  const rows = gateRows(node, GATES, PARTS[0]);
  const gate = gateAt(node);
  const gates = new Int16Array(GATES * units);
  const cells = new Int32Array(units);
  const state = new Int8Array(units);
  const step = (from: number, at: number): void => {
    gatesInt8(rows, x!, from, state, gates);
    for (let u = 0; u < units; u++) {
      const kept = (gate(gates[units + u]!) * cells[u]! + 16384) >> 15;
      const added = (gate(gates[u]!) * tanhAt(gates[2 * units + u]!) + 131072) >> 18;
      cells[u] = Math.max(-65535, Math.min(65535, kept + added));
      state[u] = storedShare(gate(gates[3 * units + u]!) * tanhAt(cells[u]!), 30);
    }
    y.set(state, at);
  };
  return () => {
    cells.fill(0);
    state.fill(0);
    eachStep(node, sequence, step);
  };
}
