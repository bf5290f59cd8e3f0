// What users get wrong, once each: one clear error with a code, or correct handling; nothing half done.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeSpeech } from '../examples/synthetic/files.js';
import {
  audio,
  classifier,
  conv1d,
  cppLibrary,
  eim,
  impulse,
  mfe,
  motion,
  type Sample,
  spectral,
} from '../src/index.js';
import { build, readDataset, write } from '../src/node/index.js';
import { has, run } from '../src/testing/compilers.js';

const root = mkdtempSync(join(tmpdir(), 'impulsekit-bad-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const folder = (name: string): string => {
  const dir = join(root, name);
  mkdirSync(dir, { recursive: true });
  return dir;
};
writeSpeech(join(root, 'speech'), 5);

const keyword = impulse({
  input: audio({ rateHz: 16_000, windowMs: 1000 }),
  dsp: mfe({ frameStrideMs: 20 }),
  learn: classifier({ layers: [conv1d(4, 3)], epochs: 2 }),
});
const tone = (label: string, rateHz = 16_000): Sample => ({
  id: `${label}.wav`,
  label,
  signal: {
    rateHz,
    axes: ['audio'],
    values: Float32Array.from({ length: rateHz }, (_, i) => 3000 * Math.sin(i * (label.length / 50))),
  },
});

describe('data', () => {
  it('an empty folder', async () => {
    await expect(readDataset(folder('empty'))).rejects.toMatchObject({ code: 'NO_DATA' });
  });

  it('a folder that is not there', async () => {
    await expect(readDataset(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'CANNOT_READ' });
  });

  it('a truncated WAV, named', async () => {
    const dir = folder('truncated');
    const [first] = readdirSync(join(root, 'speech/training'));
    writeFileSync(join(dir, 'yes.1.wav'), readFileSync(join(root, 'speech/training', first!)).subarray(0, 9000));
    await expect(readDataset(dir)).rejects.toMatchObject({
      code: 'BAD_FILE',
      message: expect.stringContaining('yes.1.wav'),
    });
  });

  it('a WAV at another rate is brought to the rate of the impulse', () => {
    const [window] = audio({ rateHz: 16_000, windowMs: 1000 }).windows(tone('tone', 8000));
    expect(window!.values).toHaveLength(16_000);
    const middle = window!.values.slice(2000, 14_000);
    const rms = Math.sqrt(middle.reduce((sum, v) => sum + v * v, 0) / middle.length);
    expect(rms).toBeGreaterThan(2000);
    expect(rms).toBeLessThan(2300);
  });

  it('a CSV with a missing value, with its place', async () => {
    const dir = folder('csv');
    writeFileSync(join(dir, 'idle.1.csv'), 'timestamp,accX,accY\n0,1,2\n20,,3\n40,1,2\n');
    await expect(readDataset(dir)).rejects.toMatchObject({
      code: 'BAD_DATA',
      message: expect.stringMatching(/idle\.1\.csv.*accX|accX.*idle\.1\.csv/s),
    });
  });

  it('a NaN sample', async () => {
    const dir = folder('nan');
    writeFileSync(join(dir, 'idle.1.csv'), 'timestamp,accX\n0,1\n20,NaN\n40,1\n');
    await expect(readDataset(dir)).rejects.toMatchObject({ code: 'BAD_DATA' });
    const broken = tone('yes');
    broken.signal.values[77] = Number.NaN;
    await expect(keyword.fit([broken, tone('no')])).rejects.toMatchObject({ code: 'BAD_DATA' });
  });

  it('axes the recording does not have', () => {
    const wrist = motion({ axes: ['accx'], rateHz: 50, windowMs: 100 });
    expect(() => wrist.windows(tone('yes'))).toThrow(expect.objectContaining({ code: 'BAD_DATA' }));
  });
});

describe('training', () => {
  it('one class only', async () => {
    await expect(keyword.fit([tone('yes'), tone('yes')])).rejects.toMatchObject({ code: 'ONE_CLASS' });
  });

  it('no recordings', async () => {
    await expect(keyword.fit([])).rejects.toMatchObject({ code: 'NO_DATA' });
  });

  it('a window shorter than a frame', () => {
    const short = audio({ rateHz: 16_000, windowMs: 15 });
    expect(() => impulse({ input: short, dsp: mfe(), learn: classifier() })).toThrow(
      expect.objectContaining({ code: 'SHAPE_MISMATCH' }),
    );
  });

  it('cancelled half-way, then trained again', async () => {
    const { train } = await readDataset(join(root, 'speech'));
    const long = impulse({
      input: keyword.design.input as ReturnType<typeof audio>,
      dsp: mfe({ frameStrideMs: 20 }),
      learn: classifier({ layers: [conv1d(4, 3)], epochs: 500 }),
    });
    const controller = new AbortController();
    let epochs = 0;
    const onProgress = () => {
      epochs += 1;
      if (epochs === 2) controller.abort();
    };
    await expect(long.fit(train, { signal: controller.signal, onProgress })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(epochs).toBeLessThan(10);
    await expect(keyword.fit(train)).resolves.toBeDefined();
  });
});

describe('output', () => {
  const hostile = 'say "go" {now}\nor \\never??/';

  it.skipIf(!has('g++'))(
    'a label with quotes, braces and a newline survives in C++ and is refused by eim',
    async () => {
      const model = await keyword.fit([tone(hostile), tone('no')]);
      const dir = join(root, 'hostile');
      await write(model.deploy(cppLibrary({ name: 'odd' })), dir);
      writeFileSync(
        join(dir, 'main.cpp'),
        '#include <cstdio>\n#include "odd.h"\nint main() { std::fputs(odd::kLabels[1], stdout); }\n',
      );
      run('g++', ['-std=c++11', '-o', 'labels', 'main.cpp', 'odd.cpp', 'odd_parameters.cpp'], dir);
      expect([run('./labels', [], dir)]).toEqual([model.labels[1]]);
      expect(model.labels).toContain(hostile);
      expect(() => model.deploy(eim({ name: 'odd' }))).toThrow(expect.objectContaining({ code: 'BAD_LABEL' }));
    },
  );

  it('an unwritable path', async () => {
    const model = await keyword.fit([tone('yes'), tone('no')]);
    const file = join(root, 'a-file');
    writeFileSync(file, 'precious');
    await expect(write(model.deploy(cppLibrary({ name: 'k' })), join(file, 'out'))).rejects.toMatchObject({
      code: 'CANNOT_WRITE',
    });
    await expect(write(model.deploy(cppLibrary({ name: 'k' })), '/proc/impulsekit/out')).rejects.toMatchObject({
      code: 'CANNOT_WRITE',
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('a compiler that is not there leaves nothing behind', async () => {
    const model = await keyword.fit([tone('yes'), tone('no')]);
    const out = join(folder('no-compiler'), 'k.eim');
    await expect(build(model.deploy(eim({ name: 'k' })), out, { compiler: 'no-such-compiler' })).rejects.toMatchObject({
      code: 'NO_COMPILER',
    });
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(join(root, 'no-compiler'))).toEqual([]);
  });

  it('a full disk', async ({ skip }) => {
    const disk = folder('disk');
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      skip('needs the right to mount a small file system');
    }
    try {
      const model = await keyword.fit([tone('yes'), tone('no')]);
      writeFileSync(join(disk, 'keep'), 'precious');
      await expect(write(model.deploy(cppLibrary({ name: 'k' })), join(disk, 'out'))).rejects.toMatchObject({
        code: 'CANNOT_WRITE',
      });
      expect(readdirSync(disk)).toEqual(['keep']);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

describe('options', () => {
  it('are checked when given', () => {
    expect(() => spectral({ fftLength: 48 })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(() => audio({ rateHz: -1 })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(() => classifier({ epochs: 0 })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    expect(() => mfe({ frames: 3 } as never)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    expect(() => cppLibrary({ name: 'not a name' })).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});
