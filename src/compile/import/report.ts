import { type OperatorReport, printable } from './operator-list.js';

export type { OperatorReport, ReportedOperator } from './operator-list.js';

/**
 * Lists every operator of a model file, and the nodes that the compiler cannot read, with what would work instead: all of
 * them at once, where reading stops at the first file it cannot finish.
 *
 * @throws `BAD_FILE` when the bytes are neither a .tflite nor an ONNX file
 * @example
 * ```ts
 * console.log(await operatorReport(await readFile('kws.onnx')));
 * ```
 */
export async function operatorReport(bytes: Uint8Array): Promise<OperatorReport> {
  const listed = await (isTflite(bytes) ? import('../tflite/report.js') : import('./onnx/report.js'));
  return printable(listed.listOperators(bytes));
}

/** Whether a file says that it is a TensorFlow Lite model. */
export function isTflite(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(4, 8)) === 'TFL3';
}
