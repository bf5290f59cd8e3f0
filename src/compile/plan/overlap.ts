import type { Steps } from '../op.js';

/** How close an operator's output may come to an input that nobody reads afterwards. Bytes; may be negative. */
export interface Distances {
  /** Running from the first step to the last is safe when the input starts at least this far above the output. */
  readonly forward: number;
  /** Running from the last step to the first is safe when the output starts at least this far above the input. */
  readonly reverse: number;
}

/**
 * The smallest safe distances between an operator's output and one of its inputs, exact to the byte.
 *
 * Forwards, what step `i` writes must end at or before the first byte that a later step reads (its own reads count
 * too, unless they are all done before it writes): `forward = max over i of (writeEnd[i] - min over j > i of
 * readFirst[j])`, in bytes. One byte less, and the last byte written by the step that gives the maximum is one that
 * is read later. Backwards is the mirror image. The principle is that of Blacker, Bridges and
 * Hadfield, "Diagonal Memory Optimisation for Machine Learning on Micro-controllers" (arXiv 2010.01668); here the
 * order of accesses is declared by the kernel instead of traced.
 *
 * @param readBytes size of one element of the input; 1 or 4
 * @param writeBytes size of one element of the output; 1 or 4
 * @returns `-Infinity` where every distance is safe; `reverse` is `Infinity` when the kernel only runs forwards
 * @example
 * ```ts
 * overlap(elementSteps(100), 1, 1); // { forward: 0, reverse: 0 }
 * ```
 */
export function overlap(steps: Steps, readBytes: number, writeBytes: number): Distances {
  return {
    forward: forwardDistance(steps, readBytes, writeBytes),
    reverse: steps.reversible ? reverseDistance(steps, readBytes, writeBytes) : Number.POSITIVE_INFINITY,
  };
}

function forwardDistance(steps: Steps, readBytes: number, writeBytes: number): number {
  const { readFirst, readEnd, writeFirst, writeEnd, buffered } = steps;
  let distance = Number.NEGATIVE_INFINITY;
  let pending = Number.POSITIVE_INFINITY;
  for (let i = readFirst.length - 1; i >= 0; i--) {
    const before = pending;
    if (readFirst[i]! < readEnd[i]!) pending = Math.min(pending, readFirst[i]! * readBytes);
    const unread = buffered ? before : pending;
    if (writeFirst[i]! < writeEnd[i]!) distance = Math.max(distance, writeEnd[i]! * writeBytes - unread);
  }
  return distance;
}

function reverseDistance(steps: Steps, readBytes: number, writeBytes: number): number {
  const { readFirst, readEnd, writeFirst, writeEnd, buffered } = steps;
  let distance = Number.NEGATIVE_INFINITY;
  let pending = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < readFirst.length; i++) {
    const before = pending;
    if (readFirst[i]! < readEnd[i]!) pending = Math.max(pending, readEnd[i]! * readBytes);
    const unread = buffered ? before : pending;
    if (writeFirst[i]! < writeEnd[i]!) distance = Math.max(distance, unread - writeFirst[i]! * writeBytes);
  }
  return distance;
}

/** The steps of an operator that goes through `count` elements in ascending order. */
export function elementSteps(count: number): Steps {
  const first = Int32Array.from({ length: count }, (_, i) => i);
  const end = first.map((i) => i + 1);
  return { readFirst: first, readEnd: end, writeFirst: first, writeEnd: end, buffered: true, reversible: false };
}
