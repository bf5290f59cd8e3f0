import { fail } from '../../errors.js';
import type { Stepper } from './stepper.js';

/** How far training has come. */
export interface Progress {
  epoch: number;
  best: {
    epoch: number;
    valLoss: number;
    valAccuracy: number;
    /** Constants in the order of the graph. */
    weights: readonly Float32Array[];
  };
}

/** Training after an epoch as bytes: a line of JSON, the best weights, the state of the optimiser. */
export function checkpointOf({ epoch, best }: Progress, name: string, stepper: Stepper): Uint8Array {
  const state = stepper.state();
  const { weights, ...scores } = best;
  // JSON has no infinity and no NaN.
  const head = { name, epoch, best: Object.fromEntries(Object.entries(scores).map(([k, v]) => [k, String(v)])) };
  const text = new TextEncoder().encode(`${JSON.stringify(head)}\n`);
  const parts = [text, ...[...weights, state].map((a) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength))];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Brings a stepper back to where it was.
 *
 * @throws `BAD_FILE` when the bytes are damaged or of another training
 */
export function readCheckpoint(bytes: Uint8Array, name: string, stepper: Stepper): Progress {
  const end = bytes.indexOf(10);
  const head = parse(new TextDecoder().decode(bytes.subarray(0, Math.max(end, 0))));
  const sizes = [...stepper.weights().values()].map((weights) => weights.length);
  const floats = new Float32Array(bytes.slice(end + 1, end + 1 + 4 * Math.floor((bytes.length - end - 1) / 4)).buffer);
  const expected = sizes.reduce((a, b) => a + b, stepper.state().length);
  if (head?.name !== name || floats.length !== expected || 4 * expected !== bytes.length - end - 1) return refuse();
  let at = 0;
  const weights = sizes.map((size) => {
    at += size;
    return floats.slice(at - size, at);
  });
  stepper.restore(floats.slice(at));
  const { epoch, best } = head;
  return {
    epoch: Number(epoch),
    best: {
      epoch: Number(best.epoch),
      valLoss: Number(best.valLoss),
      valAccuracy: Number(best.valAccuracy),
      weights,
    },
  };
}

interface Head {
  readonly name: string;
  readonly epoch: number;
  readonly best: Readonly<Record<string, string>>;
}

function parse(text: string): Head | undefined {
  try {
    const head = JSON.parse(text) as Partial<Head> | null;
    const sound = Number.isInteger(head?.epoch) && typeof head?.best === 'object' && head.best !== null;
    return sound ? (head as Head) : undefined;
  } catch {
    return undefined;
  }
}

function refuse(): never {
  return fail({
    code: 'BAD_FILE',
    where: 'checkpoint',
    got: 'the state of another training, or a damaged one',
    expected: 'a checkpoint of the same blocks, options, seed and data',
    fix: 'Delete it to start anew, or train with what it was made with.',
  });
}
