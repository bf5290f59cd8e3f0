/** Two buffers in each other's way: `offset[b] - offset[a]` must be at least `above`, or at most `-below`. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly above: number;
  readonly below: number;
}

export interface Layout {
  readonly bytes: readonly number[];
  /** Offsets are multiples of these. */
  readonly alignments: readonly number[];
  readonly pairs: readonly Pair[];
}

/** Offsets that keep every limit; `'none'` when there are none; `'unknown'` when the budget ran out first. */
export type Found = readonly number[] | 'none' | 'unknown';

/** Decisions on top of one another; the stack has an end. */
const DEEPEST = 1500;
/** Of offsets that are multiples of 4 or 16: rounding raises a buffer by 12 bytes at most, 4 at a time. */
const ROUNDINGS = 3;

/** One way to keep a pair apart: `to` starts at least `bytes` above `from`. */
interface Side {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export function alignUp(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/**
 * Looks for offsets at which no buffer ends above its limit. Exact: a decision is which buffer of a pair lies above
 * the other, the decisions so far have a least solution, and every solution lies at or above it. So a branch ends when
 * its least solution breaks a limit, and succeeds when its least solution keeps all pairs apart.
 *
 * @param limits per buffer, in bytes from the start of the arena
 * @param budget of work: pairs and buffers to look at
 */
export function search(layout: Layout, limits: readonly number[], budget: number): Found {
  const { bytes, alignments, pairs } = layout;
  const decided: Side[][] = bytes.map(() => []);
  let left = budget;
  let depth = 0;

  const over = (buffer: number, offset: number): boolean => offset + bytes[buffer]! > limits[buffer]!;

  /** Raises what a new decision pushes up; false when it pushes something over its limit or round in a circle. */
  const raise = (offsets: number[], side: Side): boolean => {
    const queue: Side[] = [side];
    let circles = 0;
    for (let next = 0; next < queue.length; next++, left--) {
      const { from, to, bytes: distance } = queue[next]!;
      const offset = alignUp(offsets[from]! + distance, alignments[to]!);
      if (offset <= offsets[to]!) continue;
      // What comes back to where it started does so through the new decision, and for ever unless only by rounding.
      if (over(to, offset) || (to === side.from && ++circles > ROUNDINGS)) return false;
      offsets[to] = offset;
      queue.push(...decided[to]!);
    }
    return true;
  };

  /** Goes down one branch. */
  const decide = (offsets: readonly number[], side: Side): Found => {
    decided[side.from]!.push(side);
    depth++;
    const raised = [...offsets];
    const found = raise(raised, side) ? descend(raised) : 'none';
    decided[side.from]!.pop();
    depth--;
    return found;
  };

  const descend = (offsets: readonly number[]): Found => {
    left -= pairs.length;
    if (left <= 0 || depth >= DEEPEST) return 'unknown';
    const sides = hardest(offsets);
    if (!sides) return offsets;
    let outcome: Found = 'none';
    for (const side of sides) {
      const found = decide(offsets, side);
      if (typeof found !== 'string') return found;
      if (found === 'unknown') outcome = 'unknown';
    }
    return outcome;
  };

  /** The pair that is not yet apart and leaves least choice, as the ways to part it, the lower one first. */
  const hardest = (offsets: readonly number[]): readonly Side[] | undefined => {
    let chosen: readonly Side[] | undefined;
    let highest = -1;
    for (const { a, b, above, below } of pairs) {
      const difference = offsets[b]! - offsets[a]!;
      if (difference >= above || difference <= -below) continue;
      const up = offsets[a]! + above + bytes[b]!;
      const down = offsets[b]! + below + bytes[a]!;
      const sides: Side[] = [];
      if (up <= limits[b]!) sides.push({ from: a, to: b, bytes: above });
      if (down <= limits[a]!) sides.push({ from: b, to: a, bytes: below });
      if (sides.length < 2) return sides;
      if (Math.min(up, down) <= highest) continue;
      highest = Math.min(up, down);
      chosen = up <= down ? sides : sides.reverse();
    }
    return chosen;
  };

  return bytes.some((_, buffer) => over(buffer, 0)) ? 'none' : descend(bytes.map(() => 0));
}
