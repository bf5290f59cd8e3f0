/**
 * What the learning blocks reach on the reference recordings: `npm run bench:accuracy`, with `-- --json` for rows,
 * `--sets a,b` and `--seeds 1,2` to choose. Two processes work in parallel. Ends with 1 when a bar is missed.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DATA, hasRecordings } from './recordings.js';
import { type Outcome, TASKS, type Task } from './tasks.js';
import type { Job } from './worker.js';

const PROCESSES = 2;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    sets: { type: 'string' },
    seeds: { type: 'string', default: '1,2,3' },
  },
});

type Answer = (Outcome | { readonly error: string }) & { readonly seconds: number };

interface Row {
  readonly set: string;
  readonly metric: Task['metric'];
  readonly seeds: readonly number[];
  readonly float: readonly number[];
  readonly int8: readonly number[];
  readonly mean: number;
  /** Largest less smallest over the seeds. */
  readonly spread: number;
  readonly int8Mean: number | null;
  readonly int8Spread: number | null;
  readonly flashBytes: number | null;
  readonly ramBytes: number | null;
  readonly bar: number | null;
  /** Nothing where there is no bar. */
  readonly pass: boolean | null;
  readonly seconds: number;
  readonly errors: readonly string[];
}

const say = (text: string): void => (values.json ? console.error(text) : console.log(text));

function chosen(): readonly Task[] {
  const names = values.sets?.split(',');
  const wrong = names?.find((name) => !TASKS.some((task) => task.name === name || task.set === name));
  if (wrong !== undefined) throw new Error(`no set ${wrong}; there are ${TASKS.map(({ name }) => name).join(', ')}`);
  return TASKS.filter(({ name, set }) => !names || names.includes(name) || names.includes(set));
}

/** Hands out jobs until there are none, and gives the answers in the order of the jobs. */
async function answersTo(jobs: readonly Job[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)));
    while (next < jobs.length) {
      const index = next++;
      answers[index] = await new Promise<Answer>((resolve, reject) => {
        child.once('message', (message) => resolve(message as Answer));
        child.once('exit', (code) => reject(new Error(`a worker ended with ${code}`)));
        child.send(jobs[index]!);
      });
      child.removeAllListeners('exit');
      const { task, seed } = jobs[index]!;
      console.error(`${task}, seed ${seed}: ${JSON.stringify(answers[index])}`);
    }
    child.disconnect();
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
  return answers;
}

const meanOf = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
const spreadOf = (list: readonly number[]): number =>
  list.length > 0 ? Math.max(...list) - Math.min(...list) : Number.NaN;

function rowOf(task: Task, seeds: readonly number[], answers: readonly Answer[]): Row {
  const outcomes = answers.filter((answer) => !('error' in answer)) as Outcome[];
  const float = outcomes.map((outcome) => outcome.float);
  const int8 = outcomes.flatMap((outcome) => outcome.int8 ?? []);
  const largest = (figure: 'flashBytes' | 'ramBytes'): number | null => {
    const sizes = outcomes.flatMap((outcome) => outcome[figure] ?? []);
    return sizes.length > 0 ? Math.max(...sizes) : null;
  };
  const row = {
    set: task.name,
    metric: task.metric,
    seeds,
    float,
    int8,
    mean: meanOf(float),
    spread: spreadOf(float),
    int8Mean: int8.length > 0 ? meanOf(int8) : null,
    int8Spread: int8.length > 0 ? spreadOf(int8) : null,
    flashBytes: largest('flashBytes'),
    ramBytes: largest('ramBytes'),
    bar: task.bar ?? null,
    seconds: answers.reduce((sum, { seconds }) => sum + seconds, 0),
    errors: answers.flatMap((answer) => ('error' in answer ? answer.error : [])),
  };
  return { ...row, pass: passes(task, row) };
}

function passes({ bar, metric, int8Within, limits }: Task, row: Omit<Row, 'pass'>): boolean | null {
  if (row.errors.length > 0) return false;
  if (bar === undefined) return null;
  const reached = metric === 'mae' ? row.mean <= bar : row.mean >= bar;
  const kept = int8Within === undefined || (row.int8Mean !== null && row.mean - row.int8Mean <= int8Within);
  const fits = !limits || (row.flashBytes! <= limits.flashBytes && row.ramBytes! <= limits.ramBytes);
  return reached && kept && fits;
}

const HEAD = ['mean', 'spread', 'int8', 'spread', 'bar', 'flash kB', 'RAM kB', 'CPU s'];

function cellsOf(row: Row): string[] {
  const figure = (x: number | null): string => {
    if (x === null || Number.isNaN(x)) return '-';
    return row.metric === 'accuracy' ? `${(100 * x).toFixed(1)} %` : x.toFixed(3);
  };
  const kilo = (bytes: number | null): string => (bytes === null ? '-' : (bytes / 1000).toFixed(1));
  return [
    ...[row.mean, row.spread, row.int8Mean, row.int8Spread, row.bar].map(figure),
    kilo(row.flashBytes),
    kilo(row.ramBytes),
    row.seconds.toFixed(0),
  ];
}

function line(title: string, cells: readonly string[], end: string): string {
  return `${title.padEnd(44)} ${cells.map((cell) => cell.padStart(8)).join(' ')}  ${end}`.trimEnd();
}

const VERDICTS = new Map<boolean | null, string>([
  [true, 'kept'],
  [false, 'MISSED'],
  [null, ''],
]);

const tasks = chosen();
const there = tasks.filter(({ set }) => hasRecordings(set));
for (const { name } of tasks.filter((task) => !there.includes(task))) say(`${name}: SKIPPED, no recordings in ${DATA}`);
const seeds = values.seeds.split(',').map(Number);
const started = performance.now();
const answers = await answersTo(there.flatMap(({ name }) => seeds.map((seed) => ({ task: name, seed }))));
const rows = there.map((task, i) => rowOf(task, seeds, answers.slice(i * seeds.length, (i + 1) * seeds.length)));
say(
  `Accuracy, area under the ROC curve (auc) or mean absolute error (mae), seeds ${seeds.join(', ')}; int8 bytes on a Cortex-M4`,
);
say(line('', HEAD, ''));
rows.forEach((row, i) => {
  const metric = row.metric === 'accuracy' ? '' : ` (${row.metric})`;
  say(line(there[i]!.title + metric, cellsOf(row), VERDICTS.get(row.pass)!));
  for (const error of row.errors) say(`  ${error}`);
});
say(`${((performance.now() - started) / 60_000).toFixed(1)} minutes`);
if (values.json) console.log(JSON.stringify(rows, null, 2));
process.exitCode = rows.every(({ pass }) => pass !== false) ? 0 : 1;
