/** Ready images in QEMU: a host talks to the emulated serial port, as it would to a board. */
import type { ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAcquisition } from '../../data/index.js';
import { ImpulseError } from '../../errors.js';
import { classifier, graph, kMeans, motion, on, spectral, type TrainedImpulse } from '../../index.js';
import { noise } from '../../node/eim/testing/models.js';
import { build } from '../../node/index.js';
import type { Program } from '../../program.js';
import type { Spec } from '../../spec.js';
import { has, WARNINGS } from '../../testing/compilers.js';
import { tinyProgram } from '../testing/tiny-program.js';
import { BOARDS, type BoardName } from './boards.js';
import { firmware } from './firmware.js';
import { simulatedSignal } from './simulated-signal.js';
import { boot, classifyStatic, type Emulated, linesOf, numbersBehind } from './testing/qemu.js';

const AXES = ['accX', 'accY', 'accZ'];
const RATE_HZ = 100;
const WINDOW = 50;
const STRIDE = 25;

const dir = mkdtempSync(join(tmpdir(), 'impulsekit-firmware-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

const NAMES = Object.keys(BOARDS) as BoardName[];
const imageOf = (board: BoardName): string => join(dir, `${board}.elf`);

/** An int8 network and an anomaly score, small enough for 16 kB of RAM. */
async function smallModel(): Promise<TrainedImpulse> {
  const samples = Array.from({ length: 12 }, (_, k) => {
    const random = noise(k + 1);
    const values = Float32Array.from({ length: 200 * AXES.length }, (_, i) =>
      Math.round(1000 * (0.8 * Math.sin((k % 2 ? 0.1 : 0.6) * Math.floor(i / 3) + i) + 0.2 * random())),
    );
    return { id: `${k}`, label: k % 2 ? 'slow' : 'fast', signal: { rateHz: RATE_HZ, axes: AXES, values } };
  });
  const design = graph({
    input: motion({ axes: AXES, rateHz: RATE_HZ, windowMs: 500, strideMs: 250 }),
    dsp: { spectrum: spectral({ fftLength: 16 }) },
    learn: {
      state: on('spectrum').use(classifier({ epochs: 3 })),
      anomaly: on('spectrum').use(kMeans({ clusters: 3 })),
    },
  });
  return (await design.fit(samples, { seed: 1 })).quantize(samples);
}

/** Boots an image, and ends it after the tests. */
function start(image: string, machine: string): Emulated {
  const board = boot(image, machine);
  children.push(board.child);
  return board;
}

/** As the format says: over the document with zeros where the signature is. */
function isSigned(document: Uint8Array, key: string): boolean {
  const text = Buffer.from(document).toString('latin1');
  const signature = /[0-9a-f]{64}/.exec(text)![0];
  const unsigned = Buffer.from(text.replace(signature, '0'.repeat(64)), 'latin1');
  return createHmac('sha256', key).update(unsigned).digest('hex') === signature;
}

describe.skipIf(!has('arm-none-eabi-g++') || !has('qemu-system-arm'))('firmware in QEMU', () => {
  let model: TrainedImpulse;
  let played: Float32Array;

  beforeAll(async () => {
    model = await smallModel();
    let program: Program | undefined;
    model.deploy({
      role: 'deploy',
      type: 'peek',
      emit: (given) => {
        program = given;
        return { files: {} };
      },
    });
    const { values, scale } = simulatedSignal(program!, program!.input as Spec<'signal'>, 1);
    played = Float32Array.from(values, (value) => value * scale);
    for (const board of NAMES) {
      const bundle = model.deploy(firmware({ name: 'wrist', board }));
      const report = await build(bundle, imageOf(board), { flags: [...WARNINGS] });
      expect(report.toolchain).toBe('arm-none-eabi');
      expect(report.ramBytes).toBeLessThan(BOARDS[board].memory.ramBytes - BOARDS[board].stackBytes);
    }
  }, 120_000);

  /** Readings of the simulated sensor, which plays its signal again and again. */
  const readings = (from: number, count: number): Float32Array =>
    Float32Array.from({ length: count * 3 }, (_, i) => played[(from * 3 + i) % played.length]!);

  function expectAnswers(lines: readonly string[], windows: readonly Float32Array[]): void {
    const expected = windows.map((window) => model.predict(window));
    // int8 scores are printed with all their digits.
    for (const label of ['slow', 'fast']) {
      expect(numbersBehind(lines, label).slice(0, windows.length)).toEqual(
        expected.map(({ scores }) => scores![label]),
      );
    }
    const anomalies = numbersBehind(lines, 'anomaly score');
    expected.forEach(({ anomaly }, i) => {
      expect(Math.abs(anomalies[i]! - anomaly!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(anomaly!)));
    });
  }

  // Side by side, because they wait most of the time.
  describe.concurrent.each(NAMES)('%s', (board) => {
    const image = imageOf(board);

    it('records, predicts what TypeScript predicts, and stops', { timeout: 120_000 }, async () => {
      const { client, raw } = start(image, board);
      await client.connect();

      // As hosts read it.
      const config = await client.command('AT+CONFIG?');
      const [, name, seconds, rates] = /^Name: ([^,]+), Max sample length: ([\d.]+)s, Frequencies: \[(.*)\]/m.exec(
        config,
      )!;
      expect([name, rates]).toEqual(['Built-in accelerometer', '100.00Hz']);
      expect(Number(seconds)).toBeGreaterThan(0);
      expect(config).toMatch(/= Device info =+\r\nID: +[0-9A-F:]{17}\r\nType: +\S.*\r\nAT Version: 1\.8\.0\r\n/);
      expect(await client.command('AT+HELP')).toContain('AT+RUNIMPULSECONT');

      const document = await client.record({
        label: 'idle',
        intervalMs: 10,
        lengthMs: 600,
        sensor: name!,
        hmacKey: 'a key',
      });
      expect(isSigned(document, 'a key')).toBe(true);
      const { signal, metadata } = parseAcquisition(document, 'idle');
      expect(signal).toMatchObject({ rateHz: RATE_HZ, axes: AXES });
      expect(signal.values).toEqual(readings(0, 60));
      expect(metadata).toMatchObject({ device_type: BOARDS[board].type, units: 'm/s2, m/s2, m/s2' });

      const once = await linesOf(client, 'AT+RUNIMPULSEDEBUG=n', /anomaly score/, 1);
      const window = once
        .find((line) => line.startsWith('Raw features: '))!
        .slice(14)
        .split(', ')
        .map(Number);
      expect(Float32Array.from(window)).toEqual(readings(60, WINDOW));
      expectAnswers(once, [readings(60, WINDOW)]);

      // From the start again, and what was set is kept.
      await client.command('AT+DEVICEID=desk 1');
      raw.write('AT+RESET\r');
      await client.connect();
      expect(await client.command('AT+DEVICEID?')).toBe('desk 1');
      const slices = await linesOf(client, 'AT+RUNIMPULSECONT', /anomaly score/, 4);
      expectAnswers(
        slices,
        [0, 1, 2, 3].map((k) => readings(k * STRIDE, WINDOW)),
      );
      // Stopped: it listens again.
      expect(await client.command('AT+INFO')).toContain('Learner:  state: ');
    });

    it('survives whatever a host sends', { timeout: 120_000 }, async () => {
      const { client, raw } = start(image, board);
      await client.connect();
      const random = noise(5);
      const garbage = Uint8Array.from({ length: 5000 }, () => Math.floor(128 + 128 * random()));
      raw.write(garbage);
      raw.write(`\rAT+${'X'.repeat(3000)}\r`);
      raw.write('AT+SAMPLESETTINGS=a,b,c\rAT+READBUFFER=0,4000000000\rAT+READBUFFER=9,1\r');
      raw.write('AT+SAMPLESETTINGS=\rAT+=\rAT+?\r=,,,\rAT+SAMPLESETTINGS=a,0,5\r');
      await new Promise((done) => setTimeout(done, 500));
      raw.write('\r');
      await client.connect();
      expect(await client.command('AT+SAMPLESETTINGS?')).toMatch(/^Label: +unknown\r\nInterval: +10\.00 ms\./);
      await expect(client.command(`AT+DEVICEID=${'x'.repeat(300)}`)).rejects.toThrow(/ERR: Command is too long/);
      await expect(client.command(`AT+DEVICEID=${'x'.repeat(200)}`)).rejects.toThrow(/ERR: Missing, too long/);
      await expect(client.command('AT+NOTHING')).rejects.toThrow(/Not a valid AT command/);
      await expect(client.command('AT+RUNIMPULSE?')).rejects.toThrow(/Not a valid AT command/);
      await expect(client.record({ label: 'x', intervalMs: 1, lengthMs: 100_000_000 })).rejects.toThrow(/too long/);
      expect(await client.command('AT+DEVICEID=\bb\x7fok'.replace(/[\b\x7f]/g, ''))).toBe('OK');
    });
  });

  it('runs on data of the host, and streams as a data forwarder', { timeout: 120_000 }, async () => {
    const { client, raw } = start(imageOf('mps2-an386'), 'mps2-an386');
    await client.connect();
    const rows = await linesOf(client, 'AT+FORWARD', /^[-\d.]+,[-\d.]+,[-\d.]+$/, 10);
    expect(Float32Array.from(rows.flatMap((row) => row.split(',').map(Number)))).toEqual(readings(0, 10));

    await expect(client.command('AT+RUNIMPULSESTATIC=n,7')).rejects.toThrow(/size of the input buffer/);
    const window = readings(7, WINDOW);
    expectAnswers(await classifyStatic(raw, window), [window]);
  });
});

describe('firmware emission', () => {
  const codeOf = (make: () => unknown): string | undefined => {
    try {
      make();
    } catch (error) {
      if (error instanceof ImpulseError) return error.code;
      throw error;
    }
    return undefined;
  };

  it('refuses unknown boards and what no board has', () => {
    expect(codeOf(() => firmware({ name: 'tiny', board: 'uno' as BoardName }))).toBe('BAD_OPTION');
    expect(codeOf(() => firmware({ name: 'tiny', board: 'microbit', seed: 0.5 }))).toBe('BAD_OPTION');
    const cells = tinyProgram({ answers: 'cells' });
    expect(codeOf(() => firmware({ name: 'tiny', board: 'microbit' }).emit(cells))).toBe('UNSUPPORTED');
  });

  it('starts as told', () => {
    const mainOf = (start?: 'forwarder'): unknown =>
      firmware({ name: 'tiny', board: 'microbit', start }).emit(tinyProgram()).files['main.cpp'];
    expect(mainOf()).toContain('server.serve(false)');
    expect(mainOf('forwarder')).toContain('server.serve(true)');
  });

  it('is the same for the same impulse and seed', () => {
    const emit = (seed: number) => firmware({ name: 'tiny', board: 'microbit', seed }).emit(tinyProgram());
    expect(emit(1)).toEqual(emit(1));
    expect(emit(2).files['simulated_signal.cpp']).not.toBe(emit(1).files['simulated_signal.cpp']);
  });
});
