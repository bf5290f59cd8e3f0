import { ImpulseError } from '../../errors.js';

/** One kind of operator of a file. */
export interface ReportedOperator {
  /** Name in the file's format. */
  readonly operator: string;
  /** How often the network has it. */
  readonly count: number;
  /** Nodes (ONNX) or output tensors (.tflite) that cannot be read, with the reason; empty when all can. */
  readonly unsupported: readonly { readonly name: string; readonly got: string; readonly fix: string }[];
}

/** What a file has and what of it can be read. Prints as a table; otherwise plain data. */
export interface OperatorReport {
  readonly format: 'onnx' | 'tflite';
  /** Whether the network can be read. */
  readonly supported: boolean;
  /** By name. */
  readonly operators: readonly ReportedOperator[];
  /** What stands in the way besides operators, such as a second input; absent when nothing does. */
  readonly problem?: string;
}

/** One problem of a report by operator. */
export interface Listed {
  readonly operator: string;
  readonly name: string;
  readonly error: ImpulseError;
}

/** Groups problems by operator. */
export function grouped(
  format: OperatorReport['format'],
  operators: readonly string[],
  problems: readonly Listed[],
  other?: ImpulseError,
): OperatorReport {
  const names = [...new Set(operators)].sort();
  return {
    format,
    supported: problems.length === 0 && !other,
    operators: names.map((operator) => ({
      operator,
      count: operators.filter((name) => name === operator).length,
      unsupported: problems
        .filter((problem) => problem.operator === operator)
        .map(({ name, error: { got, fix } }) => ({ name, got, fix })),
    })),
    ...(other && { problem: other.message }),
  };
}

/** The error of a call when it is one of the file's contents; others go on. */
export function problemOf(run: () => unknown): ImpulseError | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ImpulseError && error.code !== 'BAD_FILE') return error;
    throw error;
  }
  return undefined;
}

const SHOWN = 8;

/** A report that prints as a table. */
export function printable(report: OperatorReport): OperatorReport {
  // Not enumerable, so that copies, comparisons and JSON see the fields alone.
  return Object.defineProperty({ ...report }, Symbol.for('nodejs.util.inspect.custom'), { value: () => table(report) });
}

function table({ format, supported, operators, problem }: OperatorReport): string {
  const width = Math.max(...operators.map(({ operator }) => operator.length), 8);
  const lines = operators.flatMap(({ operator, count, unsupported }) => {
    const verdict = unsupported.length === 0 ? 'yes' : `${unsupported.length} not`;
    const reasons = unsupported.slice(0, SHOWN).map(({ name, got, fix }) => `    ${name}: ${got}. ${fix}`);
    const more = unsupported.length > SHOWN ? [`    and ${unsupported.length - SHOWN} more`] : [];
    return [`  ${operator.padEnd(width)}  ${String(count).padStart(5)}  ${verdict}`, ...reasons, ...more];
  });
  const head = `${format === 'onnx' ? 'ONNX' : 'TensorFlow Lite'}: ${supported ? 'every operator can be read' : 'cannot be read'}`;
  return [head, ...lines, ...(problem === undefined ? [] : [`  ${problem}`])].join('\n');
}
