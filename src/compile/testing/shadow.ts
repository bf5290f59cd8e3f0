/**
 * The proof of a memory plan: a run of the declared memory accesses over an arena in which every byte knows whose it
 * is. Independent of the planner: it looks at nothing but offsets and directions.
 */
import { definitionOf } from '../check.js';
import type { Graph, Op } from '../graph.js';
import { BYTES, bytesOf, elements, type Steps } from '../op.js';
import { scratchBytesOf, stepsOf } from '../plan/memory.js';
import type { MemoryPlan } from '../plan/plan.js';

type Layout = Pick<MemoryPlan, 'arenaBytes' | 'offsets' | 'scratchOffsets' | 'reverse'>;

const POISON = -1;

/** Which byte of which tensor lies where. */
class Shadow {
  private readonly owner: Int32Array;
  private readonly byte: Int32Array;

  constructor(size: number) {
    this.owner = new Int32Array(size).fill(POISON);
    this.byte = new Int32Array(size);
  }

  /** Puts the bytes `[first, end)` of a tensor, which starts at `offset`. */
  put(owner: number, offset: number, first: number, end: number): void {
    if (offset + first < 0 || offset + end > this.owner.length)
      throw new Error(`bytes ${offset + end} out of the arena`);
    for (let i = first; i < end; i++) {
      this.owner[offset + i] = owner;
      this.byte[offset + i] = i;
    }
  }

  /** Throws unless the bytes `[first, end)` of a tensor still lie there. */
  expect(owner: number, offset: number, first: number, end: number, what: string): void {
    for (let i = first; i < end; i++) {
      if (this.owner[offset + i] === owner && this.byte[offset + i] === i) continue;
      throw new Error(`${what}: byte ${i} at ${offset + i} was overwritten`);
    }
  }
}

/** Everything is read, then everything written, without a promise about the order. */
function oneStep(reads: number, writes: number): Steps {
  const [zero, readEnd, writeEnd] = [0, reads, writes].map((n) => Int32Array.of(n)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  return { readFirst: zero, readEnd, writeFirst: zero, writeEnd, buffered: false, reversible: false };
}

/** Throws at the first value that is read after it was overwritten, or that lies outside of the arena. */
export function prove(graph: Graph, layout: Layout): void {
  const { tensors, ops } = graph;
  const shadow = new Shadow(layout.arenaBytes);
  // Aliases are one value under several names.
  const valueAt = tensors.map((_, i) => i);
  const inArena = (tensor: number): boolean => !tensors[tensor]!.data && layout.offsets[tensor]! >= 0;
  const whole = (tensor: number, what: string): void => {
    if (!inArena(tensor)) return;
    shadow.expect(valueAt[tensor]!, layout.offsets[tensor]!, 0, bytesOf(tensors[tensor]!), what);
  };
  if (inArena(graph.input)) shadow.put(graph.input, layout.offsets[graph.input]!, 0, bytesOf(tensors[graph.input]!));
  ops.forEach((op, number) => {
    if (!definitionOf(op).alias) {
      runOp(graph, op, layout, number, { shadow, valueAt, inArena });
      return;
    }
    const [input] = op.inputs as [number];
    valueAt[op.output] = valueAt[input]!;
    whole(op.output, `${op.name}, output`);
  });
  whole(graph.output, 'output');
}

interface State {
  readonly shadow: Shadow;
  readonly valueAt: readonly number[];
  readonly inArena: (tensor: number) => boolean;
}

function runOp(graph: Graph, op: Op, layout: Layout, number: number, { shadow, valueAt, inArena }: State): void {
  const { tensors } = graph;
  const output = tensors[op.output]!;
  const inputs = op.inputs.filter(inArena);
  const largest = Math.max(0, ...inputs.map((i) => elements(tensors[i]!.shape)));
  const steps = stepsOf(graph, op) ?? oneStep(largest, elements(output.shape));
  const scratchBytes = scratchBytesOf(graph, op);
  const scratch = { id: tensors.length + number, offset: layout.scratchOffsets[number]! };
  if (scratchBytes > 0) {
    if (scratch.offset < 0 || scratch.offset % 16 !== 0)
      throw new Error(`${op.name}: working memory at ${scratch.offset}`);
    shadow.put(scratch.id, scratch.offset, 0, scratchBytes);
  }
  const read = (i: number): void => {
    for (const tensor of inputs) {
      const size = BYTES[tensors[tensor]!.dtype];
      const limit = bytesOf(tensors[tensor]!);
      const [first, end] = [steps.readFirst[i]! * size, Math.min(limit, steps.readEnd[i]! * size)];
      shadow.expect(
        valueAt[tensor]!,
        layout.offsets[tensor]!,
        first,
        end,
        `${op.name}, step ${i}, ${tensors[tensor]!.name}`,
      );
    }
  };
  const write = (i: number): void => {
    if (!inArena(op.output)) return;
    const size = BYTES[output.dtype];
    shadow.put(op.output, layout.offsets[op.output]!, steps.writeFirst[i]! * size, steps.writeEnd[i]! * size);
  };
  const reverse = layout.reverse[number]!;
  if (reverse && !steps.reversible) throw new Error(`${op.name} cannot run backwards`);
  const count = steps.readFirst.length;
  for (let k = 0; k < count; k++) {
    const i = reverse ? count - 1 - k : k;
    read(i);
    write(i);
    if (!steps.buffered) read(i);
  }
  if (scratchBytes > 0) {
    shadow.expect(scratch.id, scratch.offset, 0, scratchBytes, `${op.name}, working memory`);
    shadow.put(POISON, scratch.offset, 0, scratchBytes);
  }
}
