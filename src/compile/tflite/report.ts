import { ImpulseError } from '../../errors.js';
import { grouped, type Listed, type OperatorReport, problemOf } from '../import/operator-list.js';
import { adviceFor } from './advice.js';
import { decode } from './decode.js';
import { READERS } from './operators.js';
import { namesOf, readTflite } from './read.js';

/** The operators of a .tflite file. */
export function listOperators(bytes: Uint8Array): OperatorReport {
  const operators = namesOf(decode(bytes, 'Model'));
  const problems = operators.flatMap(({ name, layer }): Listed[] => {
    if (Object.hasOwn(READERS, name)) return [];
    const problem = { where: layer, got: `operator ${name}`, expected: 'a known operator', fix: adviceFor(name) };
    return [{ operator: name, name: layer, error: new ImpulseError({ code: 'UNSUPPORTED', ...problem }) }];
  });
  // Reading stops at the first of them; another one shows when all operators are known.
  const other = problems.length === 0 ? problemOf(() => readTflite(bytes)) : undefined;
  return grouped(
    'tflite',
    operators.map(({ name }) => name),
    problems,
    other,
  );
}
