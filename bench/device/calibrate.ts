/**
 * Counts instructions of the workloads in QEMU and fits instructions per unit of work: the numbers in
 * `src/targets/profiles/`. Run it with `npx tsx bench/device/calibrate.ts` when kernels or their counts change.
 */
import type { Work, WorkUnit } from '../../src/cost.js';
import { measureSteps } from './device.js';
import type { Core } from './image.js';
import { type Workload, workloads } from './workloads.js';

interface Row {
  readonly name: string;
  readonly work: Work;
  readonly instructions: number;
}

const UNITS: readonly WorkUnit[] = [
  'int',
  'flop',
  'log',
  'div',
  'convF32',
  'convInt8',
  'gather',
  'depthwiseF32',
  'depthwiseInt8',
  'denseF32',
  'denseInt8',
  'elementF32',
  'elementInt8',
  'requantize',
  'exp',
  'call',
];

const stepOf = ({ program, step }: Workload) =>
  [...program.dsp.map(({ stage }) => stage), program.learn[0]!.block][step]!;

/** Largest difference to TypeScript, relative above 1; emitted code must give the same answers on the device. */
function difference({ program }: Workload, got: Float32Array): number {
  const expected = program.golden[0]!.scores.flatMap((row) => [...row]);
  return Math.max(...expected.map((v, i) => Math.abs(got[i]! - v) / Math.max(1, Math.abs(v))));
}

async function countAll(core: Core, cases: readonly Workload[], flags: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const workload of cases) {
    const { instructions, scores } = await measureSteps(workload.program, core, flags);
    const away = difference(workload, scores);
    if (!(away < 1e-4)) console.log(`${core}: ${workload.name} differs by ${away}`);
    rows.push({ name: workload.name, work: stepOf(workload).work, instructions: instructions[workload.step]! });
  }
  return rows;
}

/** Non-negative least squares of relative errors, by coordinate descent from zero: deterministic. */
function solve(rows: readonly Row[]): Record<WorkUnit, number> {
  const columns = UNITS.map((unit) => rows.map(({ work, instructions }) => (work[unit] ?? 0) / instructions));
  const costs = UNITS.map(() => 0);
  const residual = rows.map(() => 1);
  for (let round = 0; round < 20_000; round++) {
    columns.forEach((column, j) => {
      const norm = column.reduce((sum, v) => sum + v * v, 0);
      if (norm === 0) return;
      const step = column.reduce((sum, v, i) => sum + v * residual[i]!, 0) / norm;
      const next = Math.max(0, costs[j]! + step);
      const change = next - costs[j]!;
      costs[j] = next;
      column.forEach((v, i) => {
        residual[i]! -= v * change;
      });
    });
  }
  return Object.fromEntries(UNITS.map((unit, j) => [unit, costs[j]!])) as Record<WorkUnit, number>;
}

const predict = (work: Work, costs: Record<WorkUnit, number>): number =>
  (Object.entries(work) as [WorkUnit, number][]).reduce((sum, [unit, count]) => sum + count * costs[unit], 0);

const error = (row: Row, costs: Record<WorkUnit, number>): number => predict(row.work, costs) / row.instructions - 1;

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;

const BUILDS: readonly [name: string, core: Core, flags: readonly string[]][] = [
  ['Cortex-M4F', 'Cortex-M4F', []],
  ['Cortex-M4F, portable kernels', 'Cortex-M4F', ['-DIMPULSEKIT_PORTABLE']],
  ['Cortex-M0+', 'Cortex-M0+', []],
];

for (const [name, core, flags] of BUILDS) {
  const rows = await countAll(core, workloads(), flags);
  const costs = solve(rows);
  console.log(`\n${name}: instructions per unit`);
  for (const unit of UNITS) console.log(`  ${unit}: ${costs[unit].toPrecision(3)},`);
  for (const row of rows) {
    console.log(
      `${String(row.instructions).padStart(10)} ${(100 * error(row, costs)).toFixed(1).padStart(7)} %  ${row.name}`,
    );
  }
  const errors = rows.map((row) => Math.abs(error(row, solve(rows.filter((other) => other !== row)))));
  const text = [0.5, 0.9].map((share) => `${(100 * percentile(errors, share)).toFixed(0)} %`);
  console.log(`each workload from a fit to the others: median error ${text[0]}, 90th percentile ${text[1]}`);
}
