/** The public Node client against an emitted EIM; `node scripts/eim-client-test.mjs` installs it and runs this. */
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { has, run, unpack, WARNINGS } from '../../testing/compilers.js';
import { tinyProgram, tinyScores, tinyWindow } from '../testing/tiny-program.js';
import { eim } from './eim.js';

const PACKAGE = 'edge-impulse-linux';
const folder = process.env.IMPULSEKIT_EIM_CLIENT ?? '';
const installed = folder !== '' && existsSync(join(folder, 'node_modules', PACKAGE));

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

describe.skipIf(!installed || !has('g++'))('the public Node client', () => {
  it('says hello, classifies 50 windows, is refused a bad one, and stops', async () => {
    // The package's main entry needs a native module that its runner does not.
    const require = createRequire(join(folder, 'package.json'));
    const { LinuxImpulseRunner } = require(`${PACKAGE}/build/library/classifier/linux-impulse-runner`);
    const program = tinyProgram({ anomaly: true, labels: ['no', 'größe "1"', 'two\nlines'] });
    const bundle = eim({ name: 'tiny' }).emit(program);
    const dir = unpack(bundle);
    dirs.push(dir);
    run('g++', [...WARNINGS, '-O2', '-o', 'tiny.eim', ...bundle.build!.sources], dir);

    const runner = new LinuxImpulseRunner(join(dir, 'tiny.eim'));
    const model = await runner.init();
    expect(model.modelParameters).toMatchObject({
      input_features_count: 120,
      sensorType: 'accelerometer',
      has_anomaly: 1,
    });
    for (let k = 0; k < 50; k++) {
      const window = tinyWindow(program, k, true);
      const { result } = await runner.classify([...window]);
      const { scores } = tinyScores(program, window);
      expect(Object.values(result.classification).map((v) => Math.fround(v as number))).toEqual([...scores[0]!]);
      expect(Math.fround(result.anomaly)).toBe(scores[1]![0]);
    }
    await expect(runner.classify([1, 2, 3])).rejects.toThrow('expected 120 but got 3');
    // This call of the client hands a refusal back instead of throwing it.
    expect(await runner.setLearnBlockThreshold({ id: 1, type: 'object_detection', min_score: 0.5 })).toMatchObject({
      success: false,
      error: 'set_threshold: cannot find learn block with this id',
    });
    expect((await runner.classify([...tinyWindow(program, 0)])).result.anomaly).toBeTypeOf('number');
    await runner.stop();
  });
});
