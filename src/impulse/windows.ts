import type { Box } from '../box.js';
import type { Sample } from '../data/index.js';
import { fail } from '../errors.js';
import { pacer } from '../pace.js';
import { random } from '../random.js';
import { sizeOf } from '../spec.js';
import type { InputBlock } from './input.js';

export interface LabeledWindow {
  readonly label: string;
  /** The recording it was cut from. */
  readonly group: string;
  readonly values: Float32Array;
  /** Objects in a picture, in pixels of the window. */
  readonly boxes?: readonly Box[];
}

/** A window and where it was cut from. */
export interface CollectedWindow extends LabeledWindow {
  /** Which of the samples. */
  readonly sampleIndex: number;
  /** First time step, at the input's rate. */
  readonly startIndex: number;
}

/**
 * Cuts labelled windows from recordings; recordings and stretches without a label are left out. A picture with boxes and
 * no label is named after what is in it: `cup, spoon`, or `background`.
 *
 * @throws `NO_DATA`, `BAD_DATA`, `ABORTED`
 */
export async function collectWindows(
  input: InputBlock,
  samples: readonly Sample[],
  signal: AbortSignal | undefined,
): Promise<CollectedWindow[]> {
  const pace = pacer('windows', signal);
  const windows: CollectedWindow[] = [];
  for (const [sampleIndex, sample] of samples.entries()) {
    for (const { label: given, start, values, boxes } of input.windows(sample)) {
      const label = given ?? contentsOf(boxes);
      if (label === undefined) continue;
      windows.push({ label, group: sample.id, values, sampleIndex, startIndex: start, ...(boxes && { boxes }) });
    }
    await pace();
  }
  if (windows.length > 0) return windows;
  return fail({
    code: 'NO_DATA',
    where: 'windows',
    got: `${samples.length} recordings without one labelled window`,
    expected: 'at least one labelled window',
    fix: 'Name files label.id.ext, put them into folders by label, or add an info.labels file.',
  });
}

function contentsOf(boxes: readonly Box[] | undefined): string | undefined {
  return boxes && ([...new Set(boxes.map(({ label }) => label))].sort().join(', ') || 'background');
}

/** Puts rows of several feature matrices side by side. */
export function concatRows(parts: readonly (readonly Float32Array[])[]): readonly Float32Array[] {
  if (parts.length === 1) return parts[0]!;
  return parts[0]!.map((_, row) => concat(parts.map((part) => part[row]!)));
}

export function concat(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

const GOLDEN_WINDOWS = 4;

/** A few windows to embed for self-tests: the first of each class, classes in order, up to four in all. */
export function goldenWindows(windows: readonly LabeledWindow[], classes: readonly string[]): LabeledWindow[] {
  const firsts = classes.map((label) => windows.find((window) => window.label === label)!);
  const rest = windows.filter((window) => !firsts.includes(window));
  return [...firsts, ...rest].slice(0, GOLDEN_WINDOWS);
}

/** Largest value of made-up windows, by sensor. */
const NOISE: Readonly<Record<InputBlock['sensor'], number>> = {
  microphone: 10_000,
  accelerometer: 10,
  camera: 255,
  unknown: 10,
};

/** Windows of seeded noise, for the self-tests of an impulse that has seen no recordings. */
export function noiseWindows({ spec, sensor }: InputBlock): LabeledWindow[] {
  const { uniform } = random(1);
  const [low, high] = sensor === 'camera' ? [0, NOISE.camera] : [-NOISE[sensor], NOISE[sensor]];
  return Array.from({ length: GOLDEN_WINDOWS / 2 }, () => ({
    label: 'noise',
    group: 'noise',
    values: Float32Array.from({ length: sizeOf(spec) }, () => Math.round(low + (high - low) * uniform())),
  }));
}
