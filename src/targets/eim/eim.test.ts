// What an executable answers.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { has } from '../../testing/compilers.js';
import { tinyScores } from '../testing/tiny-program.js';
import { built, Client, exitOf, floats, numbers, shared, talk } from './testing/client.js';

describe.skipIf(!has('g++'))('an executable', () => {
  it('is compiled warning-free by clang++ too', () => {
    if (has('clang++')) built({ anomaly: true }, ['-O2'], 'clang++');
  });

  it('answers hello and 50 classifications with the scores of TypeScript', async () => {
    const { program, path } = built({ anomaly: true, labels: ['no', 'größe "1"', '__proto__'] });
    const { client, child, socketPath } = await Client.start(path);
    const hello = await client.ask({ id: 1, hello: 1 });
    expect(hello).toMatchObject({
      id: 1,
      success: true,
      project: { name: 'a {brace', owner: 'me' },
      model_parameters: {
        axis_count: 3,
        frequency: 62.5,
        interval_ms: 16,
        has_anomaly: 1,
        input_features_count: 120,
        label_count: 3,
        labels: ['no', 'größe "1"', '__proto__'],
        model_type: 'classification',
        sensor: 2,
        slice_size: 60,
        thresholds: [],
        use_continuous_mode: false,
      },
    });
    for (let k = 0; k < 50; k++) {
      const window = numbers(program, k);
      const answer = await client.ask({ id: 2 + k, classify: window });
      const { scores } = tinyScores(program, Float32Array.from(window));
      expect(answer).toMatchObject({ id: 2 + k, success: true });
      expect(floats(answer.result)).toEqual([...scores[0]!]);
      expect(Math.fround(answer.result.anomaly)).toBe(scores[1]![0]);
      expect(answer.timing).toMatchObject({
        dsp: expect.any(Number),
        classification: expect.any(Number),
        anomaly: expect.any(Number),
      });
    }
    client.close();
    expect(await exitOf(child)).toBe(0);
    expect(existsSync(socketPath)).toBe(false);
  });

  it('answers a regression as a classification with one label', async () => {
    const { program, path } = built({ answers: 'value' });
    const { client } = await Client.start(path);
    const hello = await client.ask({ id: 1, hello: 1 });
    expect(hello.model_parameters).toMatchObject({ has_anomaly: 0, label_count: 1, labels: ['value'] });
    const window = numbers(program, 0);
    const answer = await client.ask({ id: 2, classify: window });
    const { scores } = tinyScores(program, Float32Array.from(window));
    expect(Math.fround(answer.result.classification.value)).toBe(scores[0]![0]);
    client.close();
  });

  it('takes split messages, several at once, and goes on after broken ones', async () => {
    const { program, path } = built({});
    const { client } = await Client.start(path);
    const window = numbers(program, 1);
    expect(await client.ask({ id: 1, classify: window })).toEqual({
      id: 1,
      success: false,
      error: 'Invalid message, should initialize first',
    });
    expect((await client.ask({ id: 2, hello: 2 })).error).toBe("Invalid value for 'hello', only 1 supported");
    for (const part of ['noise ]', '{"he', 'llo":', '1,"i', 'd":3}']) {
      client.write(part);
      await sleep(20);
    }
    expect((await client.answers(1))[0]).toMatchObject({ id: 3, success: true });

    const many = [4, 5, 6].map((id) => JSON.stringify({ id, classify: window, note: 'a } in " text' }));
    client.write(many.join('\n'));
    expect((await client.answers(3)).map(({ id, success }) => [id, success])).toEqual(
      [4, 5, 6].map((id) => [id, true]),
    );

    client.write(`{"id":7,"classify":[1,,2]}{"id":8,"text":"never closed\n{"id":9,${'"a":['.repeat(3)}}`);
    expect(await client.answers(3)).toEqual(Array(3).fill({ error: expect.stringContaining('Failed to parse') }));

    client.write(`{"id":10,"deep":${'['.repeat(100000)}${']'.repeat(100000)}}`);
    expect((await client.answers(1))[0].error).toContain('Failed to parse');

    client.write(`{"id":11,"classify":[1],"classi\\u0066y":${JSON.stringify(window)},"id":12}`);
    expect((await client.answers(1))[0]).toMatchObject({ id: 12, success: true });
  });

  it.each([
    [{ hello: 1 }, { success: false, error: "Missing 'id' field in message" }],
    [
      { id: 1.5, hello: 1 },
      { success: false, error: "Missing 'id' field in message" },
    ],
    [
      { id: 5, hello: 1 },
      { id: 5, success: false, error: "Invalid message 'hello', already initialized" },
    ],
    [
      { id: 5, classify: [1, 2] },
      { id: 5, success: false, error: "Invalid number of features in 'classify', expected 120 but got 2" },
    ],
    [
      { id: 5, classify: [] },
      { id: 5, success: false, error: "Invalid number of features in 'classify', expected 120 but got 0" },
    ],
    [
      { id: 5, classify: [1, null] },
      { id: 5, success: false, error: 'Failed to parse classify array, should contain all numbers' },
    ],
    [
      { id: 5, classify: 3 },
      { id: 5, success: false, error: 'Failed to parse classify array, should contain all numbers' },
    ],
    [
      { id: 5, classify_continuous: [1] },
      { id: 5, success: false, error: "Invalid number of features in 'classify_continuous', expected 60 but got 1" },
    ],
    [
      { id: 5, set_threshold: { id: 1, min_score: 0.5 } },
      { id: 5, success: false, error: 'set_threshold: cannot find learn block with this id' },
    ],
    [
      { id: 5, set_threshold: { min_score: 0.5 } },
      { id: 5, success: false, error: "set_threshold should have a numeric field 'id'" },
    ],
    [
      { id: 5, set_parameter: { a: 1 } },
      { id: 5, success: false, error: 'Failed to handle message' },
    ],
    [{ id: 5 }, { id: 5, success: false, error: 'Failed to handle message' }],
  ])('refuses %j', (message, answer) => {
    const { path } = shared();
    expect(talk(path, [{ id: 1, hello: 1 }, message])[1]).toEqual(answer);
  });

  it('refuses values beyond float32', () => {
    const { program, path } = shared();
    const text = JSON.stringify({ id: 2, classify: numbers(program, 0) })
      .replace('[', '[1e999,')
      .replace(/,[^,]*\]/, ']');
    expect(talk(path, [{ id: 1, hello: 1 }], text)[1]).toEqual({
      id: 2,
      success: false,
      error: 'Classifying failed, error code was 2',
    });
  });

  it('tells the time of every block to clients that debug', () => {
    const { program, path } = shared();
    const [, answer] = talk(path, [
      { id: 1, hello: 1 },
      { id: 2, classify: numbers(program, 0), debug: true },
    ]);
    expect(answer.info).toMatch(/^impulsekit: dsp [\d.]+ ms, learn [\d.]+ ms$/);
  });

  it('prints its info, and what it needs', () => {
    const { path } = shared();
    const info = spawnSync(path, ['--print-info'], { encoding: 'utf8' });
    expect(info.status).toBe(0);
    expect(JSON.parse(info.stdout.slice(info.stdout.indexOf('{')))).toMatchObject({ id: 1, success: true });
    const none = spawnSync(path, [], { encoding: 'utf8' });
    expect(none).toMatchObject({ status: 1, stdout: expect.stringContaining('--print-info') });
  });
});
