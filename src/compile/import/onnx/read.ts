import { ImpulseError, show } from '../../../errors.js';
import { checkGraph } from '../../check.js';
import type { Graph } from '../../graph.js';
import { elements } from '../../op.js';
import { prune } from '../../optimize/rewrite.js';
import { adviceFor } from './advice.js';
import { Builder } from './builder.js';
import { Call, type Value } from './call.js';
import { checkShape, readConstant, typeName } from './constant.js';
import { overConstants } from './fold.js';
import { fuseHardSwish } from './hard-swish.js';
import { channelDimension } from './layout.js';
import { READERS } from './operators.js';
import { damaged, readable, unsupported } from './problem.js';
import { storedNetwork } from './qdq.js';
import { decodeModel, type GraphMessage, type Model, type NodeMessage, type ValueMessage } from './schema.js';
import { everyDimension, type View } from './view.js';

/** More nodes than any network for a microcontroller has. */
const MAX_NODES = 10_000;

/** Operator sets whose meaning is known. */
const OPSETS = { first: 7, last: 20 } as const;

export interface OnnxReadOptions {
  /**
   * How the model counts the dimensions of its input: `first` for `[1, C, H, W]` and `[1, C, T]`, `last` when channels
   * come last already. By default what the first operator that tells asks for; when none does, `first` for four
   * dimensions and `last` for fewer.
   */
  readonly channels?: 'first' | 'last' | undefined;
}

/** What stood in the way of one node. */
export interface OnnxProblem {
  readonly operator: string;
  readonly node: string;
  readonly error: ImpulseError;
}

/** What came of a file: the network when there are no problems. */
export interface OnnxReading {
  readonly model: Model;
  readonly problems: readonly OnnxProblem[];
  readonly graph?: Graph;
}

/**
 * Reads an ONNX model as a graph of the compiler; the asynchronous `readOnnx` of this folder's index says what it takes.
 *
 * @throws `BAD_FILE`, `UNSUPPORTED` naming all operators and nodes that stand in the way
 */
export function networkOf(bytes: Uint8Array, options: OnnxReadOptions = {}): Graph {
  const { graph, problems } = readModel(bytes, options);
  if (graph) return graph;
  if (problems.length === 1) throw problems[0]!.error;
  const shown = problems.slice(0, 5).map(({ operator, node }) => `${operator} ${show(node)}`);
  const more = problems.length > 5 ? ` and ${problems.length - 5} more` : '';
  return unsupported(
    'network',
    `${problems.length} nodes that cannot be read: ${shown.join(', ')}${more}`,
    'operators of docs/operators.md',
    `${problems[0]!.error.fix} operatorReport(bytes) lists them all.`,
  );
}

/** Reads as much as can be read, and collects what cannot. */
export function readModel(bytes: Uint8Array, options: OnnxReadOptions = {}): OnnxReading {
  const model = decodeModel(bytes);
  const graph = model.graph ?? damaged('file', 'no graph', 'a network');
  const opset = opsetOf(model);
  if (graph.node.length > MAX_NODES) {
    unsupported('network', `${graph.node.length} nodes`, `at most ${MAX_NODES}`, 'Export a smaller model.');
  }
  if (graph.sparseInitializer.length > 0) {
    unsupported('network', 'sparse weights', 'dense ones', 'Export the model without sparsity.');
  }
  const values = new Map<string, Value | 'unknown'>();
  const builder = new Builder();
  for (const tensor of graph.initializer) {
    const constant = readConstant(tensor, 'initializer');
    builder.spend(constant);
    values.set(tensor.name ?? '', constant);
  }
  const [input, output] = endsOf(graph);
  const view = inputView(builder, graph, input, options);
  values.set(input.name ?? '', view);
  const nodes = neededNodes(graph, output, values);
  const problems = nodes.flatMap((node) => {
    const problem = convert(node, { builder, opset, values, output });
    return problem ? [problem] : [];
  });
  if (problems.length > 0) return { model, problems };
  return { model, problems, graph: finished(builder, values.get(output), output) };
}

function opsetOf({ opset }: Model): number {
  const version = opset.find(({ domain = '' }) => domain === '' || domain === 'ai.onnx')?.version;
  if (version === undefined) return damaged('file', 'no operator set', `one from ${OPSETS.first} to ${OPSETS.last}`);
  if (version >= OPSETS.first && version <= OPSETS.last) return version;
  return unsupported(
    'file',
    `operator set ${version}`,
    `${OPSETS.first} to ${OPSETS.last}`,
    'Export with opset_version=17.',
  );
}

function endsOf(graph: GraphMessage): [ValueMessage, string] {
  // Old files list their weights among the inputs.
  const weights = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !weights.has(name));
  if (inputs.length !== 1 || graph.output.length !== 1) {
    const got = `${inputs.length} inputs and ${graph.output.length} outputs`;
    unsupported('network', got, 'one of each', 'Export one network per output, with its inputs joined.');
  }
  return [inputs[0]!, graph.output[0]!.name ?? ''];
}

const REAL = [1, 10, 11];

function inputView(builder: Builder, graph: GraphMessage, input: ValueMessage, { channels }: OnnxReadOptions): View {
  const where = `input ${show(input.name ?? '')}`;
  const tensor = input.type?.tensor;
  const { elementType = 0 } = tensor ?? {};
  if (!REAL.includes(elementType)) {
    unsupported(where, `values of ${typeName(elementType)}`, 'real numbers', 'Export the model with a float32 input.');
  }
  const dims =
    tensor?.shape?.dim ?? unsupported(where, 'no shape', 'fixed sizes', 'Export the model with a fixed input shape.');
  const given = dims.map(({ value = 0 }, d) => (d === 0 && value <= 0 ? 1 : value));
  if (given.some((size) => size < 1)) {
    const got = `shape [${dims.map(({ value, parameter }) => value || parameter || '?').join(', ')}]`;
    unsupported(where, readable(got), 'fixed sizes but for the batch', 'Export the model without dynamic_axes.');
  }
  const shape = checkShape(where, given);
  if (shape.length > 4 || (shape.length > 1 && shape[0] !== 1 && shape.length > 2)) {
    unsupported(
      where,
      `shape [${shape.join(', ')}]`,
      'a batch of 1 and at most [C, H, W]',
      'Export the model with a batch of 1.',
    );
  }
  return builder.input(
    input.name ?? 'input',
    shape,
    inputGroups(shape, channelDimension(graph, input.name ?? '', shape.length, channels)),
  );
}

/** The dimensions of ONNX that the graph's input holds: channels last, a sequence as one row, a vector flat. */
function inputGroups(shape: readonly number[], channel: number): readonly (readonly number[])[] {
  const all = everyDimension({ shape });
  if (shape.length < 3) return elements(shape) === shape.at(-1) ? [[...all].slice(-1)] : [[], ...all.map((d) => [d])];
  const spatial = all.slice(1).filter((d) => d !== channel);
  const groups = [...spatial, channel].map((d) => [d]);
  return shape.length === 3 ? [[], ...groups] : groups;
}

/** Nodes that the output needs, in the order of the file. */
function neededNodes(graph: GraphMessage, output: string, known: ReadonlyMap<string, unknown>): readonly NodeMessage[] {
  const wanted = new Set([output]);
  const needed = graph.node.toReversed().filter((node) => {
    if (!node.output.some((name) => name !== '' && wanted.has(name) && !known.has(name))) return false;
    for (const name of node.input) if (name !== '') wanted.add(name);
    return true;
  });
  return needed.reverse();
}

interface Progress {
  readonly builder: Builder;
  readonly opset: number;
  readonly values: Map<string, Value | 'unknown'>;
  readonly output: string;
}

/** Reads one node; what follows from one that cannot be read is unknown, and only its operator is looked at. */
function convert(node: NodeMessage, { builder, opset, values, output }: Progress): OnnxProblem | undefined {
  const operator = readable(node.operator ?? '');
  const label = readable(node.name || node.output[0] || '');
  const set = (results: readonly (Value | 'unknown')[]): void => {
    node.output.forEach((name, i) => {
      if (name === '') return;
      if (values.has(name)) damaged(`${operator} ${show(label)}`, `a second value ${show(name)}`, 'one node for each');
      if (results[i] !== undefined) values.set(name, results[i]);
    });
  };
  try {
    const reader = readerOf(node, operator, label);
    const inputs = node.input.map((name) => {
      if (name === '') return undefined;
      return (
        values.get(name) ??
        damaged(`${operator} ${show(label)}`, `input ${show(readable(name))} before it is computed`, 'nodes in order')
      );
    });
    if (inputs.includes('unknown')) {
      set(node.output.map(() => 'unknown'));
      return undefined;
    }
    const known = inputs as (Value | undefined)[];
    const call = new Call(node, { graph: builder, opset, inputs: known, last: node.output[0] === output });
    const folds = reader.fold && overConstants(call);
    const read = folds ? reader.fold : reader.read;
    if (!read) call.refuse(folds === false ? 'computed values' : 'constants alone', 'the other', adviceFor(operator));
    const result = read!(call);
    const results = Array.isArray(result) ? (result as readonly Value[]) : [result as Value];
    for (const value of results) if (folds && 'data' in value) builder.spend(value);
    set(results);
    return undefined;
  } catch (error) {
    if (!(error instanceof ImpulseError) || error.code !== 'UNSUPPORTED') throw error;
    set(node.output.map(() => 'unknown'));
    return { operator, node: label, error };
  }
}

function readerOf(node: NodeMessage, operator: string, label: string) {
  const where = `${operator} ${show(label)}`;
  const { domain = '' } = node;
  if (domain !== '' && domain !== 'ai.onnx') {
    unsupported(
      where,
      `operator ${operator} of ${show(domain)}`,
      'operators of ONNX itself',
      'Export without operators of a vendor.',
    );
  }
  if (Object.hasOwn(READERS, operator)) return READERS[operator]!;
  return unsupported(where, `operator ${operator}`, 'an operator of docs/operators.md', adviceFor(operator));
}

/** The output as ONNX orders it, but `[1, C, H, W]` as height, width and channel. */
function finished(builder: Builder, output: Value | 'unknown' | undefined, name: string): Graph {
  if (output === undefined || output === 'unknown' || 'data' in output) {
    return unsupported(
      `output ${show(readable(name))}`,
      'a constant',
      'a computed output',
      'Export the network itself.',
    );
  }
  const image = output.shape.length === 4;
  const order = image ? [0, 2, 3, 1] : everyDimension(output);
  const kept = order.filter((d, i) => i > 0 || output.shape[d] !== 1);
  const last = builder.arrange(output, kept.length > 0 ? kept.map((d) => [d]) : [[]], 'output');
  // The input was the first tensor.
  const graph = prune(fuseHardSwish(builder.graph(0, last)));
  checkGraph(graph);
  const result = storedNetwork(graph);
  checkGraph(result);
  return result;
}
