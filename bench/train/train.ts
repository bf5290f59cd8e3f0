/**
 * CPU milliseconds per training step beside PyTorch on one thread, in the same run: `npm run bench:train`, with
 * `-- --json` for rows, `--nets a,b` to choose, `--layout contiguous` for PyTorch's default memory layout only instead
 * of the faster of two. Both sides take many short turns on the same core; the ratio is the median of the turns' ratios.
 *
 * Turns count in which the core was calm: as fast as at its best, before, between and after. Neighbours on the machine
 * slow both sides down, but not alike. Others are made up for, up to three for each that counts; when hardly any was
 * calm, all count. Ends with 1 when a bar is missed.
 */
import { parseArgs } from 'node:util';
import { pace, pin } from './core.js';
import { NETS, type Net } from './nets.js';
import { ourStep } from './ours.js';
import { Peer } from './peer.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    nets: { type: 'string' },
    rounds: { type: 'string', default: '31' },
    seconds: { type: 'string', default: '0.15' },
    layout: { type: 'string', default: 'best' },
  },
});
const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);

interface Row {
  readonly net: string;
  readonly ms: number;
  readonly peerMs: number | null;
  readonly ratio: number | null;
  readonly bar: number | null;
  /** Turns that count, and whether the core was calm in them. */
  readonly turns: number;
  readonly calm: boolean;
}

type Step = Awaited<ReturnType<typeof ourStep>>;

function median(sorted: readonly number[]): number {
  const values = sorted.toSorted((a, b) => a - b);
  return (values[(values.length - 1) >> 1]! + values[values.length >> 1]!) / 2;
}

async function milliseconds(step: Step, steps: number): Promise<number> {
  const start = process.cpuUsage();
  for (let i = 0; i < steps; i++) await step();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / steps;
}

/** Steps until the code is compiled, then as many as fill a turn. */
async function warmedUp(step: Step): Promise<number> {
  const start = performance.now();
  let once = 0;
  do once = await milliseconds(step, 3);
  while (performance.now() - start < 1500);
  return Math.max(1, Math.round((1000 * SECONDS) / Math.max(once, 0.01)));
}

/** Both sides' milliseconds, and the slowest of the core's paces around them. */
interface Turn {
  readonly ms: number;
  readonly peerMs: number | undefined;
  readonly pace: number;
}

let bestPace = Number.POSITIVE_INFINITY;

async function turnOf(number: number, step: Step, steps: number, net: Net, peer: Peer | undefined): Promise<Turn> {
  pin(number, [process.pid, ...(peer ? [peer.pid] : [])]);
  const paces = [pace()];
  const ms = await milliseconds(step, steps);
  paces.push(pace());
  const peerMs = await peer?.measure(net.name);
  if (peer) paces.push(pace());
  bestPace = Math.min(bestPace, ...paces);
  return { ms, peerMs, pace: Math.max(...paces) };
}

const isCalm = (turn: Turn): boolean => turn.pace < 1.2 * bestPace;

/** The turns that count. */
async function turnsOf(step: Step, steps: number, net: Net, peer: Peer | undefined): Promise<readonly Turn[]> {
  const all: Turn[] = [];
  while (all.length < 4 * ROUNDS && all.filter(isCalm).length < ROUNDS)
    all.push(await turnOf(all.length, step, steps, net, peer));
  const calm = all.filter(isCalm);
  return calm.length < ROUNDS / 4 ? all : calm;
}

async function measure(net: Net, peer: Peer | undefined): Promise<Row> {
  const step = await ourStep(net);
  const turns = await turnsOf(step, await warmedUp(step), net, peer);
  const ms = median(turns.map((turn) => turn.ms));
  const row = { net: net.name, ms, bar: net.bar ?? null, turns: turns.length, calm: turns.every(isCalm) };
  if (!peer) return { ...row, peerMs: null, ratio: null };
  return {
    ...row,
    peerMs: median(turns.map((turn) => turn.peerMs!)),
    ratio: median(turns.map((turn) => turn.ms / turn.peerMs!)),
  };
}

const passes = ({ ratio, bar }: Row): boolean => ratio === null || bar === null || ratio <= bar;

function line(row: Row, title: string): string {
  const cells = [row.ms.toFixed(2), row.peerMs?.toFixed(2) ?? '-', row.ratio?.toFixed(2) ?? '-', row.bar ?? '-'];
  const verdict = row.ratio === null || row.bar === null ? '' : passes(row) ? 'kept' : 'MISSED';
  const state = row.calm ? '' : ', the core was shared';
  return `${title.padEnd(28)} ${cells.map((cell) => String(cell).padStart(10)).join(' ')}  ${verdict}${state}`;
}

function chosen(): readonly Net[] {
  if (values.nets === undefined) return NETS;
  return values.nets.split(',').map((name) => {
    const net = NETS.find((n) => n.name === name);
    if (!net) throw new Error(`no net ${name}; there are ${NETS.map((n) => n.name).join(', ')}`);
    return net;
  });
}

const nets = chosen();
const peer = await Peer.start(['--seconds', String(SECONDS), '--groups', '1', '--layout', values.layout]);
const say = (text: string): void => (values.json ? console.error(text) : console.log(text));
if (peer) say(`CPU ms per training step of 32 rows, PyTorch ${peer.version} on one thread, ${ROUNDS} turns each`);
else say('The peer is MISSING: no python3 with torch (Debian: python3-torch). Times only, no bars.');
say(`${'net'.padEnd(28)} ${['ms', 'peer ms', 'ratio', 'bar'].map((title) => title.padStart(10)).join(' ')}`);
const rows: Row[] = [];
for (const net of nets) {
  const row = await measure(net, peer);
  rows.push(row);
  say(line(row, net.title));
}
peer?.stop();
if (values.json) console.log(JSON.stringify(rows, null, 2));
process.exitCode = rows.every(passes) ? 0 : 1;
