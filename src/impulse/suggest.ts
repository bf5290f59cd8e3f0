import type { LearningBlock, ProcessingBlock } from '../block.js';
import type { Dataset, Sample } from '../data/index.js';
import { autotune, flatten, mfcc, mfe, pixels, raw, spectral } from '../dsp/index.js';
import { fail, ImpulseError } from '../errors.js';
import { classifier, kMeans } from '../learn/index.js';
import { imageOf, type Kind, type Spec, signalOf, sizeOf } from '../spec.js';
import type { Design } from './design.js';
import { Impulse } from './impulse.js';
import type { InputBlock } from './input.js';
import { type InputChoice, type Nature, suggestInput } from './suggest-input.js';
import type { LabeledWindow } from './windows.js';

/** An impulse proposed for a data set, and why it is as it is. */
export class SuggestedImpulse extends Impulse {
  /** One sentence for each choice. */
  readonly reasons: readonly string[];

  /** @throws `SHAPE_MISMATCH`, `BAD_OPTION` when sizes do not meet */
  constructor(design: Design, reasons: readonly string[]) {
    super(design);
    this.reasons = reasons;
  }
}

/** Recordings looked at, and windows of each label. */
const MOST_SAMPLES = 400;
const WINDOWS_PER_LABEL = 40;
/** What a later, usually larger candidate must do better. */
const MARGIN = 0.02;

/**
 * Proposes an impulse for a data set: input by what the recordings are, processing block by how well its features tell the
 * labels apart, and the preset network, or K-means where there is only one label.
 *
 * Audio (one axis from 4 kHz on) chooses between `mfe` and `mfcc`, motion between `spectral` (tuned and plain) and
 * `flatten`, pictures between grey and colour; signals of 10 Hz and less take `flatten`. Each candidate is
 * tried on a sample of the training windows: the share of windows whose nearest neighbour, in standardised
 * features and from another recording, has the same label. The first candidate stays unless another is two points better.
 * The same data give the same impulse; only `train` is looked at.
 *
 * @throws `NO_DATA` without labelled recordings, `BAD_DATA` for recordings without a common axis, `ONE_CLASS` for
 * pictures of one label
 * @example
 * ```ts
 * const proposal = suggestImpulse(await readDataset('recordings'));
 * console.log(proposal.reasons.join('\n'));
 * const model = await proposal.fit(data.train);
 * ```
 */
export function suggestImpulse(data: Pick<Dataset, 'train'>): SuggestedImpulse {
  const labeled = data.train.filter(({ label, segments }) => label !== undefined || segments !== undefined);
  if (labeled.length === 0) refuseEmpty(data.train.length);
  const { nature, input, reasons } = suggestInput(labeled);
  const windows = trialWindows(input, labeled);
  const labels = new Set(windows.map(({ label }) => label));
  if (labels.size === 0) refuseEmpty(labeled.length);
  const isAnomaly = labels.size === 1;
  const candidates = isAnomaly ? lookingFor(nature) : candidatesOf(nature, input.spec);
  const { block, reason } = best(input, candidates, windows, nature);
  const learn = isAnomaly ? anomalyOf(windows.length) : classifier();
  const learner = isAnomaly
    ? 'All recordings have one label: K-means finds what is unlike them.'
    : `${labels.size} labels: a classifier with the preset network for ${block.output(input.spec as Spec).kind}.`;
  return new SuggestedImpulse(
    { input, dsp: { dsp: block }, learn: { learn: { inputs: ['dsp'], learner: learn as LearningBlock } } },
    [...reasons, reason, learner],
  );
}

type Block = ProcessingBlock<Kind>;

interface Candidate {
  readonly name: string;
  readonly block: ProcessingBlock;
  readonly tunes: boolean;
}

const tuned = (block: ProcessingBlock): Candidate => ({ name: `${block.type}, tuned`, block, tunes: true });
const plain = (block: ProcessingBlock, name: string = block.type): Candidate => ({ name, block, tunes: false });

function candidatesOf(nature: Nature, spec: InputChoice['input']['spec']): Candidate[] {
  switch (nature) {
    case 'audio':
      return [tuned(mfe()), tuned(mfcc())];
    case 'motion':
      return [tuned(spectral()), plain(spectral(), 'spectral as it comes'), plain(flatten())];
    case 'slow':
      return [plain(flatten())];
    case 'reading':
      return [plain(raw())];
    case 'image': {
      const grey = plain(pixels({ channels: 'Grayscale' }), 'grey pixels');
      return imageOf(spec as Spec<'image'>).channels === 1 ? [grey] : [grey, plain(pixels(), 'colour pixels')];
    }
  }
}

/** Blocks that give the flat features K-means takes. */
function lookingFor(nature: Nature): Candidate[] {
  if (nature === 'image') {
    fail({
      code: 'ONE_CLASS',
      where: 'suggestImpulse',
      got: 'pictures of one label',
      expected: 'at least two labels',
      fix: 'Add pictures of another label.',
    });
  }
  return [plain(nature === 'reading' ? raw() : nature === 'slow' ? flatten() : spectral())];
}

function anomalyOf(windows: number): LearningBlock {
  return kMeans({ clusters: Math.max(1, Math.min(32, Math.floor(windows / 4))) }) as LearningBlock;
}

interface Trial {
  readonly name: string;
  readonly block: Block;
  readonly accuracy: number;
  readonly size: number;
}

function best(input: InputBlock, candidates: readonly Candidate[], windows: readonly LabeledWindow[], nature: Nature) {
  const trials = candidates.flatMap((candidate) => trial(input, candidate, windows, nature) ?? []);
  const top = Math.max(...trials.map(({ accuracy }) => accuracy));
  const chosen = trials.find(({ accuracy }) => accuracy >= top - MARGIN) ?? trials[0];
  if (!chosen) {
    return fail({
      code: 'UNSUPPORTED',
      where: 'suggestImpulse',
      got: `recordings that neither of ${candidates.map(({ name }) => name).join(', ')} can process`,
      expected: 'recordings long enough for features',
      fix: 'Choose the blocks by hand.',
    });
  }
  const { name, block, size } = chosen;
  if (trials.length === 1) return { block, reason: `${name}: ${size} features.` };
  const others = trials.map((one) => `${one.name} ${Math.round(100 * one.accuracy)} %`).join(', ');
  const reason = `${name}, ${size} features: nearest neighbours of other recordings agree in label (${others}; ${windows.length} windows).`;
  return { block, reason };
}

function trial(
  { spec }: InputBlock,
  { name, block, tunes }: Candidate,
  windows: readonly LabeledWindow[],
  nature: Nature,
): Trial | undefined {
  try {
    const labels = windows.map(({ label }) => label);
    const signal = nature === 'image' ? undefined : signalOf(spec as Spec<'signal'>);
    const data = signal && { ...signal, windows: windows.map(({ values }) => values), labels };
    const ready = (tunes && data ? autotune(block as ProcessingBlock<'signal'>, data) : block) as Block;
    const stage = ready.bind(spec);
    const size = sizeOf(stage.output);
    const rows = windows.map(({ values }) => {
      const row = new Float32Array(size);
      stage.run(values, row);
      return row;
    });
    return { name, block: ready, size, accuracy: neighbourAccuracy(rows, windows) };
  } catch (error) {
    // A candidate that cannot take these windows is none.
    if (error instanceof ImpulseError) return undefined;
    throw error;
  }
}

/** Share of rows whose nearest neighbour from another recording has the same label. */
function neighbourAccuracy(rows: readonly Float32Array[], windows: readonly LabeledWindow[]): number {
  const scaled = standardised(rows);
  let right = 0;
  let asked = 0;
  scaled.forEach((row, i) => {
    let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
    scaled.forEach((other, j) => {
      if (windows[i]!.group === windows[j]!.group) return;
      const distance = squaredDistance(row, other, least);
      if (distance < least) [nearest, least] = [j, distance];
    });
    if (nearest < 0) return;
    asked++;
    if (windows[nearest]!.label === windows[i]!.label) right++;
  });
  return asked === 0 ? 0 : right / asked;
}

/** Stops as soon as it is not the least. */
function squaredDistance(a: Float32Array, b: Float32Array, least: number): number {
  let sum = 0;
  for (let i = 0; i < a.length && sum < least; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}

function standardised(rows: readonly Float32Array[]): Float32Array[] {
  const size = rows[0]?.length ?? 0;
  const mean = new Float64Array(size);
  const square = new Float64Array(size);
  for (const row of rows) {
    for (let i = 0; i < size; i++) {
      mean[i] = mean[i]! + row[i]! / rows.length;
      square[i] = square[i]! + row[i]! ** 2 / rows.length;
    }
  }
  const scale = mean.map((m, i) => {
    const variance = square[i]! - m * m;
    return variance > 1e-12 * square[i]! ? 1 / Math.sqrt(variance) : 0;
  });
  return rows.map((row) => row.map((value, i) => (value - mean[i]!) * scale[i]!));
}

/** Windows of every label, from as many recordings as may be. */
function trialWindows(input: InputBlock, samples: readonly Sample[]): LabeledWindow[] {
  const byLabel = new Map<string, LabeledWindow[]>();
  for (const sample of evenly(samples, MOST_SAMPLES)) {
    for (const { label, values } of input.windows(sample)) {
      if (label === undefined || !values.every(Number.isFinite)) continue;
      const list = byLabel.get(label) ?? [];
      list.push({ label, group: sample.id, values });
      byLabel.set(label, list);
    }
  }
  const labels = [...byLabel.keys()].sort();
  return labels.flatMap((label) => evenly(byLabel.get(label)!, WINDOWS_PER_LABEL));
}

function evenly<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
}

function refuseEmpty(recordings: number): never {
  return fail({
    code: 'NO_DATA',
    where: 'suggestImpulse',
    got: `${recordings} recordings without a label`,
    expected: 'labelled recordings in train',
    fix: 'Name files label.id.ext, put them into folders by label, or add an info.labels file.',
  });
}
