/** The public Node client, unchanged, against our executables; `node scripts/eim-client-test.mjs` installs and runs it. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TrainedImpulse } from '../../impulse/index.js';
import { eim } from '../../targets/index.js';
import { has } from '../../testing/compilers.js';
import { build } from '../build.js';
import { packPixels } from './eim-runner.js';
import { audioModel, imageModel, motionModel, noise } from './testing/models.js';

const PACKAGE = 'edge-impulse-linux';
const CALLS = 1000;
const folder = process.env.IMPULSEKIT_EIM_CLIENT ?? '';
const installed = folder !== '' && existsSync(join(folder, 'node_modules', PACKAGE));

const dir = mkdtempSync(join(tmpdir(), 'impulsekit-client-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A window of values the sensor could give, and what the client sends for it. */
function windowOf(model: TrainedImpulse, seed: number): { window: Float32Array; features: Float32Array } {
  const { input } = model.program;
  const golden = model.program.golden[seed % model.program.golden.length]!.window;
  const random = noise(seed + 1);
  if (input.kind === 'image') {
    const window = golden.map((value) => Math.max(0, Math.min(255, value + Math.round(20 * random()))));
    return { window, features: packPixels(window, 3) };
  }
  const window = golden.map((value) => Math.round(value + 500 * random()));
  return { window, features: window };
}

describe.skipIf(!installed || !has('g++'))('the public Node client', () => {
  it.each([
    ['audio', audioModel, { sensorType: 'microphone', input_features_count: 16_000, use_continuous_mode: true }],
    ['motion', motionModel, { sensorType: 'accelerometer', input_features_count: 375, has_anomaly: 1 }],
    ['image', imageModel, { sensorType: 'camera', image_input_width: 48, image_channel_count: 3 }],
  ] as const)(
    `classifies ${CALLS} windows of the %s impulse over JSON and over shared memory`,
    async (name, make, parameters) => {
      // The package's main entry needs a native module that its runner does not.
      const require = createRequire(join(folder, 'package.json'));
      const { LinuxImpulseRunner } = require(`${PACKAGE}/build/library/classifier/linux-impulse-runner`);
      const model = await make();
      const path = join(dir, `${name}.eim`);
      await build(model.deploy(eim({ name })), path);
      const objects = (): string[] => readdirSync('/dev/shm').filter((entry) => entry.startsWith('shm-'));
      const before = objects();

      for (const shmBehavior of ['never', 'always']) {
        const runner = new LinuxImpulseRunner(path, { shmBehavior, throwOnShmInitFailed: true });
        expect((await runner.init()).modelParameters).toMatchObject(parameters);
        for (let k = 0; k < CALLS; k++) {
          const { window, features } = windowOf(model, k);
          const { result } = await runner.classify([...features]);
          const { scores = {}, anomaly, boxes } = model.predict(window);
          for (const [label, score] of Object.entries(scores)) {
            expect(Math.fround(result.classification[label])).toBe(score);
          }
          if (anomaly !== undefined) expect(Math.fround(result.anomaly)).toBe(anomaly);
          const found = boxes?.map(({ score, ...box }) => ({ ...box, value: expect.closeTo(score, 6) }));
          expect(result.bounding_boxes).toEqual(found);
        }
        await expect(runner.classify([1, 2, 3])).rejects.toThrow();
        // This call of the client hands a refusal back instead of throwing it.
        expect(await runner.setLearnBlockThreshold({ id: 99, type: 'object_detection', min_score: 0.5 })).toMatchObject(
          {
            success: false,
            error: 'set_threshold: cannot find learn block with this id',
          },
        );
        await runner.stop();
      }
      expect(objects().filter((entry) => !before.includes(entry))).toEqual([]);
    },
    600_000,
  );
});
