import type { BlockState, LearningBlock, ProcessingBlock, SavedBlock } from '../block.js';
import * as dspBlocks from '../dsp/index.js';
import { fail, show } from '../errors.js';
import * as learnBlocks from '../learn/index.js';
import type { Kind } from '../spec.js';
import { bind, mapValues } from './design.js';
import * as inputBlocks from './input.js';
import { ARRAYS, type ArrayRef, FORMAT, type ImpulseJson } from './save.js';
import { TrainedImpulse } from './trained.js';

/** A factory whose blocks may occur in a saved impulse: `mfe`, `classifier`, or your own. */
export interface Revivable {
  // biome-ignore lint/suspicious/noExplicitAny: factories take different options
  (options?: any): ProcessingBlock | LearningBlock;
  readonly type: string;
  readonly version: number;
  /** Makes a learner that its parameters alone do not make, such as one from a file. */
  readonly restore?: (params: Readonly<Record<string, unknown>>, state: BlockState) => LearningBlock;
  /** Makes a processing block of other blocks from its parameters, which hold their saved forms; `revive` makes those. */
  readonly compose?: (
    params: Readonly<Record<string, unknown>>,
    revive: (saved: SavedBlock) => ProcessingBlock,
  ) => ProcessingBlock;
}

/**
 * Revives a trained impulse from its saved files.
 *
 * @param files `impulse.json` and `weights.bin`, as written by {@link TrainedImpulse.toBundle}, or the `impulse.json` of
 * a deployment, which holds the weights
 * @param blocks factories of blocks that are not impulsekit's own
 * @throws `BAD_FILE` when the files are damaged, `UNSUPPORTED` when they need a block or version that is not here
 */
export function fromFiles(
  files: { json: string; weights?: Uint8Array },
  blocks: readonly Revivable[] = [],
): TrainedImpulse {
  const saved = parse(files.json);
  const dspFactory = finder([...revivable(dspBlocks), ...blocks]);
  const learnFactory = finder([...revivable(learnBlocks), ...blocks]);
  const reviveDsp = (dsp: SavedBlock): ProcessingBlock => {
    const factory = dspFactory(dsp);
    return factory.compose?.(dsp.params, reviveDsp) ?? (factory(dsp.params) as ProcessingBlock);
  };
  const weights = files.weights ?? embeddedWeights(saved);
  const read = (ref: ArrayRef): Float32Array | Int8Array | Int32Array => readArray(weights, ref);

  const states = mapValues(
    saved.learn,
    ({ state, arrays }): BlockState => ({ json: state, arrays: mapValues(arrays, read) }),
  );
  const learners = mapValues(saved.learn, (learn, name) => {
    const factory = learnFactory(learn);
    const learner = factory.restore?.(learn.params, states[name]!) ?? (factory(learn.params) as LearningBlock);
    return { inputs: learn.inputs, learner };
  });
  const bound = bind({
    input: inputFactory(saved.input.type)(saved.input.params as never),
    dsp: mapValues(saved.dsp, reviveDsp),
    learn: learners,
  });
  const trained = Object.entries(saved.learn).map(([name, learn]) => {
    const learner = learners[name]!.learner as LearningBlock<Kind>;
    return { name, inputs: learn.inputs, block: learner.revive(states[name]!, bound.learnerInputs[name]!) };
  });
  const golden = saved.golden.map(({ label, group, window }) => ({
    label,
    group,
    values: read(window) as Float32Array,
  }));
  return new TrainedImpulse({ bound, learners: trained, golden, origin: saved.origin });
}

function embeddedWeights({ weights }: ImpulseJson): Uint8Array {
  if (typeof weights !== 'string') return damaged('no weights', 'weights.bin beside it, or the weights in it');
  try {
    return Uint8Array.from(atob(weights), (character) => character.charCodeAt(0));
  } catch (cause) {
    return damaged('weights that are not base64', 'the text that a deployment wrote', cause);
  }
}

function revivable(module: Readonly<Record<string, unknown>>): Revivable[] {
  return Object.values(module).filter(
    (member): member is Revivable => typeof member === 'function' && 'type' in member && 'version' in member,
  );
}

function finder(factories: readonly Revivable[]): (block: SavedBlock) => Revivable {
  return ({ type, version }) =>
    factories.find((factory) => factory.type === type && factory.version === version) ??
    fail({
      code: 'UNSUPPORTED',
      where: 'impulse.json',
      got: `block ${show(type)} version ${version}`,
      expected: `one of ${factories.map((factory) => `${factory.type} ${factory.version}`).join(', ')}`,
      fix: 'Hand the factory of a block of your own to load(), or use the impulsekit version that saved it.',
    });
}

function inputFactory(type: string): (params: never) => inputBlocks.InputBlock {
  const factory = Object.values(inputBlocks).find((member) => member.type === type);
  return (factory as (params: never) => inputBlocks.InputBlock) ?? damaged(`input ${show(type)}`, 'a known input type');
}

export function parse(text: string): ImpulseJson {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    return damaged('text that is not JSON', 'the impulse.json that save() wrote', cause);
  }
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const isBlock = (value: unknown): boolean =>
    isRecord(value) && typeof value.type === 'string' && typeof value.version === 'number' && isRecord(value.params);
  const isLearn = (value: unknown): boolean =>
    isBlock(value) &&
    isRecord(value) &&
    isRecord(value.arrays) &&
    Array.isArray(value.inputs) &&
    isRecord(value.report);
  if (!isRecord(json)) return damaged('JSON of another shape', 'an object');
  if (json.format !== FORMAT) return damaged(`format ${show(json.format)}`, `format ${FORMAT}`);
  const sound =
    isRecord(json.input) &&
    isRecord(json.input.params) &&
    isRecord(json.dsp) &&
    Object.values(json.dsp).every(isBlock) &&
    isRecord(json.learn) &&
    Object.values(json.learn).every(isLearn) &&
    isRecord(json.origin) &&
    Array.isArray(json.golden) &&
    json.golden.every((g) => isRecord(g) && typeof g.label === 'string' && isRecord(g.window));
  return sound
    ? (json as unknown as ImpulseJson)
    : damaged('JSON of another shape', 'input, dsp, learn, origin and golden');
}

function readArray(bytes: Uint8Array, ref: ArrayRef): Float32Array | Int8Array | Int32Array {
  const type = Object.hasOwn(ARRAYS, ref.type)
    ? ARRAYS[ref.type]
    : damaged(`array type ${show(ref.type)}`, 'f32, i8 or i32');
  const { offset, length } = ref;
  const inside =
    Number.isInteger(offset) &&
    Number.isInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length * type.BYTES_PER_ELEMENT <= bytes.length;
  if (!inside)
    return damaged(
      `an array at ${show(offset)} + ${show(length)}`,
      `a place inside weights.bin (${bytes.length} bytes)`,
    );
  // A copy through Uint8Array: a Node Buffer's own slice would share memory that starts elsewhere.
  return new type(new Uint8Array(bytes.subarray(offset, offset + length * type.BYTES_PER_ELEMENT)).buffer);
}

function damaged(got: string, expected: string, cause?: unknown): never {
  return fail({ code: 'BAD_FILE', where: 'impulse.json', got, expected, fix: 'Save the impulse again.', cause });
}
