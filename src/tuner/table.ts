import type { Impulse } from '../impulse/index.js';
import type { Trial } from './tune.js';

/**
 * Trials as a text table, best first: what was tried, how well it did, and what it costs, split into processing and
 * network.
 *
 * @example
 * ```ts
 * console.log(trialTable((await tune(keyword, options)).trials));
 * ```
 */
export function trialTable(trials: readonly Trial[]): string {
  const header = [
    '',
    'processing',
    'network',
    'val',
    'test',
    'int8',
    'DSP ms',
    'NN ms',
    'total ms',
    'RAM kB',
    'flash kB',
  ];
  const rows = trials.map((trial) => [
    `#${trial.id}`,
    processing(trial.impulse),
    network(trial.impulse),
    percent(trial.valAccuracy),
    percent(trial.accuracy),
    percent(trial.int8Accuracy),
    trial.dsp.latencyMs.toFixed(1),
    trial.network.latencyMs.toFixed(1),
    trial.latencyMs.toFixed(1),
    (trial.ramBytes / 1000).toFixed(1),
    (trial.flashBytes / 1000).toFixed(1),
  ]);
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number): string =>
    column < 3 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  const lines = all.map((row) => row.map(pad).join('  ').trimEnd());
  return [lines[0], '-'.repeat(Math.max(...lines.map((line) => line.length))), ...lines.slice(1)].join('\n');
}

function percent(share: number): string {
  return Number.isNaN(share) ? '-' : `${(100 * share).toFixed(1)} %`;
}

function processing({ design }: Impulse): string {
  return Object.values(design.dsp)
    .map(({ type, params, schema }) => `${type} (${searched(params, schema)})`)
    .join(' + ');
}

function network({ design }: Impulse): string {
  return Object.values(design.learn)
    .map(({ learner }) => searched(learner.params, learner.schema) || learner.type)
    .join(' + ');
}

/** The values of the parameters the tuner may change. */
function searched(
  params: Readonly<Record<string, unknown>>,
  schema: Impulse['design']['dsp'][string]['schema'],
): string {
  return Object.keys(schema)
    .filter((name) => schema[name]?.tune)
    .map((name) => brief(params[name]))
    .join('; ');
}

/** Numbers and words as they are; layers as their type and sizes. */
function brief(value: unknown): string {
  if (Array.isArray(value)) return value.map(brief).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  const { type, ...rest } = value as Record<string, unknown>;
  const sizes = Object.values(rest)
    .filter((one) => typeof one === 'number')
    .slice(0, 1);
  return [type, ...sizes].join(' ');
}
