import type { Node } from '../../op.js';
import {
  addProducts,
  eachStep,
  gateAt,
  gateOf,
  gateRows,
  gatesInt8,
  sequenceOf,
  storedShare,
  tanhAt,
} from '../common/recurrent.js';

/** Update gate, reset gate, candidate. */
export const GATES = 3;
/** The candidate comes after the gates: it sees what the reset gate leaves of the state. */
export const PARTS = [
  [0, 2],
  [2, 3],
] as const;

export function prepareF32(node: Node, [x, weights, bias, back]: Float32Array[], y: Float32Array): () => void {
  const sequence = sequenceOf(node, GATES);
  const { inputs, units } = sequence;
  const gate = gateOf(node);
  const gates = new Float64Array(GATES * units);
  const left = new Float64Array(units);
  const matrix = { weights: back!, depth: units };
  const step = (from: number, at: number, before: number): void => {
    gates.set(bias!);
    addProducts({ weights: weights!, depth: inputs }, x!, from, gates);
    if (before >= 0) {
      addProducts(matrix, y, before, gates, [0, 2 * units]);
      for (let u = 0; u < units; u++) left[u] = gate(gates[units + u]!) * y[before + u]!;
      addProducts(matrix, left, 0, gates, [2 * units, 3 * units]);
    }
    for (let u = 0; u < units; u++) {
      const update = gate(gates[u]!);
      const kept = before >= 0 ? update * y[before + u]! : 0;
      y[at + u] = kept + (1 - update) * Math.tanh(gates[2 * units + u]!);
    }
  };
  return () => eachStep(node, sequence, step);
}

export function prepareInt8(node: Node, [x]: Int8Array[], y: Int8Array): () => void {
  const sequence = sequenceOf(node, GATES);
  const { units } = sequence;
  const [rows, candidate] = [gateRows(node, GATES, PARTS[0]), gateRows(node, GATES, PARTS[1])];
  const gate = gateAt(node);
  const gates = new Int16Array(GATES * units);
  const candidates = gates.subarray(2 * units);
  const state = new Int16Array(units);
  const stored = new Int8Array(units);
  const step = (from: number, at: number): void => {
    gatesInt8(rows, x!, from, stored, gates);
    for (let u = 0; u < units; u++) stored[u] = storedShare(gate(gates[units + u]!) * state[u]!, 30);
    gatesInt8(candidate, x!, from, stored, candidates);
    for (let u = 0; u < units; u++) {
      const update = gate(gates[u]!);
      const added = (32768 - update) * tanhAt(candidates[u]!);
      state[u] = (update * state[u]! + added + 16384) >> 15;
      stored[u] = storedShare(state[u]!, 15);
    }
    y.set(stored, at);
  };
  return () => {
    state.fill(0);
    stored.fill(0);
    eachStep(node, sequence, step);
  };
}
