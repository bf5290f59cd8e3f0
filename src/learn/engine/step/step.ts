import { initialWeights, multipliedTensors, trainedTensors } from '../../training/initial.js';
import type { Stepper } from '../../training/stepper.js';
import type { TrainingOptions, TrainingTask } from '../../training/task.js';
import { type Loaded, loadTapes } from './memory.js';
import { type Held, Program } from './program.js';
import { CACHE, type Cache } from './sections.js';
import { batchRegion, type Region, region } from './tape.js';

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-7];

/** A trained constant takes four places in memory: its value, its gradient, Adam's averages of that and its square. */
interface Parameters {
  readonly values: Region[];
  readonly gradients: Region[];
  readonly means: Region[];
  readonly squares: Region[];
}

/**
 * A network in training as one call per step: forward, backward and Adam run on a memory of their own, kernel after
 * kernel, from a list written once.
 *
 * @throws `UNSUPPORTED` naming an operator that does not train, `BAD_OPTION` when it takes too much memory
 */
export function compiledStepper(task: TrainingTask, options: TrainingOptions, cache = CACHE): Stepper {
  return new CompiledStepper(task, options, cache);
}

/** A constant in the memory of the kernels. */
interface Constant {
  readonly index: number;
  readonly view: Float32Array;
  /** Outputs of weights, which the graph has first and the kernels last; 1 for what lies alike. */
  readonly outputs: number;
}

class CompiledStepper implements Stepper {
  readonly input: Float32Array;
  readonly target: Float32Array;
  readonly output: Float32Array;
  readonly #constants: Constant[];
  readonly #averages: readonly Float32Array[];
  readonly #loaded: Loaded;
  #step = 0;

  constructor(
    task: TrainingTask,
    readonly options: TrainingOptions,
    cache: Cache,
  ) {
    const { network, loss, origin = 0, outputBias, learner } = task;
    const { graph } = network;
    const { batchSize, seed = 1, l1 = 0, l2 = 0 } = options;
    const weights = initialWeights(network, seed, outputBias);
    const trained = trainedTensors(network);
    const multiplied = multipliedTensors(graph);
    // Those that decay first, so that one kernel each updates both parts.
    const order = [...weights.keys()].sort((a, b) => rank(a) - rank(b));
    function rank(index: number): number {
      if (!trained.has(index)) return 2;
      return multiplied.has(index) ? 0 : 1;
    }
    const parameters: Parameters = { values: [], gradients: [], means: [], squares: [] };
    const held = new Map<number, Held>();
    for (const index of order) {
      const floats = padded(weights.get(index)!.length);
      const values = region(floats, true);
      if (!trained.has(index)) {
        held.set(index, { values });
        continue;
      }
      const gradient = region(floats, true);
      held.set(index, { values, gradient });
      parameters.values.push(values);
      parameters.gradients.push(gradient);
      parameters.means.push(region(floats, true));
      parameters.squares.push(region(floats, true));
    }

    const sizeOf = (index: number): number => graph.tensors[index]!.shape.reduce((a, b) => a * b, 1);
    const [inputs, outputs] = [sizeOf(graph.input), sizeOf(graph.output)];
    const classes = graph.tensors[graph.output]!.shape.at(-1)!;
    const [input, target, output] = [inputs, outputs, outputs].map((size) => batchRegion(batchSize, size, true));
    const scratch = region(0, true);
    const zeros = region(Math.max(...graph.tensors.map((tensor) => tensor.shape.at(-1) ?? 1)), true);
    const shared = {
      network,
      batchSize,
      trained,
      held,
      origin,
      scratch,
      zeros,
      cache,
      input: input!,
      output: output!,
    };
    const programs = [new Program(shared, true), new Program(shared, false)] as const;
    const gradient = batchRegion(batchSize, outputs);
    programs.forEach((program, i) => {
      const wanted = i === 0 ? gradient : 0;
      if (loss === 'squaredError') program.add('squaredError', outputs, output!, target!, wanted);
      else program.add('crossEntropy', outputs / classes, classes, output!, target!, wanted);
    });
    const [training] = programs;
    training.back(gradient);
    const decaying = order.filter((index) => rank(index) === 0).length;
    for (const [from, to, shrinks] of [
      [0, decaying, 1],
      [decaying, parameters.values.length, 0],
    ] as const) {
      if (from === to) continue;
      // Regions that follow one another in memory are one.
      const count = parameters.values.slice(from, to).reduce((sum, { floats }) => sum + floats, 0);
      const [w, g, m, s] = [parameters.values, parameters.gradients, parameters.means, parameters.squares].map(
        (regions) => regions[from]!,
      ) as [Region, Region, Region, Region];
      if (shrinks && (l1 > 0 || l2 > 0)) training.add('regularise', count, w, g, { float: l1 }, { float: l2 });
      training.add('adam', count, w, g, m, s, { float: BETA1 }, { float: BETA2 }, shrinks);
    }

    const fixed = order.filter((index) => !trained.has(index)).map((index) => held.get(index)!.values);
    const { values, gradients, means, squares } = parameters;
    this.#loaded = loadTapes(
      learner,
      programs.map((program) => program.entries),
      [values, gradients, means, squares, ...[...fixed, input!, target!, output!, zeros].map((one) => [one])],
      scratch,
      batchSize,
      cache,
    );
    const { floats } = this.#loaded;
    this.input = floats(input!);
    this.target = floats(target!);
    this.output = floats(output!);
    this.#averages = [...means, ...squares].map(floats);
    this.#constants = [...weights].map(([index, data]) => {
      const view = floats(held.get(index)!.values).subarray(0, data.length);
      const outputs = multiplied.has(index) ? graph.tensors[index]!.shape[0]! : 1;
      view.set(transposed(data, outputs));
      return { index, view, outputs };
    });
  }

  train(rows: number, learningRate: number): number {
    this.#step++;
    const { weightDecay = 0, seed = 1 } = this.options;
    const [first, second] = [1 - BETA1 ** this.#step, Math.sqrt(1 - BETA2 ** this.#step)];
    return this.#run(0, rows, {
      rate: (learningRate * second) / first,
      decay: learningRate * weightDecay,
      epsilon: EPSILON * second,
      seed: Math.imul(seed, 0x85ebca6b) + Math.imul(this.#step, 0x9e3779b1),
    });
  }

  evaluate(rows: number): number {
    return this.#run(1, rows, { rate: 0, decay: 0, epsilon: 0, seed: 0 });
  }

  weights(): Map<number, Float32Array> {
    return new Map(this.#constants.map(({ index, view, outputs }) => [index, transposed(view, view.length / outputs)]));
  }

  state(): Float32Array {
    const parts = [Float32Array.of(this.#step), ...this.#held()];
    const state = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      state.set(part, at);
      at += part.length;
    }
    return state;
  }

  restore(state: Float32Array): void {
    this.#step = state[0]!;
    let at = 1;
    for (const part of this.#held()) {
      part.set(state.subarray(at, at + part.length));
      at += part.length;
    }
  }

  #held(): readonly Float32Array[] {
    return [...this.#constants.map(({ view }) => view), ...this.#averages];
  }

  #run(tape: 0 | 1, rows: number, s: { rate: number; decay: number; epsilon: number; seed: number }): number {
    const { kernels, tapes, step, words } = this.#loaded;
    const state = words(step, 6);
    const floats = new Float32Array(state.buffer, state.byteOffset, 6);
    state.set([rows, s.seed]);
    floats.set([s.rate, s.decay, s.epsilon], 2);
    kernels.run_tape(tapes[tape]!, step);
    return floats[5]!;
  }
}

/** Whole vectors, so that parameters that follow one another are one. */
function padded(floats: number): number {
  return Math.ceil(floats / 4) * 4;
}

/** A copy of a matrix with its axes swapped. */
function transposed(data: Float32Array, rows: number): Float32Array {
  const columns = data.length / rows;
  const out = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  return out;
}
