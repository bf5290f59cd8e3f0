import type { BlockState, FitReport, Score, ScoreOptions, TrainedBlock } from '../../block.js';
import type { Work } from '../../cost.js';
import { type CppTable, type Traits, templateStage } from '../../cpp.js';
import { fail } from '../../errors.js';
import { classScore, valueScore } from '../../metrics/index.js';
import { type Spec, sizeOf } from '../../spec.js';
import { readReport } from '../report.js';
import { softmax } from './softmax.js';
import header from './trees.h.js';
import { checkTrees, FULL_VOTE, leafOf, type Trees } from './trees.js';

/** How the leaves of all trees become an answer. */
export type Form = 'votes' | 'sum' | 'softmax';

/** Trees with all that is known of them. */
export interface TreeModel {
  readonly form: Form;
  readonly trees: Trees;
  /** Classes; empty for values. */
  readonly labels: readonly string[];
  /** Sums start here: one number, or one for each class. */
  readonly base: Float32Array;
  /** Factor of a sum, float32. */
  readonly scale: number;
  /** Comparisons per window, on average over the training windows. */
  readonly comparisons: number;
  readonly report: FitReport;
}

/** What differs between the forms. */
interface FormOf {
  readonly answers: 'classes' | 'value';
  /** C++ template. */
  readonly template: string;
  /** Machine code of the template and its walk, measured with arm-none-eabi-g++ 12 for Cortex-M4F at -Os. */
  readonly codeBytes: Readonly<Record<string, number>>;
  readonly traits: (model: TreeModel) => Traits;
  readonly scratchBytes: (model: TreeModel) => number;
  /** Work besides the walks. */
  readonly work: (model: TreeModel) => Work;
  readonly run: (model: TreeModel) => (x: Float32Array, out: Float32Array) => void;
}

const { fround } = Math;

const FORMS: Readonly<Record<Form, FormOf>> = {
  votes: {
    answers: 'classes',
    template: 'TreeVotes',
    codeBytes: { 'tree votes': 164 },
    traits: ({ labels, scale }) => ({ ints: { kOutputs: labels.length }, floats: { kScale: scale } }),
    scratchBytes: ({ labels }) => Math.ceil(labels.length / 4) * 16,
    work: ({ trees, labels }) => ({ int: 3 * trees.root.length * labels.length, flop: 2 * labels.length }),
    run: ({ trees, labels, scale }) => {
      const votes = new Int32Array(labels.length);
      return (x, out) => {
        votes.fill(0);
        for (const root of trees.root) {
          const leaf = leafOf(trees, root, x) * votes.length;
          for (let i = 0; i < votes.length; i++) votes[i]! += trees.values[leaf + i]!;
        }
        for (let i = 0; i < votes.length; i++) out[i] = votes[i]! * scale;
      };
    },
  },
  sum: {
    answers: 'value',
    template: 'TreeSum',
    codeBytes: { 'tree sum': 140 },
    traits: ({ base, scale }) => ({ floats: { kScale: scale, kOffset: base[0]! } }),
    scratchBytes: () => 0,
    work: ({ trees }) => ({ flop: trees.root.length + 2, int: 2 * trees.root.length }),
    run:
      ({ trees, base, scale }) =>
      (x, out) => {
        let sum = 0;
        for (const root of trees.root) sum = fround(sum + trees.values[leafOf(trees, root, x)]!);
        out[0] = fround(sum * scale) + base[0]!;
      },
  },
  softmax: {
    answers: 'classes',
    template: 'TreeSoftmax',
    codeBytes: { 'tree softmax': 276, exponential: 196 },
    traits: ({ labels, base }) => ({
      ints: { kOutputs: labels.length, kFirst: firstOutput(labels.length) },
      tables: { kBase: base },
    }),
    scratchBytes: () => 0,
    work: ({ trees, labels }) => ({
      flop: trees.root.length + 3 * labels.length,
      int: 4 * trees.root.length,
      exp: labels.length,
      div: labels.length,
    }),
    run: ({ trees, labels, base }) => {
      const first = firstOutput(labels.length);
      return (x, out) => {
        out.set(base);
        let output = first;
        for (const root of trees.root) {
          out[output]! += trees.values[leafOf(trees, root, x)]!;
          if (++output === labels.length) output = first;
        }
        softmax(out);
      };
    },
  },
};

/** The first class that trees are grown for: two classes need one score only. */
export const firstOutput = (classes: number): number => (classes === 2 ? 1 : 0);

/** Factor of the votes of so many trees. */
export const voteScale = (trees: number): number => fround(1 / (FULL_VOTE * trees));

/** Instructions for each comparison: loads of feature, threshold, value and child, and the jump back. */
const INTS_PER_COMPARISON = 5;

/** Makes the block that runs, counts, emits, scores and saves trees. */
export function treeBlock(type: string, model: TreeModel, input: Spec): TrainedBlock {
  const { trees, labels, comparisons, report } = model;
  const form = FORMS[model.form];
  const { ints, floats, tables } = form.traits(model);
  const isClass = form.answers === 'classes';
  return {
    type,
    answers: form.answers,
    dtype: 'f32',
    labels,
    report,
    input,
    output: {
      kind: 'scores',
      axes: [isClass ? { name: 'class', size: labels.length, labels } : { name: 'value', size: 1 }],
    },
    run: form.run(model),
    work: addPerComparison(form.work(model), comparisons),
    cpp: templateStage({
      header,
      type: `impulsekit::learn::${form.template}`,
      scratchBytes: form.scratchBytes(model),
      codeBytes: form.codeBytes,
      traits: {
        ints: { kTrees: trees.root.length, ...ints },
        floats: floats ?? {},
        tables: { ...tablesOf(trees, sizeOf(input)), ...tables },
      },
    }),
    state: stateOf(model),
    score: (scores, truth, options): Score => scoreOf(labels, isClass, scores, truth, options),
  };
}

function addPerComparison(work: Work, comparisons: number): Work {
  const { int = 0, flop = 0 } = work;
  return { ...work, int: int + INTS_PER_COMPARISON * comparisons, flop: flop + comparisons, call: 1 };
}

function scoreOf(
  labels: readonly string[],
  isClass: boolean,
  scores: readonly Float32Array[],
  truth: readonly string[],
  options: ScoreOptions | undefined,
): Score {
  return isClass ? classScore(labels, scores, truth, options) : valueScore(scores, truth, options);
}

/** The tables in the narrowest types that hold them. */
function tablesOf(trees: Trees, features: number): Readonly<Record<string, CppTable>> {
  const leaves = trees.values.length / trees.outputs;
  const Index = trees.feature.length <= 32_767 && leaves <= 32_768 ? Int16Array : Int32Array;
  // C++ knows no empty array.
  const filled = <T extends CppTable>(table: T, empty: T): T => (table.length > 0 ? table : empty);
  return {
    kFeature: filled((features > 256 ? Uint16Array : Uint8Array).from(trees.feature), new Uint8Array(1)),
    kThreshold: filled(trees.threshold, new Float32Array(1)),
    kChild: filled(Index.from(trees.child), new Int16Array(2).fill(-1)),
    kRoot: Index.from(trees.root),
    kValues: trees.values instanceof Int32Array ? Uint8Array.from(trees.values) : trees.values,
  };
}

function stateOf({ form, trees, labels, base, scale, comparisons, report }: TreeModel): BlockState {
  const { outputs, ...arrays } = trees;
  return { json: { form, labels, outputs, scale, comparisons, report }, arrays: { ...arrays, base } };
}

/**
 * Revives saved trees; what is saved may come from anywhere.
 *
 * @throws `BAD_FILE`
 */
export function reviveTrees(type: string, { json, arrays }: BlockState, input: Spec): TrainedBlock {
  const { form, labels, outputs, scale, comparisons, report } = (json ?? {}) as Record<string, unknown>;
  const { feature, threshold, child, root, values, base } = arrays;
  const known = Object.keys(FORMS).find((name) => name === form) as Form | undefined;
  const votes = known === 'votes';
  const good =
    known !== undefined &&
    Array.isArray(labels) &&
    labels.every((label) => typeof label === 'string') &&
    (known === 'sum' ? labels.length === 0 : labels.length > 1) &&
    outputs === (votes ? labels.length : 1) &&
    typeof scale === 'number' &&
    Number.isFinite(scale) &&
    typeof comparisons === 'number' &&
    Number.isFinite(comparisons) &&
    [feature, child, root].every((array) => array instanceof Int32Array) &&
    threshold instanceof Float32Array &&
    (votes
      ? values instanceof Int32Array && values.every((v) => v >= 0 && v <= FULL_VOTE)
      : values instanceof Float32Array) &&
    base instanceof Float32Array &&
    base.every(Number.isFinite) &&
    base.length === Math.max(1, labels.length);
  if (!good) {
    return fail({
      code: 'BAD_FILE',
      where: type,
      got: 'a saved state that does not hold together',
      expected: 'trees with nodes, leaves and labels',
      fix: 'Save the impulse again.',
    });
  }
  const trees = checkTrees(type, { feature, threshold, child, root, values, outputs } as Trees, sizeOf(input));
  const model = { form: known, trees, labels: labels as string[], base, scale, comparisons };
  return treeBlock(type, { ...model, report: readReport(report) }, input);
}

/** Trees of a size, before training. */
export function sketchTrees(trees: number, nodes: number, leaves: number, outputs: number, votes: boolean): Trees {
  return {
    feature: new Int32Array(nodes),
    threshold: new Float32Array(nodes),
    child: new Int32Array(2 * nodes).fill(-1),
    root: new Int32Array(trees).fill(-1),
    values: votes ? new Int32Array(leaves * outputs) : new Float32Array(leaves * outputs),
    outputs,
  };
}
