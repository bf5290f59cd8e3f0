import { show } from '../../errors.js';
import { checkGraph } from '../check.js';
import type { Graph } from '../graph.js';
import { adviceFor } from './advice.js';
import { Call } from './call.js';
import { decode } from './decode.js';
import { Importer } from './importer.js';
import { READERS, type Reader } from './operators.js';
import { damaged, unsupported } from './problem.js';
import { BuiltinOperator, type Model, type Operator } from './schema.js';

const IDENTIFIER = 'TFL3';

/** More operators than any network for a microcontroller has. */
const MAX_OPERATORS = 10_000;

/**
 * Reads a TensorFlow Lite model as a graph of the compiler.
 *
 * The first subgraph, with one input, one output and a batch of 1 (a dynamic batch counts as 1): float32, int8 with
 * int32 bias, hybrid (int8 weights of float32 layers are multiplied out) or float16 weights. Shapes lose the batch:
 * `[1, H, W, C]` becomes `[H, W, C]`, `[1, n]` becomes `[n]`, `[1, T, C]` stays. Tensors keep their names. Operators
 * that the output does not need are left out.
 *
 * Source: tensorflow/compiler/mlir/lite/schema/schema.fbs (version 3c). Files may come from anywhere: whatever is in
 * them, the result is a checked graph or an error.
 *
 * @throws `BAD_FILE` when the file is damaged or contradicts itself; `UNSUPPORTED` naming operator and layer, with what
 * would work instead; `SHAPE_MISMATCH`, `BAD_OPTION` when an operator's tensors do not meet
 * @example
 * ```ts
 * const network = readTflite(new Uint8Array(await readFile('kws.tflite')));
 * const scores = interpret(network, input);
 * ```
 */
export function readTflite(bytes: Uint8Array): Graph {
  const identifier = String.fromCharCode(...bytes.subarray(4, 8));
  if (identifier !== IDENTIFIER) damaged('file', `the identifier ${show(identifier)}`, `"${IDENTIFIER}" at byte 4`);
  const model = decode(bytes, 'Model');
  if (model.version !== 3) damaged('file', `schema version ${model.version}`, 'version 3');
  const [subgraph] = model.subgraphs;
  if (!subgraph) return damaged('file', 'no subgraph', 'a network');
  const { inputs, outputs, operators } = subgraph;
  if (inputs.length !== 1 || outputs.length !== 1) {
    const got = `${inputs.length} inputs and ${outputs.length} outputs`;
    unsupported('network', got, 'one of each', 'Export one network per output, with its inputs joined.');
  }
  if (operators.length > MAX_OPERATORS) {
    unsupported('network', `${operators.length} operators`, `at most ${MAX_OPERATORS}`, 'Convert a smaller model.');
  }
  const importer = new Importer(model);
  const [input, output] = [inputs[0]!, outputs[0]!];
  refuseDynamic(importer, model, input);
  importer.declare(input);
  for (const step of needed(model, operators, input, output)) {
    const name = importer.tensor(step.output).name;
    const reader = readerOf(step, name);
    const { outputs: computed, inputs: from, builtinOptions: options } = step.operator;
    if (computed.length !== 1) damaged(`${step.name} ${show(name)}`, `${computed.length} outputs`, 'one');
    reader.read(new Call(importer, step.name, { inputs: from, output: step.output, options }));
  }
  const graph = importer.graph(input, output);
  checkGraph(graph);
  return graph;
}

/** Every operator of a file by name, with the tensor that it computes. */
export function namesOf(model: Model): { readonly name: string; readonly layer: string }[] {
  const [subgraph] = model.subgraphs;
  return (subgraph?.operators ?? []).map((operator) => ({
    name: codeOf(model, operator).name,
    layer: subgraph!.tensors[operator.outputs[0] ?? -1]?.name ?? '',
  }));
}

/** An operator that the output needs. */
interface Step {
  readonly operator: Operator;
  /** Builtin name, or `CUSTOM ("...")`. */
  readonly name: string;
  readonly version: number;
  /** Number of the tensor it computes. */
  readonly output: number;
}

function needed(model: Model, operators: readonly Operator[], input: number, output: number): Step[] {
  const wanted = new Set([output]);
  const steps: Step[] = [];
  for (const operator of operators.toReversed()) {
    const computed = operator.outputs.find((index) => wanted.has(index) && index !== input);
    if (computed === undefined) continue;
    const { name, version } = codeOf(model, operator);
    steps.push({ operator, name, version, output: computed });
    const { inputs: count } = Object.hasOwn(READERS, name) ? READERS[name]! : {};
    for (const index of operator.inputs.subarray(0, count)) wanted.add(index);
  }
  return steps.reverse();
}

/** Old files keep the code in a byte, new ones in an int32; the larger one holds. */
function codeOf({ operatorCodes }: Model, { opcodeIndex }: Operator): { name: string; version: number } {
  const code =
    operatorCodes[opcodeIndex] ?? damaged('operator', `code ${opcodeIndex}`, `one of ${operatorCodes.length}`);
  const number = Math.max(code.deprecatedBuiltinCode, code.builtinCode);
  const name = BuiltinOperator[number] ?? `operator ${number}`;
  return { name: name === 'CUSTOM' ? `CUSTOM (${show(code.customCode)})` : name, version: code.version };
}

function readerOf({ name, version }: Step, layer: string): Reader {
  const where = `${name} ${show(layer)}`;
  if (!Object.hasOwn(READERS, name)) {
    return unsupported(where, `operator ${name}`, `one of ${Object.keys(READERS).join(', ')}`, adviceFor(name));
  }
  const reader = READERS[name]!;
  if (version > reader.version) {
    unsupported(
      where,
      `version ${version} of ${name}`,
      `at most ${reader.version}`,
      'Convert with an older TensorFlow.',
    );
  }
  return reader;
}

/** A dynamic batch counts as 1; other dynamic sizes have no meaning here. */
function refuseDynamic(importer: Importer, { subgraphs }: Model, input: number): void {
  const { name } = importer.tensor(input);
  const signature = [...subgraphs[0]!.tensors[input]!.shapeSignature];
  if (!signature.slice(1).includes(-1)) return;
  unsupported(
    `tensor ${show(name)}`,
    `an input of [${signature.join(', ')}]`,
    'fixed sizes',
    'Convert the model with a fixed input shape.',
  );
}
