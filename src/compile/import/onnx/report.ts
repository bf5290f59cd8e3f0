import type { ImpulseError } from '../../../errors.js';
import { grouped, type OperatorReport, problemOf } from '../operator-list.js';
import { readable } from './problem.js';
import { type OnnxProblem, readModel } from './read.js';
import { decodeModel } from './schema.js';

/** The operators of an ONNX file. */
export function listOperators(bytes: Uint8Array): OperatorReport {
  const model = decodeModel(bytes);
  const names = (model.graph?.node ?? []).map(({ operator = '' }) => readable(operator));
  let problems: readonly OnnxProblem[] = [];
  const other: ImpulseError | undefined = problemOf(() => {
    problems = readModel(bytes).problems;
  });
  return grouped(
    'onnx',
    names,
    problems.map(({ operator, node, error }) => ({ operator, name: node, error })),
    other,
  );
}
