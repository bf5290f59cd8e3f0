import { existsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { has } from '../../testing/compilers.js';
import { tinyScores, tinyWindow } from '../testing/tiny-program.js';
import { Client, exitOf, floats, shared } from './testing/client.js';

describe.skipIf(!has('g++') || process.platform !== 'linux')('shared memory', () => {
  it('takes windows and slices, and is gone afterwards', async () => {
    const { program, path } = shared();
    const { client, child } = await Client.start(path);
    const hello = await client.ask({ id: 1, hello: 1 });
    const { name, size_bytes, type, elements } = hello.features_shm;
    expect({ size_bytes, type, elements }).toEqual({ size_bytes: 480, type: 'float32', elements: 120 });
    const file = `/dev/shm${name}`;
    expect(name).toMatch(/^\/shm-[0-9a-f]{12}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const window = tinyWindow(program, 4, true);
    writeFileSync(file, new Uint8Array(window.buffer), { flag: 'r+' });
    const answer = await client.ask({ id: 2, classify_shm: { elements: 120 } });
    const expected = [...tinyScores(program, window).scores[0]!];
    expect(floats(answer.result)).toEqual(expected);
    for (const from of [0, 60]) {
      writeFileSync(file, new Uint8Array(window.slice(from, from + 60).buffer), { flag: 'r+' });
      const slid = await client.ask({ id: 3, classify_continuous_shm: { elements: 60 } });
      expect(floats(slid.result)).toEqual(from === 0 ? [0, 0, 0] : expected);
    }
    client.close();
    await exitOf(child);
    expect(existsSync(file)).toBe(false);
  });

  it('is refused for other counts, and when a client has cut it short', async () => {
    const { client, child } = await Client.start(shared().path);
    const hello = await client.ask({ id: 1, hello: 1 });
    for (const bad of [{ elements: 119 }, { elements: 1e300 }, {}, null, 'x']) {
      const { error } = await client.ask({ id: 2, classify_shm: bad });
      expect(error).toMatch(
        /^(Invalid value for 'classify_data_shm.elements', expected 120, but got 119|Missing 'elements' in )/,
      );
    }
    truncateSync(`/dev/shm${hello.features_shm.name}`, 5);
    expect(await client.ask({ id: 3, classify_shm: { elements: 120 } })).toEqual({
      id: 3,
      success: false,
      error: 'Failed to read the shared memory',
    });
    child.kill('SIGINT');
    await exitOf(child);
    expect(existsSync(`/dev/shm${hello.features_shm.name}`)).toBe(false);
  });
});
