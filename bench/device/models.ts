/**
 * Measures emitted networks on Cortex-M cores in QEMU, beside TensorFlow Lite for Microcontrollers:
 * `npm run bench:device -- --models kws,ic --cores Cortex-M4F,Cortex-M0+ --types int8 --inputs 2`.
 *
 * Flash is text, constants and data of the image without those of an empty one with the same start-up; RAM is arena,
 * other static memory and stack. Size mode is built with -Os, speed mode with -O2, both with gcc and newlib-nano.
 * `--json` prints rows only, `--markdown` the tables of the README, `--functions` also the code of every function.
 *
 * Processing blocks and whole impulses come first, on Cortex-M4F; `--impulses mfcc,spectral` picks some of them. Then
 * what is estimated of the reference networks stands beside linked images, on three cores; `--sizes kws_int8` picks some.
 * Picking one kind leaves the others out, and so does `none`.
 */
import { parseArgs } from 'node:util';
import { fail, show } from '../../src/errors.js';
import { type Dtype, HAS_REFERENCE, MODELS, modelCase } from './cases.js';
import { ALL_CORES, type Core, toolVersions } from './image.js';
import { type ImpulseRow, impulseHead, impulseLine, measureImpulseRows } from './impulse-rows.js';
import { IMPULSES } from './impulses.js';
import { BOARDS, REFERENCE_FILES, referenceProgram, type SizeRow, sizeHead, sizeLine, sizeRow } from './reference.js';
import { markdown, summary, tableHead, tableLine } from './report.js';
import { type MeasuredCase, type ModelRow, measureCase } from './rows.js';

/** Those that have bars; the others are measured on the first core only, unless they are named. */
const BARRED = ['kws', 'ic', 'vww', 'ad'];
const TYPES: readonly Dtype[] = ['int8', 'f32'];
const FLOAT_UNITS: readonly Core[] = ['Cortex-M4F', 'Cortex-M7', 'Cortex-M33'];

interface Options {
  readonly models: readonly string[] | undefined;
  readonly cores: readonly Core[];
  readonly types: readonly Dtype[] | undefined;
  readonly inputs: number | undefined;
}

const KINDS = ['impulses', 'sizes', 'models'] as const;

/** What is asked for of a kind; undefined is all. Naming things of one kind leaves out the others. */
function asked(values: Partial<Record<(typeof KINDS)[number], string>>, kind: (typeof KINDS)[number]) {
  const others = KINDS.some((other) => other !== kind && (values[other] ?? 'none') !== 'none');
  return values[kind] ?? (others ? 'none' : undefined);
}

function list<T extends string>(name: string, text: string | undefined, allowed: readonly T[]): T[] | undefined {
  if (text === 'none') return [];
  return text?.split(',').map((word) => allowed.find((one) => one === word) ?? refuse(name, word, allowed.join(', ')));
}

function refuse(option: string, value: string, expected: string): never {
  return fail({
    code: 'BAD_OPTION',
    where: `bench:device --${option}`,
    got: show(value),
    expected,
    fix: 'Correct the command line.',
  });
}

/** A short form such as `M4F` stands for `Cortex-M4F`. */
function coreNames(text: string | undefined): string | undefined {
  return text
    ?.split(',')
    .map((word) => (word.startsWith('Cortex-') ? word : `Cortex-${word}`))
    .join();
}

async function* measureAll({ models, cores, types, inputs }: Options): AsyncGenerator<MeasuredCase> {
  for (const core of cores) {
    const first = core === cores[0];
    for (const dtype of types ?? (FLOAT_UNITS.includes(core) ? TYPES : TYPES.slice(0, 1))) {
      for (const model of models ?? MODELS.filter((name) => first || BARRED.includes(name))) {
        const found = modelCase(model, dtype, inputs);
        if (found) yield await measureCase(found, core);
      }
    }
  }
}

/** Estimates of the reference networks against linked images, on every core that they are promised for. */
async function* sizesOf(files: readonly string[]): AsyncGenerator<SizeRow> {
  for (const file of files) {
    const program = referenceProgram(file);
    for (const core of Object.keys(BOARDS) as (keyof typeof BOARDS)[]) yield await sizeRow(file, program, core);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      models: { type: 'string' },
      cores: { type: 'string', default: 'M4F,M0+' },
      types: { type: 'string' },
      inputs: { type: 'string' },
      json: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      functions: { type: 'boolean', default: false },
      impulses: { type: 'string' },
      sizes: { type: 'string' },
    },
  });
  const count = values.inputs === undefined ? undefined : Number(values.inputs);
  if (count !== undefined && !(Number.isInteger(count) && count > 0))
    refuse('inputs', values.inputs!, 'a whole number from 1');
  const options: Options = {
    models: list('models', asked(values, 'models'), MODELS),
    cores: list('cores', coreNames(values.cores), ALL_CORES)!,
    types: list('types', values.types, TYPES),
    inputs: count,
  };
  const versions = await toolVersions();
  const networks = HAS_REFERENCE ? 'models of MLPerf Tiny' : 'architectures of MLPerf Tiny with made-up weights';
  const title = `${networks}, ${versions}, kB = 1,000 bytes`;
  const table = !values.json && !values.markdown;
  const names = list(
    'impulses',
    asked(values, 'impulses'),
    IMPULSES.map(({ name }) => name),
  );
  const impulseRows: ImpulseRow[] = [];
  const cases = IMPULSES.filter(({ name }) => names?.includes(name) ?? true);
  if (table && cases.length > 0) console.log(impulseHead());
  for (const one of cases) {
    for (const row of await measureImpulseRows(one, 'Cortex-M4F')) {
      impulseRows.push(row);
      if (table) console.log(impulseLine(row));
    }
  }
  const sizes: SizeRow[] = [];
  const files = list('sizes', asked(values, 'sizes'), REFERENCE_FILES) ?? REFERENCE_FILES;
  if (table && files.length > 0) console.log(`\n${sizeHead()}`);
  for await (const row of sizesOf(files)) {
    sizes.push(row);
    if (table) console.log(sizeLine(row));
  }
  if (table && options.models?.length !== 0) console.log(`\n${title}\n${tableHead()}`);
  const rows: ModelRow[] = [];
  for await (const measured of measureAll(options)) {
    rows.push(...measured.rows);
    measured.rows.forEach((row, i) => {
      if (table) console.log(tableLine(row));
      if (!values.functions || values.json) return;
      for (const [name, bytes] of measured.functions[i]!) console.log(`    ${String(bytes).padStart(6)} ${name}`);
    });
  }
  if (values.json) console.log(JSON.stringify([...impulseRows, ...sizes, ...rows], null, 2));
  if (values.markdown) console.log(markdown(rows, title));
  if (!values.json) (table ? console.log : console.error)(summary([...impulseRows, ...rows]));
  const wrong = [...impulseRows, ...rows].some(({ exact }) => !exact) || sizes.some(({ kept }) => !kept);
  if (wrong) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
