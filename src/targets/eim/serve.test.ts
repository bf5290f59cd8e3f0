// The process around the server: sockets, signals, and clients that mean no good.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import type { Program } from '../../program.js';
import { has, SANITIZERS, sanitizes } from '../../testing/compilers.js';
import { built, Client, exitOf, numbers, scratch, shared } from './testing/client.js';

describe.skipIf(!has('g++'))('a process', () => {
  it('serves 1,000 connections in turn when it is to stay', async () => {
    const { client, child, socketPath } = await Client.start(shared().path, ['--stay']);
    expect(await client.ask({ id: 1, hello: 1 })).toMatchObject({ success: true });
    client.close();
    for (let k = 0; k < 1000; k++) {
      const next = await Client.connect(socketPath);
      // Nothing is left of the one before.
      expect((await next.ask({ id: 1, classify: [1] })).error).toContain('initialize first');
      expect(await next.ask({ id: 2, hello: 1 })).toMatchObject({ success: true });
      next.write('{"id":3,"classify":[1,2');
      next.close();
    }
    child.kill('SIGTERM');
    expect(await exitOf(child)).toBe(128 + 15);
    expect(existsSync(socketPath)).toBe(false);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('removes its socket on %s', async (signal) => {
    const { client, child, socketPath } = await Client.start(shared().path);
    expect(existsSync(socketPath)).toBe(true);
    child.kill(signal);
    expect(await exitOf(child)).toBe(128 + { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal]);
    expect(existsSync(socketPath)).toBe(false);
    client.close();
  });

  it('does not replace a file that is no socket', () => {
    const dir = scratch();
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    expect(spawnSync(shared().path, [join(dir, 'notes.txt')]).status).toBe(1);
    expect(existsSync(join(dir, 'notes.txt'))).toBe(true);
    expect(spawnSync(shared().path, [join(dir, 'x'.repeat(200))]).status).toBe(1);
  });

  it('gives up on a message of more than 32 MiB', () => {
    const input = `{"id":1,"text":"${'x'.repeat(33 * 1024 * 1024)}`;
    const { status, stdout } = spawnSync(shared().path, ['stdin'], { input, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringContaining('longer than 33554432') });
  });

  it.skipIf(!sanitizes('g++'))('survives thousands of mutated messages under sanitizers', () => {
    const { program, path } = built({ anomaly: true }, ['-O1', '-g', ...SANITIZERS], 'g++', {
      postprocess: { averageResults: 3 },
    });
    const input = mutations(program, 4000);
    const { status, stderr, stdout } = spawnSync(path, ['stdin'], { input, maxBuffer: 1 << 28 });
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
    const answers = stdout.toString().trim().split('\n').slice(1);
    expect(answers.length).toBeGreaterThan(1000);
    for (const answer of answers) JSON.parse(answer);
  });
});

/** Valid messages with bytes flipped, cut, doubled and inserted; the seed is fixed, so that a failure repeats. */
function mutations(program: Program, count: number): Buffer {
  const generator = xoroshiro128plus(7);
  const below = (n: number): number => (generator.next() >>> 0) % n;
  const tokens = [
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    '\\u00',
    ':',
    ',',
    '-',
    '1e9',
    '0',
    'null',
    '\n',
    '\0',
    '\x7f',
    '.',
    'e',
  ];
  const seeds = [
    { id: 1, hello: 1 },
    { id: 2, classify: numbers(program, 3) },
    { id: 3, classify_continuous: numbers(program, 3).slice(0, 60) },
    { id: 3, classify_shm: { elements: 120 } },
    { id: 3, classify_continuous_shm: { elements: 60 }, debug: true },
    { id: 4, set_threshold: { id: 4, min_score: 0.5 } },
    { id: 4, set_threshold: { id: 5, average_window_duration_ms: 960, suppression_ms: 1e3, suppression_flags: 5 } },
    { id: 5, a: [[{ b: '\u00e9\u0001"\\' }, true, null, -1.5e-7]] },
  ].map((message) => JSON.stringify(message));
  const parts: Buffer[] = [Buffer.from(seeds[0]!)];
  for (let i = 0; i < count; i++) {
    let text = seeds[below(seeds.length)]!;
    for (let edits = below(4); edits > 0; edits--) {
      const at = below(text.length);
      const token = tokens[below(tokens.length)]!;
      text = text.slice(0, at) + token + text.slice(at + below(3));
    }
    parts.push(Buffer.from(below(10) === 0 ? text.slice(0, below(text.length)) : text), Buffer.from('\n'));
    // Ends whatever a mutation left open, so that the rest is not one message.
    if (below(4) === 0) parts.push(Buffer.from(`"\n${'}'.repeat(8)}`));
  }
  return Buffer.concat(parts);
}
