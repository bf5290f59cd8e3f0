import type { Node } from '../../op.js';
import { addProducts, eachStep, gateOf, sequenceOf } from '../common/sequence.js';
import { gateAt, gateRows, gatesInt8, gateWithin, storedShare, tanhAt } from '../common/stored-gates.js';

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
  const fed = new Float64Array(GATES * units);
  const matrix = { weights: back!, depth: units };
  const rows = [2 * units, 3 * units] as const;
  const { resetAfter } = node.attributes;
  const step = (from: number, at: number, before: number): void => {
    gates.set(bias!.subarray(0, GATES * units));
    addProducts({ weights: weights!, depth: inputs }, x!, from, gates);
    if (before >= 0) addProducts(matrix, y, before, gates, [0, 2 * units]);
    if (resetAfter) {
      fed.set(bias!.subarray(GATES * units), 2 * units);
      if (before >= 0) addProducts(matrix, y, before, fed, rows);
      for (let c = 2 * units; c < 3 * units; c++) gates[c]! += gate(gates[c - units]!) * fed[c]!;
    } else if (before >= 0) {
      for (let u = 0; u < units; u++) left[u] = gate(gates[units + u]!) * y[before + u]!;
      addProducts(matrix, left, 0, gates, rows);
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
  const fed = node.attributes.resetAfter && new Int16Array(units);
  const step = (from: number, at: number): void => {
    gatesInt8(rows, x!, from, stored, gates);
    if (fed) {
      gatesInt8(candidate, x!, from, stored, candidates, fed);
      for (let u = 0; u < units; u++) {
        candidates[u] = gateWithin(candidates[u]! + ((gate(gates[units + u]!) * fed[u]! + 16384) >> 15));
      }
    } else {
      for (let u = 0; u < units; u++) stored[u] = storedShare(gate(gates[units + u]!) * state[u]!, 30);
      gatesInt8(candidate, x!, from, stored, candidates);
    }
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
