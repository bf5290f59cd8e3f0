/** The networks that the bench measures, each with inputs and the outputs that must come out. */
import { existsSync, readFileSync } from 'node:fs';
import { quantizationOf, quantizeValues } from '../../src/compile/arithmetic/quantization.js';
import type { Graph } from '../../src/compile/graph.js';
import { interpret } from '../../src/compile/interpret/interpreter.js';
import { elements } from '../../src/compile/op.js';
import { readTflite } from '../../src/compile/tflite/read.js';
import { macsOf, type Row, rowsOf } from './measure.js';
import { madeUpInt8, madeUpRows, NETWORKS } from './networks.js';

export type Dtype = 'int8' | 'f32';

export interface ModelCase {
  readonly model: string;
  readonly dtype: Dtype;
  readonly graph: Graph;
  readonly inputs: readonly Row[];
  readonly expected: readonly Row[];
}

const folder = new URL('../../../shared/reference/models/', import.meta.url).pathname;

/** Whether the reference models of MLPerf Tiny are there; without them, the same architectures have made-up weights. */
export const HAS_REFERENCE = existsSync(folder);

const FILES: Readonly<Record<string, Partial<Record<Dtype, string>>>> = {
  kws: { int8: 'kws_int8', f32: 'kws_f32dq' },
  ic: { int8: 'ic_int8', f32: 'ic_f32' },
  vww: { int8: 'vww_int8', f32: 'vww_f32' },
  ad: { int8: 'ad_int8', f32: 'ad_f32' },
  strww: { int8: 'strww_int8' },
  iclarge: { int8: 'iclarge_int8' },
};

export const MODELS: readonly string[] = Object.keys(HAS_REFERENCE ? FILES : NETWORKS);

/** Multiply-accumulates that the inputs of one model may cost, unless their number is asked for. */
const MAC_BUDGET = 250e6;

/**
 * A model with its inputs; by default as many as there are, fewer for large models.
 *
 * @returns nothing when there is no such model
 */
export function modelCase(model: string, dtype: Dtype, count?: number): ModelCase | undefined {
  return HAS_REFERENCE ? referenceCase(model, dtype, count) : ownCase(model, dtype, count);
}

function countFor(graph: Graph, asked: number | undefined): number {
  return asked ?? Math.max(1, Math.floor(MAC_BUDGET / macsOf(graph)));
}

function referenceCase(model: string, dtype: Dtype, asked: number | undefined): ModelCase | undefined {
  const file = FILES[model]?.[dtype];
  if (!file) return undefined;
  const graph = readTflite(readFileSync(`${folder}${file}.tflite`));
  const count = countFor(graph, asked);
  const rows = (end: 'input' | 'output'): Row[] => {
    const bytes = readFileSync(`${folder}${file}/${end}s.bin`);
    return rowsOf(bytes, dtype, elements(graph.tensors[graph[end]]!.shape)).slice(0, count);
  };
  return { model, dtype, graph, inputs: rows('input'), expected: rows('output') };
}

function ownCase(model: string, dtype: Dtype, asked: number | undefined): ModelCase | undefined {
  const float = NETWORKS[model]?.();
  if (!float) return undefined;
  const graph = dtype === 'f32' ? float : madeUpInt8(float);
  const rows = madeUpRows(float, Math.min(8, countFor(graph, asked)));
  const inputs = dtype === 'f32' ? rows : rows.map((row) => stored(graph, row));
  return {
    model,
    dtype,
    graph,
    inputs,
    expected: inputs.map((row) => interpret(graph, row, { engine: 'typescript' }) as Row),
  };
}

function stored(graph: Graph, row: Float32Array): Int8Array {
  const { scale, zeroPoint } = quantizationOf(graph.tensors[graph.input]!);
  const values = new Int8Array(row.length);
  quantizeValues(row, values, scale, zeroPoint);
  return values;
}

/** Largest difference between outputs and what was expected, relative to the largest value of a row above 1. */
export function differenceOf(outputs: readonly Row[], expected: readonly Row[]): number {
  const rows = expected.map((row, i) => {
    const values = [...row];
    const away = values.map((value, j) => Math.abs(value - outputs[i]![j]!));
    return Math.max(...away) / Math.max(1, ...values.map(Math.abs));
  });
  return Math.max(...rows);
}

/** int8 must agree bit for bit, float32 within this; builds of the oracle differ from each other by up to 1.5e-7. */
export const TOLERANCE: Readonly<Record<Dtype, number>> = { int8: 0, f32: 1e-5 };
