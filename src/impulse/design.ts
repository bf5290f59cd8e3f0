import type { LearningBlock, PretrainedBlock, ProcessingBlock, ProcessingStage, TrainedBlock } from '../block.js';
import { fail, show } from '../errors.js';
import { featuresSpec, type Kind, type Spec, sizeOf } from '../spec.js';
import type { InputBlock } from './input.js';

/** A learner and the processing blocks it learns from. Made by {@link on}. */
export interface Route<Names extends string = string, in I extends Kind = never> {
  readonly inputs: readonly Names[];
  readonly learner: LearningBlock<I>;
}

/** A route to a learner that comes trained. */
export interface PretrainedRoute<Names extends string = string, in I extends Kind = never> extends Route<Names, I> {
  readonly learner: PretrainedBlock<I>;
}

export interface RouteStart<Names extends string> {
  /** Gives these features to a learner. */
  use<I extends Kind>(learner: PretrainedBlock<I>): PretrainedRoute<Names, I>;
  use<I extends Kind>(learner: LearningBlock<I>): Route<Names, I>;
}

/**
 * Names the processing blocks a learner of a {@link graph} takes its features from, concatenated in this order.
 *
 * @example
 * ```ts
 * const route = on('spectrum', 'stats').use(classifier());
 * ```
 */
export function on<const Names extends readonly [string, ...string[]]>(...inputs: Names): RouteStart<Names[number]> {
  const use = <I extends Kind, B extends LearningBlock<I>>(learner: B) => ({ inputs, learner });
  return { use: use as RouteStart<Names[number]>['use'] };
}

/** The blocks of an impulse, by name. */
export interface Design {
  readonly input: InputBlock;
  readonly dsp: Readonly<Record<string, ProcessingBlock>>;
  readonly learn: Readonly<Record<string, Route>>;
}

/** A design whose sizes have been checked and whose processing blocks are bound to the window. */
export interface BoundDesign {
  readonly design: Design;
  readonly stages: Readonly<Record<string, ProcessingStage>>;
  /** What each learner is given: one block's output, or several side by side. */
  readonly learnerInputs: Readonly<Record<string, Spec>>;
}

/** A trained learner in its place in the impulse. */
export interface TrainedLearner {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly block: TrainedBlock;
}

/**
 * Checks names and sizes of a design and makes the tables of its processing blocks.
 *
 * @throws `BAD_OPTION`, `SHAPE_MISMATCH`
 */
export function bind(design: Design): BoundDesign {
  checkNames(design);
  const stages = mapValues(design.dsp, (block) => (block as ProcessingBlock<Kind>).bind(design.input.spec));
  const learnerInputs = mapValues(design.learn, ({ inputs }) => {
    const specs = inputs.map((name) => stages[name]!.output);
    return specs.length === 1 ? specs[0]! : featuresSpec(specs.reduce((sum, spec) => sum + sizeOf(spec), 0));
  });
  return { design, stages, learnerInputs };
}

function checkNames({ dsp, learn }: Design): void {
  const names = [...Object.keys(dsp), ...Object.keys(learn)];
  for (const name of names) {
    if (/^[A-Za-z]\w{0,39}$/.test(name)) continue;
    refuse(`block name ${show(name)}`, 'a letter followed by letters, digits or _', 'Rename the block.');
  }
  if (Object.keys(dsp).length === 0 || Object.keys(learn).length === 0) {
    refuse('no blocks', 'at least one processing block and one learner', 'Add one.');
  }
  for (const [name, route] of Object.entries(learn)) {
    const unknown = route.inputs.find((input) => !Object.hasOwn(dsp, input));
    if (unknown === undefined) continue;
    refuse(`learner ${name} on ${show(unknown)}`, `one of ${Object.keys(dsp).join(', ')}`, 'Correct the name in on().');
  }
}

function refuse(got: string, expected: string, fix: string): never {
  return fail({ code: 'BAD_OPTION', where: 'impulse', got, expected, fix });
}

/** The design with its processing blocks fitted to windows; the same object when none of them learns. */
export function fitBlocks(design: Design, windows: readonly Float32Array[]): Design {
  if (Object.values(design.dsp).every((block) => block.fit === undefined)) return design;
  const dsp = mapValues(
    design.dsp,
    (block) => (block as ProcessingBlock<Kind>).fit?.(design.input.spec, windows) ?? block,
  );
  return { ...design, dsp };
}

/** Features of one window, by processing block. */
export function featuresOf({ stages }: BoundDesign, window: Float32Array): Record<string, Float32Array> {
  return mapValues(stages, (stage) => {
    const row = new Float32Array(sizeOf(stage.output));
    stage.run(window, row);
    return row;
  });
}

/** Maps the values of a record, keeping its keys. */
export function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
