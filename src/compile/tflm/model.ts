import { decode } from '../tflite/decode.js';
import { BuiltinOperator, TensorType } from '../tflite/schema.js';

/** What of a .tflite file an interpreter's memory and operators follow from. */
export interface TflmModel {
  /** Builtin names of the operators it uses, each once, sorted. */
  readonly operators: readonly string[];
  readonly steps: readonly TflmStep[];
  readonly tensors: readonly TflmTensor[];
  readonly input: number;
  readonly output: number;
}

export interface TflmStep {
  readonly operator: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface TflmTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** Whether its values are in the file. */
  readonly isConstant: boolean;
  readonly scale: number;
  readonly zeroPoint: number;
}

const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  FLOAT32: 4,
  INT32: 4,
  INT8: 1,
  UINT8: 1,
  INT16: 2,
  BOOL: 1,
  INT64: 8,
};

/**
 * Reads a .tflite file as TensorFlow Lite Micro sees it.
 *
 * @throws `BAD_FILE`
 */
export function readModel(file: Uint8Array): TflmModel {
  const { operatorCodes, subgraphs, buffers } = decode(file, 'Model');
  const subgraph = subgraphs[0]!;
  const names = operatorCodes.map(({ builtinCode, deprecatedBuiltinCode }) => {
    return BuiltinOperator[Math.max(builtinCode, deprecatedBuiltinCode)] ?? 'CUSTOM';
  });
  const steps = subgraph.operators.map(({ opcodeIndex, inputs, outputs }) => ({
    operator: names[opcodeIndex]!,
    inputs: [...inputs].filter((index) => index >= 0),
    outputs: [...outputs],
  }));
  const tensors = subgraph.tensors.map(({ name, type, shape, buffer, quantization }): TflmTensor => {
    const dtype = TensorType[type]!;
    return {
      name,
      type: dtype,
      shape: [...shape],
      bytes: [...shape].reduce((product, size) => product * size, ELEMENT_BYTES[dtype] ?? 4),
      isConstant: (buffers[buffer]?.data.length ?? 0) > 0,
      scale: quantization?.scale[0] ?? 0,
      zeroPoint: quantization?.zeroPoint[0] ?? 0,
    };
  });
  const operators = [...new Set(steps.map(({ operator }) => operator))].sort();
  return { operators, steps, tensors, input: subgraph.inputs[0]!, output: subgraph.outputs[0]! };
}
