import { readModel, type TflmModel } from './model.js';

/** What the tensor arena of TensorFlow Lite Micro must hold. */
export interface TflmArena {
  /** Activations and scratch buffers of optimised kernels as its greedy planner places them. */
  readonly plannedBytes: number;
  /** What it keeps for itself: mostly pointers, counted in words of 4 bytes on a core of 32 bits. */
  readonly words: number;
  /** Multipliers and shifts of every output channel of a convolution. */
  readonly channelBytes: number;
}

const ALIGNMENT = 16;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

interface Buffer {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Bytes of the memory plan: buffers from the largest to the smallest, of equal ones the last first, each in the first gap
 * between those that live at the same time. That is the greedy planner of TensorFlow Lite Micro, which shares no bytes between the input and the
 * output of an operator.
 */
function greedyBytes(buffers: readonly Buffer[]): number {
  const placed: (Buffer & { readonly at: number })[] = [];
  for (const buffer of buffers.toReversed().sort((a, b) => b.bytes - a.bytes)) {
    const neighbours = placed
      .filter(({ first, last }) => first <= buffer.last && buffer.first <= last)
      .sort((a, b) => a.at - b.at);
    let at = 0;
    for (const other of neighbours) {
      if (other.at - at >= buffer.bytes) break;
      at = Math.max(at, other.at + other.bytes);
    }
    placed.push({ ...buffer, at });
  }
  return placed.reduce((most, { at, bytes }) => Math.max(most, at + bytes), 0);
}

function activations({ tensors, steps, input, output }: TflmModel): Buffer[] {
  return tensors.flatMap(({ bytes, isConstant }, index): Buffer[] => {
    const users = steps.flatMap(({ inputs, outputs }, i) =>
      inputs.includes(index) || outputs.includes(index) ? [i] : [],
    );
    if (isConstant || users.length === 0) return [];
    const first = index === input ? 0 : users[0]!;
    const last = index === output ? steps.length - 1 : users.at(-1)!;
    return [{ bytes: aligned(bytes), first, last }];
  });
}

/** Kernels of CMSIS-NN unfold windows as int16: two of a convolution, one of a depthwise convolution. */
function scratch({ tensors, steps }: TflmModel): Buffer[] {
  return steps.flatMap(({ operator, inputs }, i) => {
    const [count, height, width, channels] = tensors[inputs[1] ?? -1]?.shape ?? [];
    if (!hasChannels(operator) || tensors[inputs[0]!]!.type !== 'INT8' || count === undefined) return [];
    const window = height! * width! * channels!;
    const values = operator === 'DEPTHWISE_CONV_2D' ? window : height! * width! === 1 ? 0 : 2 * window;
    return [{ bytes: aligned(2 * values), first: i, last: i }];
  });
}

const hasChannels = (operator: string): boolean => operator === 'CONV_2D' || operator === 'DEPTHWISE_CONV_2D';

// Fitted to what ten published networks use on x86-64, where a word is 8 bytes, with the first one doubled for safety.
const WORDS_PER_MODEL = 64;
const WORDS_PER_STEP = 14;
const WORDS_PER_TENSOR = 6;

/**
 * A size of the tensor arena that is enough with the reference kernels and with CMSIS-NN: a few percent more than what
 * is used.
 */
export function arenaOf(model: TflmModel): TflmArena {
  const { steps, tensors } = model;
  const channels = steps
    .filter(({ operator }) => hasChannels(operator))
    .map(({ outputs }) => tensors[outputs[0]!]!.shape.at(-1)!);
  return {
    plannedBytes: greedyBytes([...activations(model), ...scratch(model)]),
    words: WORDS_PER_MODEL + WORDS_PER_STEP * steps.length + WORDS_PER_TENSOR * tensors.length,
    channelBytes: channels.reduce((sum, count) => sum + 2 * aligned(4 * count), 0),
  };
}

/** Static memory of the interpreter and its library beside the tensor arena. */
export const TFLM_STATIC_BYTES = 2_500;

/** The arena in bytes where a pointer takes `pointerBytes`. */
export function arenaBytes({ plannedBytes, words, channelBytes }: TflmArena, pointerBytes = 4): number {
  return aligned(plannedBytes + channelBytes + words * pointerBytes);
}

/**
 * The tensor arena that TensorFlow Lite Micro needs for a .tflite file.
 *
 * @throws `BAD_FILE`
 * @example
 * ```ts
 * const { bytes } = tflmArena(await readFile('kws.tflite'));
 * ```
 */
export function tflmArena(file: Uint8Array, pointerBytes = 4): TflmArena & { readonly bytes: number } {
  const arena = arenaOf(readModel(file));
  return { ...arena, bytes: arenaBytes(arena, pointerBytes) };
}
