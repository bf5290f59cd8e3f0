import type { ProcessingBlock, SavedBlock, TuningData } from '../../block.js';
import { fail, show } from '../../errors.js';
import { type Param, type Schema, value } from '../../params.js';
import { type Given, type Kind, type Spec, sizeOf } from '../../spec.js';
import { pipeStage } from './stage.js';

const TYPE = 'pipe';
const VERSION = 1;

/** Inside a pipe the compiler has checked the kinds; from here on a block takes any. */
type Block = ProcessingBlock<Kind>;

const schema = {
  blocks: value<readonly SavedBlock[]>([], 'The blocks in order, each with type, version and params.'),
} satisfies Schema;

interface Pipe {
  <I extends Kind, A extends Kind, O extends Kind>(
    first: ProcessingBlock<I, A>,
    second: ProcessingBlock<Given<A>, O>,
  ): ProcessingBlock<I, O>;
  <I extends Kind, A extends Kind, B extends Kind, O extends Kind>(
    first: ProcessingBlock<I, A>,
    second: ProcessingBlock<Given<A>, B>,
    third: ProcessingBlock<Given<B>, O>,
  ): ProcessingBlock<I, O>;
  <I extends Kind, A extends Kind, B extends Kind, C extends Kind, O extends Kind>(
    first: ProcessingBlock<I, A>,
    second: ProcessingBlock<Given<A>, B>,
    third: ProcessingBlock<Given<B>, C>,
    fourth: ProcessingBlock<Given<C>, O>,
  ): ProcessingBlock<I, O>;
  readonly type: string;
  readonly version: number;
  readonly schema: typeof schema;
  /** The pipe that was saved with these parameters. */
  readonly compose: (
    params: Readonly<Record<string, unknown>>,
    revive: (saved: SavedBlock) => ProcessingBlock,
  ) => ProcessingBlock;
}

/**
 * Processing blocks in a row as one block: each takes what the one before gives.
 *
 * `kind I -> kind O`, two to four blocks (a pipe is a block: for more, put pipes into a pipe); the compiler checks that
 * kinds meet, `output` that sizes do. Parameters of the inner blocks go by `type.parameter` (`mfe.filters`; `filter2`
 * is the second filter), for `with` and the tuner. Training and tuning go through in order. Errors: those of the
 * blocks; `BAD_FILE` for a damaged saved pipe.
 *
 * @example
 * ```ts
 * impulse({ input, dsp: pipe(mfe({ filters: 32 }), scaler()), learn });
 * ```
 */
export const pipe: Pipe = Object.assign((...blocks: readonly Block[]) => make(blocks) as never, {
  type: TYPE,
  version: VERSION,
  schema,
  compose: (params: Readonly<Record<string, unknown>>, revive: (saved: SavedBlock) => ProcessingBlock) =>
    make(savedBlocks(params.blocks).map((saved) => revive(saved) as Block)),
});

function make(blocks: readonly Block[]): Block {
  const names = memberNames(blocks);
  const saved = blocks.map(({ type, version, params }): SavedBlock => ({ type, version, params }));
  const has = (hook: 'fit' | 'autotune'): boolean => blocks.some((block) => block[hook] !== undefined);
  return {
    role: 'dsp',
    type: TYPE,
    version: VERSION,
    params: parameters(saved, names),
    schema: { ...schema, ...innerSchema(blocks, names) },
    output: (input) => blocks.reduce<Spec>((spec, block) => block.output(spec), input),
    bind: (input) => {
      let spec: Spec = input;
      const stages = blocks.map((block) => {
        const stage = block.bind(spec);
        spec = stage.output;
        return stage;
      });
      return pipeStage(stages);
    },
    ...(has('fit') && {
      fit: (input: Spec, windows: readonly Float32Array[]) =>
        make(through(blocks, input, windows, (block, spec, values) => block.fit?.(spec, values))),
    }),
    ...(has('autotune') && {
      autotune: (input: Spec, { windows, labels }: TuningData) =>
        make(
          through(blocks, input, windows, (block, spec, values) => block.autotune?.(spec, { windows: values, labels })),
        ),
    }),
    with: (changes) => make(changed(blocks, names, changes)),
  };
}

/** Names of the blocks in parameters: the type, numbered from the second of a type on. */
function memberNames(blocks: readonly Block[]): string[] {
  return blocks.map(({ type }, i) => {
    const number = blocks.slice(0, i + 1).filter((block) => block.type === type).length;
    return number === 1 ? type : `${type}${number}`;
  });
}

function innerSchema(blocks: readonly Block[], names: readonly string[]): Record<string, Param<unknown>> {
  const entries = blocks.flatMap((block, i) =>
    Object.entries(block.schema).map(([param, rule]) => [`${names[i]}.${param}`, rule] as const),
  );
  return Object.fromEntries(entries);
}

/** The saved form, and every inner parameter by name; those can be read but are not enumerated, nor saved twice. */
function parameters(saved: readonly SavedBlock[], names: readonly string[]): Readonly<Record<string, unknown>> {
  const params: Record<string, unknown> = { blocks: saved };
  saved.forEach((block, i) => {
    for (const name of Object.keys(block.params)) {
      Object.defineProperty(params, `${names[i]}.${name}`, { value: block.params[name], enumerable: false });
    }
  });
  return Object.freeze(params);
}

/** Lets every block learn from what the ones before make of the windows. */
function through(
  blocks: readonly Block[],
  input: Spec,
  windows: readonly Float32Array[],
  learn: (block: Block, spec: Spec, values: readonly Float32Array[]) => ProcessingBlock<Kind> | undefined,
): Block[] {
  let spec = input;
  let values = windows;
  return blocks.map((block, i) => {
    const learnt = learn(block, spec, values) ?? block;
    if (i === blocks.length - 1) return learnt;
    const stage = learnt.bind(spec);
    values = values.map((x) => {
      const out = new Float32Array(sizeOf(stage.output));
      stage.run(x, out);
      return out;
    });
    spec = stage.output;
    return learnt;
  });
}

function changed(
  blocks: readonly Block[],
  names: readonly string[],
  changes: Readonly<Record<string, unknown>>,
): Block[] {
  const { blocks: whole, ...single } = changes;
  const options = whole === undefined ? blocks.map(() => ({})) : matchingParams(blocks, savedBlocks(whole));
  const perBlock = options.map((params): Record<string, unknown> => ({ ...params }));
  for (const [key, given] of Object.entries(single)) {
    const [name, param] = [key.slice(0, key.indexOf('.')), key.slice(key.indexOf('.') + 1)];
    const index = names.indexOf(name);
    if (index < 0) refuseName(key, names);
    perBlock[index]![param] = given;
  }
  return blocks.map((block, i) => block.with(perBlock[i]!) as Block);
}

function matchingParams(blocks: readonly Block[], saved: readonly SavedBlock[]): SavedBlock['params'][] {
  const same =
    blocks.length === saved.length &&
    saved.every(({ type, version }, i) => type === blocks[i]!.type && version === blocks[i]!.version);
  if (same) return saved.map(({ params }) => params);
  return fail({
    code: 'BAD_OPTION',
    where: `${TYPE}.blocks`,
    got: show(saved.map(({ type }) => type)),
    expected: `parameters for ${blocks.map(({ type }) => type).join(', ')}`,
    fix: 'Call pipe() for a row of other blocks.',
  });
}

function refuseName(key: string, names: readonly string[]): never {
  return fail({
    code: 'UNKNOWN_OPTION',
    where: `${TYPE}.${key}`,
    got: 'an unknown option',
    expected: `blocks, or a parameter of ${names.join(', ')} such as ${names[0]}.name`,
    fix: 'Correct the spelling or remove it.',
  });
}

function savedBlocks(given: unknown): readonly SavedBlock[] {
  const isBlock = (one: unknown): one is SavedBlock => {
    const { type, version, params } = (one ?? {}) as Partial<SavedBlock>;
    return typeof type === 'string' && typeof version === 'number' && typeof params === 'object' && params !== null;
  };
  if (Array.isArray(given) && given.length > 0 && given.every(isBlock)) return given;
  return fail({
    code: 'BAD_FILE',
    where: `${TYPE}.blocks`,
    got: show(given),
    expected: 'a list of blocks with type, version and params',
    fix: 'Save the impulse again.',
  });
}
