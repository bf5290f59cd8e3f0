/**
 * CPU milliseconds per training step beside PyTorch on one thread, in the same run: `npm run bench:train`, with
 * `-- --json` for rows and `--nets a,b` to choose. Both sides take many short turns on the same core; the ratio is the
 * median of the turns' ratios. The bar is for PyTorch as it comes, with images channel by channel; beside it stands
 * PyTorch with images channels last.
 *
 * Turns count in which the core was calm: about as fast as at its best, before, between and after. Neighbours on the
 * machine slow both sides down, but not alike. Others are made up for, up to three for each that counts; when hardly any
 * was calm, all count. Ends with 1 when a bar is missed.
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
    rounds: { type: 'string', default: '41' },
    seconds: { type: 'string', default: '0.05' },
  },
});
const ROUNDS = Number(values.rounds);
const SECONDS = Number(values.seconds);

interface Row {
  readonly net: string;
  readonly ms: number;
  readonly peerMs: number | null;
  readonly ratio: number | null;
  /** With images channels last. */
  readonly lastMs: number | null;
  readonly lastRatio: number | null;
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
  readonly peerMs: number | null;
  readonly lastMs: number | null;
  readonly pace: number;
}

let bestPace = Number.POSITIVE_INFINITY;

async function turnOf(number: number, step: Step, steps: number, net: Net, peer: Peer | undefined): Promise<Turn> {
  pin(number, [process.pid, ...(peer ? [peer.pid] : [])]);
  const paces = [pace()];
  const timed = async (measured: Promise<number | null>): Promise<number | null> => {
    const ms = await measured;
    paces.push(pace());
    return ms;
  };
  const ms = (await timed(milliseconds(step, steps)))!;
  const peerMs = peer ? await timed(peer.measure(net.name, 'contiguous')) : null;
  const lastMs = peer ? await timed(peer.measure(net.name, 'channels_last')) : null;
  bestPace = Math.min(bestPace, ...paces);
  return { ms, peerMs, lastMs, pace: Math.max(...paces) };
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
  const steps = await warmedUp(step);
  if (peer) await turnOf(0, step, steps, net, peer);
  const turns = await turnsOf(step, steps, net, peer);
  const [peerMs, ratio] = beside(turns, (turn) => turn.peerMs);
  const [lastMs, lastRatio] = beside(turns, (turn) => turn.lastMs);
  return {
    net: net.name,
    ms: median(turns.map((turn) => turn.ms)),
    peerMs,
    ratio,
    bar: net.bar ?? null,
    lastMs,
    lastRatio,
    turns: turns.length,
    calm: turns.every(isCalm),
  };
}

/** A peer's milliseconds, and our ratio to it. */
function beside(turns: readonly Turn[], of: (turn: Turn) => number | null): [number | null, number | null] {
  const pairs = turns.flatMap((turn) => (of(turn) === null ? [] : [[turn.ms, of(turn)!] as const]));
  if (pairs.length === 0) return [null, null];
  return [median(pairs.map(([, theirs]) => theirs)), median(pairs.map(([ours, theirs]) => ours / theirs))];
}

const passes = ({ ratio, bar }: Row): boolean => ratio === null || bar === null || ratio <= bar;

const HEAD = ['ms', 'peer ms', 'ratio', 'bar', '', 'last ms', 'ratio'];

function line(row: Row, title: string): string {
  const verdict = row.ratio === null || row.bar === null ? '' : passes(row) ? 'kept' : 'MISSED';
  const shown = (value: number | null): string => value?.toFixed(2) ?? '-';
  const cells = [row.ms, row.peerMs, row.ratio].map(shown);
  const all = [...cells, String(row.bar ?? '-'), verdict, shown(row.lastMs), shown(row.lastRatio)];
  const state = row.calm ? `${row.turns} calm turns` : `${row.turns} turns, the core was shared`;
  return `${title.padEnd(28)} ${all.map((cell) => cell.padStart(8)).join(' ')}  ${state}`;
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
const peer = await Peer.start(['--seconds', String(SECONDS)]);
const say = (text: string): void => (values.json ? console.error(text) : console.log(text));
if (peer) say(`CPU ms per training step of 32 rows, PyTorch ${peer.version} on one thread`);
else say('The peer is MISSING: no python3 with torch (Debian: python3-torch). Times only, no bars.');
say(`${'net'.padEnd(28)} ${HEAD.map((title) => title.padStart(8)).join(' ')}`);
const rows: Row[] = [];
for (const net of nets) {
  const row = await measure(net, peer);
  rows.push(row);
  say(line(row, net.title));
}
peer?.stop();
if (values.json) console.log(JSON.stringify(rows, null, 2));
process.exitCode = rows.every(passes) ? 0 : 1;
