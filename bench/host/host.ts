/**
 * Microseconds per inference on this machine, against the portable kernels in the same run:
 * `npm run bench:host -- --models kws,ic --types int8`.
 *
 * Both builds are by `g++ -O2` (or `--compiler`), without flags for the processor, and take turns; what counts is the
 * median over turns of the median inference, in processor time. `--json` prints rows only.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { emitModel } from '../../src/compile/emit/emit.js';
import { elements, type Optimize } from '../../src/compile/op.js';
import { fail, show } from '../../src/errors.js';
import { has, unpack } from '../../src/testing/compilers.js';
import {
  type Dtype,
  differenceOf,
  HAS_REFERENCE,
  MODELS,
  type ModelCase,
  modelCase,
  TOLERANCE,
} from '../device/cases.js';
import { macsOf, type Row, rowsOf } from '../device/measure.js';
import { timingProgram } from './program.js';

export interface HostRow {
  readonly model: string;
  readonly dtype: Dtype;
  readonly mode: Optimize;
  /** Instruction set that the kernels chose. */
  readonly isa: string;
  readonly microseconds: number;
  readonly portableMicroseconds: number;
  readonly ratio: number;
  readonly macsPerMicrosecond: number;
  /** Both builds; int8: bit for bit, float32: within 1e-5. */
  readonly exact: boolean;
}

interface Timing {
  readonly isa: string;
  readonly microseconds: number;
  readonly outputs: readonly Row[];
}

const TURNS = 5;
const TURN_MILLISECONDS = 200;

function build(compiler: string, dir: string, name: string, flags: readonly string[]): string {
  const options = ['-std=c++11', '-O2', '-ffp-contract=off', '-I.', ...flags];
  execFileSync(compiler, [...options, '-o', name, 'main.cpp', 'model.cpp'], { cwd: dir, stdio: 'inherit' });
  return join(dir, name);
}

/** Runs a timing program: outputs on stdout, instruction set and median on stderr. */
function time(program: string, { graph, dtype, inputs }: ModelCase): Timing {
  const input = Buffer.concat(inputs.map((row) => Buffer.from(row.buffer, row.byteOffset, row.byteLength)));
  const { status, stdout, stderr } = spawnSync(program, { input, maxBuffer: 2 ** 28 });
  const [isa, microseconds] = stderr.toString().trim().split(' ');
  if (status !== 0 || !isa) throw new Error(`${program} ended with ${status}: ${stderr}`);
  const outputs = rowsOf(stdout, dtype, elements(graph.tensors[graph.output]!.shape));
  return { isa, microseconds: Number(microseconds), outputs };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

function measure(found: ModelCase, mode: Optimize, compiler: string): HostRow {
  const { model, dtype, graph, inputs, expected } = found;
  const dir = unpack(
    emitModel(graph, { name: 'model', optimize: mode }),
    mkdtempSync(join(tmpdir(), 'impulsekit-host-')),
  );
  try {
    writeFileSync(join(dir, 'main.cpp'), timingProgram(inputs.length, TURN_MILLISECONDS));
    const fast = build(compiler, dir, 'fast', []);
    const portable = build(compiler, dir, 'portable', ['-DIMPULSEKIT_PORTABLE']);
    const turns = Array.from({ length: TURNS }, () => [time(fast, found), time(portable, found)] as const);
    const microseconds = median(turns.map(([timing]) => timing.microseconds));
    const portableMicroseconds = median(turns.map(([, timing]) => timing.microseconds));
    return {
      model,
      dtype,
      mode,
      isa: turns[0]![0].isa,
      microseconds,
      portableMicroseconds,
      ratio: portableMicroseconds / microseconds,
      macsPerMicrosecond: macsOf(graph) / microseconds,
      exact: turns.flat().every(({ outputs }) => differenceOf(outputs, expected) <= TOLERANCE[dtype]),
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const HEAD = 'model    type  mode   isa          µs/inference   portable µs   ratio   MACs/µs  exact';

function line({ model, dtype, mode, isa, exact, ...row }: HostRow): string {
  const { microseconds, portableMicroseconds, ratio, macsPerMicrosecond } = row;
  const numbers = [
    microseconds.toFixed(1).padStart(12),
    portableMicroseconds.toFixed(1).padStart(13),
    `${ratio.toFixed(1)}x`.padStart(7),
    macsPerMicrosecond.toFixed(0).padStart(9),
  ];
  return [model.padEnd(8), dtype.padEnd(5), mode.padEnd(6), isa.padEnd(12), ...numbers, exact ? '  yes' : '  NO'].join(
    ' ',
  );
}

function list<T extends string>(name: string, text: string, allowed: readonly T[]): T[] {
  return text.split(',').map((word) => {
    const found = allowed.find((one) => one === word);
    const where = `bench:host --${name}`;
    return (
      found ??
      fail({
        code: 'BAD_OPTION',
        where,
        got: show(word),
        expected: allowed.join(', '),
        fix: 'Correct the command line.',
      })
    );
  });
}

function main(): void {
  const { values } = parseArgs({
    options: {
      models: { type: 'string', default: MODELS.join() },
      types: { type: 'string', default: 'int8,f32' },
      modes: { type: 'string', default: 'speed' },
      compiler: { type: 'string', default: 'g++' },
      json: { type: 'boolean', default: false },
    },
  });
  const { compiler, json } = values;
  if (!has(compiler)) {
    const where = 'bench:host';
    fail({
      code: 'NO_COMPILER',
      where,
      got: `no ${compiler}`,
      expected: 'a C++ compiler',
      fix: `Install ${compiler}.`,
    });
  }
  const models = list('models', values.models, MODELS);
  const types = list<Dtype>('types', values.types, ['int8', 'f32']);
  const modes = list<Optimize>('modes', values.modes, ['speed', 'size']);
  const networks = HAS_REFERENCE ? 'models of MLPerf Tiny' : 'architectures of MLPerf Tiny with made-up weights';
  if (!json) console.log(`${networks}, ${compiler} -O2, median of ${TURNS} turns\n${HEAD}`);
  const rows: HostRow[] = [];
  for (const mode of modes) {
    for (const dtype of types) {
      for (const model of models) {
        const found = modelCase(model, dtype);
        if (!found) continue;
        const row = measure(found, mode, compiler);
        rows.push(row);
        if (!json) console.log(line(row));
      }
    }
  }
  if (json) console.log(JSON.stringify(rows, null, 2));
  if (rows.some(({ exact }) => !exact)) process.exitCode = 1;
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
