import type { Graph, Op } from '../../../compile/graph.js';
import { fail } from '../../../errors.js';
import type { Network } from '../../network/network.js';
import { convSizes } from './conv-sizes.js';
import type { Cache } from './sections.js';
import { type Argument, batchRegion, type Code, type Descriptor, type Entry, type Region, region } from './tape.js';

/** Codes of activations in `kernels.h` and `functions.h`. */
const ACTIVATIONS: Readonly<Record<string, number>> = { none: 0, relu: 1, relu6: 2, tanh: 3, logistic: 4 };
/** Operators that bring their activation along. */
const WITH_ACTIVATION: ReadonlySet<string> = new Set(['conv2d', 'depthwiseConv2d']);
/** How far running statistics of a batch normalisation go towards those of a batch. */
const SHARE = 0.1;

/** A constant of the network with what training keeps beside it. */
export interface Held {
  readonly values: Region;
  /** Present when it is trained. */
  readonly gradient?: Region;
}

export interface ProgramOptions {
  readonly network: Network;
  readonly batchSize: number;
  readonly trained: ReadonlySet<number>;
  /** Constants by tensor index. */
  readonly held: ReadonlyMap<number, Held>;
  readonly input: Region;
  readonly output: Region;
  /** Working memory of one kernel at a time. */
  readonly scratch: Region;
  /** As many zeros as any tensor has channels. */
  readonly zeros: Region;
  readonly cache: Cache;
  /** What 0 became when the inputs were standardised. */
  readonly origin: number;
}

/** A network as entries of tapes: forward for inference, or forward and backward for training. */
export class Program {
  readonly entries: Entry[] = [];
  readonly #values = new Map<number, Region>();
  readonly #gradients = new Map<number, Region>();
  /** How to compute a tensor once more, where that is quicker than fetching it from far away. */
  readonly #remake = new Map<Region, (to: Region) => void>();
  readonly #remade = new Map<Region, Region>();
  /** Gradients that are in front of an activation already. */
  readonly #activated = new Set<Region>();
  /** In the order of the graph; run from the last to the first. */
  readonly #backward: (() => void)[] = [];
  readonly #ops: readonly Op[];
  readonly #moving: ReadonlySet<number>;

  constructor(
    readonly options: ProgramOptions,
    readonly training: boolean,
  ) {
    const { graph } = options.network;
    this.#ops = graph.ops.filter((op) => op.kind !== 'softmax' || op.output !== graph.output);
    this.#moving = movingTensors(graph, options.trained);
    this.#values.set(graph.input, options.input);
    this.#drop(graph.input);
    for (let i = 0; i < this.#ops.length; i++) {
      const fused = this.#fused(i);
      this.#operator(this.#ops[i]!, fused, i === this.#ops.length - (fused ? 2 : 1));
      if (fused) i++;
    }
  }

  /** Appends the way back from the gradient of the output. */
  back(gradient: Region): void {
    const last = this.#ops.at(-1)!;
    this.#gradients.set(last.output, gradient);
    for (const step of this.#backward.reverse()) step();
  }

  add(code: Code, ...args: readonly Argument[]): void {
    this.entries.push({ code, arguments: args });
  }

  /** The activation behind a batch normalisation, when nobody else reads what is in between. */
  #fused(index: number): Op | undefined {
    const [op, next] = [this.#ops[index]!, this.#ops[index + 1]];
    if (op.kind !== 'batchNorm' || next?.inputs[0] !== op.output) return undefined;
    const users = this.#ops.filter((other) => other.inputs.includes(op.output));
    const simple = next.kind === 'relu' || next.kind === 'relu6';
    return simple && users.length === 1 && !this.options.network.dropout.has(op.output) ? next : undefined;
  }

  #operator(op: Op, fused: Op | undefined, last: boolean): void {
    const output = fused?.output ?? op.output;
    const y = last ? this.options.output : this.#new(output);
    const [x, second] = [this.#values.get(op.inputs[0]!)!, op.inputs[1]];
    switch (op.kind) {
      case 'dense':
        this.#dense(op, x, y);
        break;
      case 'conv2d':
      case 'depthwiseConv2d':
        this.#convolve(op, x, y);
        break;
      case 'maxPool2d':
      case 'averagePool2d':
        this.#pool(op, x, y);
        break;
      case 'batchNorm':
        this.#batchNorm(op, x, y, fused?.kind ?? 'none', output);
        break;
      case 'mean':
        this.#mean(op, x, y);
        break;
      case 'add':
        this.#sum(op, x, this.#values.get(second!), y);
        break;
      case 'reshape':
        if (last) this.add('activate', sizeOf(this.#graph, output), x, y, 0);
        this.#values.set(output, last ? y : x);
        this.#later(output, (dy) => this.#give(op.inputs[0]!, dy));
        break;
      case 'relu':
      case 'relu6':
      case 'tanh':
      case 'logistic':
        this.#activate(op, x, y);
        break;
      default:
        refuse(op, 'dense, convolution, pooling, batch normalisation, mean, add, reshape and activations');
    }
    if (!this.#values.has(output)) this.#values.set(output, y);
    if (!last) this.#quantize(output);
    if (!last) this.#drop(output);
  }

  #dense(op: Op, x: Region, y: Region): void {
    const [input, weights, bias] = op.inputs as [number, number, number];
    const [units, inputs] = this.#graph.tensors[weights]!.shape as [number, number];
    const [w, b] = [this.#held(weights), this.#held(bias)];
    const activation = activationOf(op);
    const multiplied = this.#weights(weights, units);
    this.add('denseForward', units, inputs, x, multiplied, b.values, y, activation, this.options.scratch);
    this.#later(op.output, (dy) => {
      if (activation) this.add('activateBackward', units, y, dy, dy, activation);
      if (w.gradient) {
        this.add('denseFilterGradient', units, inputs, this.#again(x), dy, w.gradient, b.gradient ?? 0);
      }
      if (!this.#moving.has(input)) return;
      const dx = this.#new(input);
      this.add('denseInputGradient', units, inputs, dy, multiplied, dx, this.options.scratch);
      this.#give(input, dx);
    });
  }

  #convolve(op: Op, x: Region, y: Region): void {
    const [input, weights, bias] = op.inputs as [number, number, number];
    const first = this.#ops.find(({ inputs }) => this.#graph.tensors[inputs[1] ?? -1]?.data) === op;
    const kind = op.kind === 'conv2d' ? 'conv' : 'depthwise';
    const sizes = convSizes(this.#graph, op, first ? this.options.origin : 0);
    const descriptor: Descriptor = { sizes, address: 0 };
    const [w, b] = [this.#held(weights), this.#held(bias)];
    const activation = activationOf(op);
    const multiplied = this.#weights(weights, sizes.outChannels);
    this.add(`${kind}Forward`, descriptor, x, multiplied, b.values, y, activation, this.options.scratch);
    this.#later(op.output, (dy) => {
      if (activation && !this.#activated.has(dy)) {
        this.add('activateBackward', sizeOf(this.#graph, op.output), y, dy, dy, activation);
      }
      if (w.gradient) {
        this.add(
          `${kind}FilterGradient`,
          descriptor,
          this.#again(x),
          dy,
          w.gradient,
          b.gradient ?? 0,
          this.options.scratch,
        );
      }
      if (!this.#moving.has(input)) return;
      const dx = this.#new(input);
      this.add(`${kind}InputGradient`, descriptor, dy, multiplied, dx, this.options.scratch);
      this.#give(input, dx);
    });
  }

  #pool(op: Op, x: Region, y: Region): void {
    const input = op.inputs[0]!;
    const descriptor: Descriptor = { sizes: convSizes(this.#graph, op, 0), address: 0 };
    const largest = op.kind === 'maxPool2d';
    this.add(largest ? 'maxPoolForward' : 'averagePoolForward', descriptor, x, y);
    this.#later(op.output, (dy) => {
      const dx = this.#new(input);
      if (largest) this.add('maxPoolBackward', descriptor, this.#again(x), dy, dx, this.#passed(input, dx));
      else this.add('averagePoolBackward', descriptor, dy, dx);
      this.#give(input, dx);
    });
  }

  #batchNorm(op: Op, x: Region, y: Region, activation: string, output: number): void {
    const [input, gamma, beta, mean, variance] = op.inputs as [number, number, number, number, number];
    const channels = this.#graph.tensors[gamma]!.shape[0]!;
    const positions = sizeOf(this.#graph, input) / channels;
    const [scale, offset] = [this.#held(gamma), this.#held(beta)];
    const [centre, spread] = [this.#held(mean), this.#held(variance)];
    const epsilon = { float: op.attributes.epsilon! };
    const code = ACTIVATIONS[activation]!;
    const frozen = this.options.network.frozen?.has(mean);
    const statistics = [centre.values, spread.values, epsilon] as const;
    if (!this.training || frozen) {
      this.add('normInference', positions, channels, x, scale.values, offset.values, ...statistics, y, code);
      this.#later(output, (dy) => {
        if (code) this.add('activateBackward', positions * channels, y, dy, dy, code);
        const { zeros } = this.options;
        const dx = this.#new(input);
        this.add('normInference', positions, channels, dy, scale.values, zeros, zeros, spread.values, epsilon, dx, 0);
        this.#give(input, dx);
      });
      return;
    }
    const [m, v, rstd] = [region(channels), region(channels), region(channels)];
    const [sizes, start] = [[positions, channels] as const, { start: x }];
    this.add('normSums', ...sizes, x, start, m, v);
    this.add('normMoments', ...sizes, start, epsilon, m, v, rstd, centre.values, spread.values, { float: SHARE });
    const scaled = (to: Region): void =>
      this.add('normScale', ...sizes, x, scale.values, offset.values, m, rstd, to, code);
    scaled(y);
    // By the time its gradient comes, a large tensor is gone from near caches.
    if (4 * y.floats > this.options.cache.bytes) this.#remake.set(y, scaled);
    this.#later(output, (dy) => {
      // Gradients nobody follows are needed on the way to the input's.
      const [dgamma, dbeta] = [scale.gradient ?? region(channels), offset.gradient ?? region(channels)];
      const shared = [...sizes, code, scale.values, offset.values, m, rstd, dgamma, dbeta, x, dy] as const;
      this.add('normGradientSums', ...shared);
      if (!this.#moving.has(input)) return;
      const dx = this.#new(input);
      this.add('normGradient', ...shared, dx);
      this.#give(input, dx);
    });
  }

  #mean(op: Op, x: Region, y: Region): void {
    const input = op.inputs[0]!;
    const shape = this.#graph.tensors[input]!.shape;
    const channels = shape.at(-1)!;
    const positions = sizeOf(this.#graph, input) / channels;
    this.add('meanForward', positions, channels, x, y);
    this.#later(op.output, (dy) => {
      const dx = this.#new(input);
      this.add('meanBackward', positions, channels, dy, dx);
      this.#give(input, dx);
    });
  }

  #sum(op: Op, a: Region, b: Region | undefined, y: Region): void {
    const size = sizeOf(this.#graph, op.output);
    const [first, second] = op.inputs as [number, number];
    const same = [first, second].every((index) => sizeOf(this.#graph, index) === size);
    if (!b || !same) refuse(op, 'the sum of two computed tensors of the same shape');
    const activation = activationOf(op);
    this.add('add', size, a, b as Region, y, activation);
    this.#later(op.output, (dy) => {
      if (activation) this.add('activateBackward', size, y, dy, dy, activation);
      if (this.#moving.has(second)) {
        const copy = this.#new(second);
        this.add('activate', size, dy, copy, 0);
        this.#give(second, copy);
      }
      this.#give(first, dy);
    });
  }

  #activate(op: Op, x: Region, y: Region): void {
    const size = sizeOf(this.#graph, op.output);
    const code = ACTIVATIONS[op.kind]!;
    this.add('activate', size, x, y, code);
    this.#later(op.output, (dy) => {
      this.add('activateBackward', size, y, dy, dy, code);
      this.#give(op.inputs[0]!, dy);
    });
  }

  /** Rounds values of a tensor as int8 does, where the network is to learn with that. */
  #quantize(index: number): void {
    const quantization = this.options.network.quantization?.get(index);
    if (!quantization) return;
    const size = sizeOf(this.#graph, index);
    const [x, y] = [this.#values.get(index)!, this.#new(index)];
    const form = [{ float: quantization.scale }, { float: quantization.zeroPoint }] as const;
    this.add('fakeQuantize', size, x, y, ...form);
    this.#values.set(index, y);
    this.#later(index, (dy) => {
      this.add('fakeQuantizeBackward', size, x, dy, ...form);
      this.#gradients.set(index, dy);
    });
  }

  /** Weights `[..., outputs]` as a kernel is to take them. */
  #weights(index: number, outputs: number): Region {
    const { values } = this.#held(index);
    if (!this.options.network.quantization) return values;
    const rounded = region(values.floats);
    this.add('fakeQuantizeWeights', sizeOf(this.#graph, index) / outputs, outputs, values, rounded);
    return rounded;
  }

  /** Drops values of a tensor in training, where the network asks for it. */
  #drop(index: number): void {
    const rate = this.options.network.dropout.get(index);
    if (!this.training || !rate) return;
    const size = sizeOf(this.#graph, index);
    const [y, mask] = [this.#new(index), this.#new(index)];
    this.add('dropout', size, this.#values.get(index)!, y, mask, { float: rate }, Math.imul(index + 1, 0x9e3779b1));
    this.#values.set(index, y);
    this.#later(index, (dy) => {
      this.add('multiply', size, dy, mask, dy);
      this.#gradients.set(index, dy);
    });
  }

  /** Notes the way back through an operator, taken when its output's gradient is known. */
  #later(output: number, step: (dy: Region) => void): void {
    if (!this.training || !this.#moving.has(output)) return;
    this.#backward.push(() => {
      const dy = this.#gradients.get(output);
      if (dy) step(dy);
    });
  }

  /** The activation of a convolution that nobody but a pooling reads: its gradient can do without a pass of its own. */
  #passed(index: number, gradient: Region): number {
    const maker = this.#ops.find(({ output }) => output === index);
    const readers = this.#ops.filter(({ inputs }) => inputs.includes(index));
    const code = maker && WITH_ACTIVATION.has(maker.kind) && readers.length === 1 ? activationOf(maker) : 0;
    if (code > ACTIVATIONS.relu6! || this.#rewritten(index)) return 0;
    if (code) this.#activated.add(gradient);
    return code;
  }

  /** Whether readers see another tensor than its operator wrote. */
  #rewritten(index: number): boolean {
    return this.options.network.dropout.has(index) || this.options.network.quantization?.has(index) === true;
  }

  /** A tensor on the way back: itself, or computed once more. */
  #again(x: Region): Region {
    const remake = this.#remake.get(x);
    if (!remake) return x;
    const known = this.#remade.get(x);
    if (known) return known;
    const copy = batchRegion(this.options.batchSize, x.rowFloats);
    this.#remade.set(x, copy);
    remake(copy);
    return copy;
  }

  /** Hands a gradient over to a tensor, which may have one from another reader. */
  #give(index: number, gradient: Region): void {
    if (!this.#moving.has(index)) return;
    const known = this.#gradients.get(index);
    if (known) this.add('add', sizeOf(this.#graph, index), known, gradient, known, 0);
    else this.#gradients.set(index, gradient);
  }

  #new(index: number): Region {
    return batchRegion(this.options.batchSize, sizeOf(this.#graph, index));
  }

  #held(index: number): Held {
    return this.options.held.get(index)!;
  }

  get #graph(): Graph {
    return this.options.network.graph;
  }
}

/** Tensors that depend on what is trained. */
function movingTensors({ ops }: Graph, trained: ReadonlySet<number>): ReadonlySet<number> {
  const moving = new Set<number>();
  for (const op of ops) {
    if (op.inputs.some((index) => trained.has(index) || moving.has(index))) moving.add(op.output);
  }
  return moving;
}

function activationOf({ attributes }: Op): number {
  return ACTIVATIONS[attributes.activation ?? 'none']!;
}

function sizeOf({ tensors }: Graph, index: number): number {
  return tensors[index]!.shape.reduce((a, b) => a * b, 1);
}

function refuse(op: Op, expected: string): never {
  return fail({
    code: 'UNSUPPORTED',
    where: op.name,
    got: `operator ${op.kind} in a network to train`,
    expected,
    fix: 'Freeze this part of the network, or use other layers.',
  });
}
