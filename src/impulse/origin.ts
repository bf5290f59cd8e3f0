import { md5 } from '../data/index.js';
import { pacer } from '../pace.js';
import { VERSION } from '../version.js';
import type { CopyOrigin } from './copies.js';
import type { LabeledWindow } from './windows.js';

/** What a model was made from: the same origin and design give the same bytes. */
export interface Origin {
  /** Version of impulsekit that trained it. */
  readonly impulsekit: string;
  readonly seed: number;
  /** Windows it was trained on. */
  readonly windows: number;
  /** MD5 over labels, values and boxes of all windows, in order. */
  readonly dataHash: string;
  /** The augmented copies it was trained on as well. */
  readonly augment?: CopyOrigin;
}

/** Origin of an impulse whose learners came trained and that has seen no data. */
export function noOrigin(): Origin {
  return { impulsekit: VERSION, seed: 0, windows: 0, dataHash: md5(new Uint8Array()) };
}

export async function originOf(
  windows: readonly LabeledWindow[],
  seed: number,
  signal: AbortSignal | undefined,
  augment?: CopyOrigin,
): Promise<Origin> {
  const pace = pacer('fit', signal);
  const lines: string[] = [];
  for (const { label, values, boxes } of windows) {
    const hash = md5(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    lines.push([hash, JSON.stringify(label), ...(boxes ? [JSON.stringify(boxes)] : [])].join(' '));
    await pace();
  }
  const dataHash = md5(new TextEncoder().encode(lines.join('\n')));
  return { impulsekit: VERSION, seed, windows: windows.length, dataHash, ...(augment && { augment }) };
}
