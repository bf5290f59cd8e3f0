/** A board of somebody else's: it also lets whatever a host may send run under sanitizers. */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { random } from '../../random.js';
import { has, SANITIZERS, sanitizes, unpack, WARNINGS } from '../../testing/compilers.js';
import { tinyProgram } from '../testing/tiny-program.js';
import type { Board } from './board.js';
import { firmware } from './firmware.js';
import hostBoard from './testing/host-board.cpp.js';

const board: Board = {
  type: 'Host, made of "pipes"',
  cpu: 'cortex-m4f',
  memory: { flashOrigin: 0, flashBytes: 1, ramOrigin: 0, ramBytes: 1 << 20 },
  stackBytes: 1,
  recordingBytes: 2048,
  transferBaud: 230_400,
  sources: [hostBoard],
};

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

/** So small that windows go through the impulse in pieces. */
const small: Board = { ...board, memory: { ...board.memory, ramBytes: 1 } };

/** The firmware as a program of this machine. */
function built(compiler: string, flags: readonly string[], of = board): string {
  const program = tinyProgram({ anomaly: true, labels: ['no', 'a "b"?', 'é\n'] });
  const bundle = firmware({ name: 'tiny', board: of }).emit(program);
  const dir = unpack(bundle);
  dirs.push(dir);
  const sources = bundle.build!.sources;
  execFileSync(compiler, ['-std=c++11', '-ffp-contract=off', ...WARNINGS, ...flags, '-o', 'firmware', ...sources], {
    cwd: dir,
  });
  return join(dir, 'firmware');
}

const COMMANDS = [
  ...['AT+HELP', 'AT+CONFIG?', 'AT+INFO', 'AT+DEVICEID=a', 'AT+DEVICEID?', 'AT+CLEARCONFIG', 'AT+RESET', 'b'],
  ...['AT+SAMPLESETTINGS=idle,16,640', 'AT+SAMPLESETTINGS=idle,1.5,30,key', 'AT+SAMPLESTART', 'AT+READBUFFER=0,100,y'],
  ...['AT+SAMPLESTART=Built-in accelerometer', 'AT+READBUFFER=5,7', 'AT+RUNIMPULSE', 'AT+RUNIMPULSECONT', 'AT+FORWARD'],
  ...[
    'AT+RUNIMPULSEDEBUG=y',
    ...['y', 'n'].map((debug) => `AT+RUNIMPULSESTATIC=${debug},120\r${'AAAAgD8A'.repeat(80)}`),
    'AT+UPLOADSETTINGS=a,b',
  ],
];

/** Commands with characters replaced, dropped, doubled and put in. */
function mutations(count: number): Uint8Array {
  const { below, pick } = random(11);
  const text = Array.from({ length: count }, () => {
    let line = pick(COMMANDS);
    for (let edits = below(3); edits > 0; edits--) {
      const at = below(line.length + 1);
      const put = pick(['', ',', '=', '?', '.', '\b', '\0', 'ÿ', '9'.repeat(12), 'x'.repeat(below(400)), '\n', '-']);
      line = line.slice(0, at) + put + line.slice(at + below(3));
    }
    return `${line}\r${below(3) === 0 ? 'b\r' : ''}`;
  });
  return Buffer.from(text.join(''), 'latin1');
}

describe('firmware on a board of somebody else', () => {
  it.skipIf(!sanitizes('g++')).each([
    ['whole windows', board],
    ['windows in pieces', small],
  ] as const)('survives thousands of mutated commands under sanitizers: %s', { timeout: 120_000 }, (_, of) => {
    const path = built('g++', ['-O1', '-g', ...SANITIZERS], of);
    const { status, stderr, stdout } = spawnSync(path, { input: mutations(4000), maxBuffer: 1 << 28 });
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
    const text = stdout.toString();
    expect(text).toContain('Type:       Host, made of "pipes"');
    expect(text.split('\r\n> ').length).toBeGreaterThan(1000);
    for (const said of ['Done sampling', 'END OUTPUT', 'Predictions (DSP and', 'Command is too long', 'a "b"?: ']) {
      expect(text).toContain(said);
    }
  });

  it.skipIf(!has('clang++'))('compiles without warnings with clang++', { timeout: 60_000 }, () => {
    const { status, stdout } = spawnSync(built('clang++', ['-O1']), { input: 'AT+DEVICEID?\r' });
    expect({ status, text: stdout.toString() }).toMatchObject({ status: 0, text: expect.stringContaining('01:23:45') });
  });
});
