import { definitionOf, nodeOf } from '../../check.js';
import type { Graph, Op, Quantization, Tensor } from '../../graph.js';
import { channelOf, type OpDefinition } from '../../op.js';
import { fuseActivations } from '../../optimize/activations.js';
import { forEachOp, prune, storedAlike } from '../../optimize/rewrite.js';
import { quantizeConstant } from '../../quantize/quantize.js';
import { quantizeWeights } from '../../quantize/weights.js';
import { unsupported } from './problem.js';

/** Larger quotients of scales come from damage, and overflow the fixed point of the kernels. */
const MAX_FACTOR = 2 ** 15;
/** The accumulator is int32. */
const MAX_BIAS = 2 ** 30;

/**
 * Files store int8 networks as float operators between DequantizeLinear and QuantizeLinear. An operator that has nothing
 * but such neighbours becomes an int8 one with the file's scales: its weights are the stored ones, to the bit. Operators
 * without them stay float.
 */
export function storedNetwork(graph: Graph): Graph {
  const stores = graph.ops.some(({ kind }) => kind === 'quantize' || kind === 'dequantize');
  return prune(withoutNotes(stores ? trimmed(new Conversion(quantizeEarly(fuseActivations(graph))).run()) : graph));
}

/** Scales of float weights were notes for the conversion. */
function withoutNotes(graph: Graph): Graph {
  const tensors = graph.tensors.map((tensor): Tensor => {
    if (tensor.dtype !== 'f32') return tensor;
    const { quantization: _, ...rest } = tensor;
    return rest;
  });
  return { ...graph, tensors };
}

/** Quantisation moves before reshapes, to the operator whose output it stores. */
function quantizeEarly(graph: Graph): Graph {
  let result = graph;
  for (let before = -1; before !== result.ops.length + changes(result); ) {
    before = result.ops.length + changes(result);
    result = forEachOp(result, (g, op) => {
      const alias = op.kind === 'quantize' ? g.ops.find((other) => other.output === op.inputs[0]) : undefined;
      if (
        !alias ||
        !definitionOf(alias).alias ||
        readersOf(g, alias.output).length !== 1 ||
        g.output === alias.output
      ) {
        return g;
      }
      const stored = g.tensors[op.output]!;
      const shape = g.tensors[alias.inputs[0]!]!.shape;
      const middle = { ...stored, name: `${stored.name}/stored`, shape };
      const tensor = g.tensors.length;
      const first: Op = { ...op, inputs: alias.inputs, output: tensor };
      const then: Op = { ...alias, inputs: [tensor], output: op.output };
      const ops = g.ops.flatMap((other) => (other === alias ? [] : other === op ? [first, then] : [other]));
      return { ...g, tensors: [...g.tensors, middle], ops };
    });
  }
  return result;
}

/** Grows with every move of {@link quantizeEarly}. */
function changes({ tensors }: Graph): number {
  return tensors.length;
}

function readersOf({ ops }: Graph, tensor: number): readonly Op[] {
  return ops.filter(({ inputs }) => inputs.includes(tensor));
}

class Conversion {
  readonly #graph: Graph;
  readonly #tensors: Tensor[];
  readonly #ops: Op[] = [];
  /** Stored form of float tensors. */
  readonly #stored = new Map<number, number>();
  readonly #done = new Set<Op>();
  readonly #readers = new Map<number, Op[]>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#tensors = [...graph.tensors];
    for (const op of graph.ops) {
      for (const input of op.inputs) this.#readers.set(input, [...(this.#readers.get(input) ?? []), op]);
    }
  }

  run(): Graph {
    for (const op of this.#graph.ops) if (!this.#done.has(op)) this.#convert(op);
    const output = this.#stored.get(this.#graph.output) ?? this.#graph.output;
    return { ...this.#graph, tensors: this.#tensors, ops: this.#ops, output };
  }

  #convert(op: Op): void {
    if (op.kind === 'dequantize') this.#stored.set(op.output, op.inputs[0]!);
    if (op.kind === 'quantize') {
      this.#ops.push({ ...op, inputs: [this.#stored.get(op.inputs[0]!) ?? op.inputs[0]!] });
      return;
    }
    if (!(op.kind !== 'dequantize' && this.#int8(op))) this.#ops.push(op);
  }

  /** Appends the int8 form of an operator; false when it has none here. */
  #int8(op: Op): boolean {
    const definition = definitionOf(op);
    const computed = op.inputs.filter((i) => !this.#tensors[i]!.data);
    if (!computed.every((i) => this.#stored.has(i))) return false;
    if (definition.quantization === 'as input') {
      const from = this.#stored.get(computed[0]!)!;
      const { quantization } = this.#tensors[from]!;
      const output = this.#add({ ...this.#tensors[op.output]!, dtype: 'int8', quantization: quantization! });
      this.#ops.push({ ...op, inputs: [from], output });
      this.#stored.set(op.output, output);
      // For readers that want real numbers.
      return false;
    }
    const readers = this.#readers.get(op.output) ?? [];
    const [first] = readers;
    const alone =
      first &&
      op.output !== this.#graph.output &&
      readers.every(({ kind, output }) => {
        return kind === 'quantize' && storedAlike(this.#tensors[output]!, this.#tensors[first.output]!);
      });
    if (!alone || !definition.int8) return false;
    this.#append(op, first);
    for (const reader of readers) {
      if (reader !== first) this.#ops.push({ ...reader, inputs: [first.output] });
      this.#done.add(reader);
    }
    return true;
  }

  /** An operator whose output `quantize` stores. */
  #append(op: Op, quantize: Op): void {
    const { quantization: rule, channelAxis, storeConstants } = definitionOf(op);
    const wanted = this.#tensors[quantize.output]!.quantization!;
    const inputs = op.inputs.map((input) => this.#stored.get(input) ?? input);
    const scales = inputs.flatMap((i) => this.#tensors[i]!.quantization?.scales[0] ?? []);
    const largest = op.kind === 'mul' ? scales.reduce((product, scale) => product * scale, 1) : Math.max(...scales);
    requireFactor(op, largest / wanted.scales[0]!);
    let own: readonly number[] = inputs;
    if (channelAxis !== undefined) own = this.#weights(op, inputs, channelAxis, wanted);
    else if (storeConstants) own = this.#constants(op, inputs, storeConstants);
    else if (rule === 'shared') own = inputs.map((input, i) => this.#rescaled(op, input, i, wanted));
    else own = inputs.map((i) => (this.#tensors[i]!.data ? this.#add(quantizeConstant(this.#tensors[i]!)) : i));
    if (typeof rule !== 'object') {
      this.#ops.push({ ...op, inputs: own, output: quantize.output });
      return;
    }
    // The kernel has a scale of its own.
    const quantization = { scales: Float32Array.of(rule.scale), zeroPoint: rule.zeroPoint };
    const output = this.#add({ ...this.#tensors[op.output]!, dtype: 'int8', quantization });
    this.#ops.push({ ...op, inputs: own, output }, { ...quantize, inputs: [output] });
  }

  #rescaled(op: Op, input: number, i: number, quantization: Quantization): number {
    const tensor = this.#tensors[input]!;
    const output: Tensor = { ...tensor, name: `${tensor.name}/rescaled`, quantization };
    if (storedAlike(tensor, output)) return input;
    const index = this.#add(output);
    this.#ops.push({ kind: 'quantize', name: `${op.name}/input ${i}`, inputs: [input], output: index, attributes: {} });
    return index;
  }

  /** Weights as the file stores them, or quantised anew where it does not, and the bias on the scale of the products. */
  #weights(op: Op, inputs: readonly number[], axis: number, output: Quantization): readonly number[] {
    const [x, weights, bias] = inputs.map((i) => this.#tensors[i]!) as [Tensor, Tensor, Tensor];
    const inputScale = x.quantization!.scales[0]!;
    const [w, b] = asStored(inputScale, weights, bias, axis) ?? quantizeWeights(inputScale, weights, bias, axis);
    requireFactor(op, (Math.max(...w.quantization!.scales) * inputScale) / output.scales[0]!);
    return [inputs[0]!, this.#add(w), this.#add(b)];
  }

  #constants(op: Op, [x]: readonly number[], store: NonNullable<OpDefinition['storeConstants']>): readonly number[] {
    const stored = store(nodeOf(this.#graph, op), this.#tensors[x!]!.quantization!);
    return [x!, ...stored.map((tensor) => this.#add(tensor))];
  }

  #add(tensor: Tensor): number {
    return this.#tensors.push(tensor) - 1;
  }
}

function requireFactor({ name }: Op, factor: number): void {
  if (factor < MAX_FACTOR) return;
  unsupported(
    name,
    `scales with a quotient of ${factor}`,
    `less than ${MAX_FACTOR}`,
    'Quantise it over its real range.',
  );
}

function asStored(inputScale: number, weights: Tensor, bias: Tensor, axis: number): [Tensor, Tensor] | undefined {
  const { scales } = weights.quantization ?? {};
  if (!scales) return undefined;
  const channel = scales.length === 1 ? () => 0 : channelOf(weights.shape, axis);
  const data = Int8Array.from(weights.data!, (w, i) => Math.round(w / scales[channel(i)]!));
  const biasScales = scales.map((scale) => scale * inputScale);
  const exact = Array.from(bias.data!, (b, c) => Math.round(b / biasScales[scales.length === 1 ? 0 : c]!));
  if (exact.some((b) => !(Math.abs(b) <= MAX_BIAS))) return undefined;
  const quantization = { scales, zeroPoint: 0, ...(scales.length > 1 && { axis }) };
  const biasQuantization = { scales: biasScales, zeroPoint: 0, ...(scales.length > 1 && { axis: 0 }) };
  return [
    { ...weights, dtype: 'int8', data, quantization },
    { ...bias, dtype: 'int32', data: Int32Array.from(exact), quantization: biasQuantization },
  ];
}

/** A network whose input is stored at once, and whose output comes from stored values, takes and gives these. */
function trimmed(graph: Graph): Graph {
  const pruned = prune(graph);
  const readers = readersOf(pruned, pruned.input);
  const [first] = readers;
  const stores =
    first &&
    readers.every((op) => {
      const { inputs, output } = nodeOf(pruned, op);
      return op.kind === 'quantize' && inputs[0]!.dtype === 'f32' && storedAlike(output, pruned.tensors[first.output]!);
    });
  if (!stores || pruned.output === first.output) return pruned;
  const { quantization } = pruned.tensors[first.output]!;
  const input: Tensor = { ...pruned.tensors[pruned.input]!, dtype: 'int8', quantization: quantization! };
  return { ...pruned, tensors: pruned.tensors.with(pruned.input, input) };
}
