/**
 * CPU milliseconds per training step beside PyTorch on one thread, in the same run: `npm run bench:train`, with
 * `-- --json` for rows, `--nets a,b` to choose, `--layout contiguous` for PyTorch's default memory layout only instead
 * of the faster of two. Both sides take many short turns, so that what else a machine does meets both; the ratio is the
 * median of the turns' ratios. Ends with 1 when a bar is missed.
 */
import { parseArgs } from 'node:util';
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

async function measure(net: Net, peer: Peer | undefined): Promise<Row> {
  const step = await ourStep(net);
  const steps = await warmedUp(step);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await milliseconds(step, steps));
    if (peer) theirs.push(await peer.measure(net.name));
  }
  const peerMs = peer ? median(theirs) : null;
  const ratio = peer ? median(theirs.map((theirMs, turn) => ours[turn]! / theirMs)) : null;
  return { net: net.name, ms: median(ours), peerMs, ratio, bar: net.bar ?? null };
}

const passes = ({ ratio, bar }: Row): boolean => ratio === null || bar === null || ratio <= bar;

function line(row: Row, title: string): string {
  const cells = [row.ms.toFixed(2), row.peerMs?.toFixed(2) ?? '-', row.ratio?.toFixed(2) ?? '-', row.bar ?? '-'];
  const verdict = row.ratio === null || row.bar === null ? '' : passes(row) ? 'kept' : 'MISSED';
  return `${title.padEnd(28)} ${cells.map((cell) => String(cell).padStart(10)).join(' ')}  ${verdict}`;
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
