/** Executables for other processors, run through qemu-user: the same hello and the same scores. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { eim } from '../../targets/index.js';
import { build } from '../build.js';
import { EimRunner } from './eim-runner.js';
import { EMULATED, emulated } from './testing/emulated.js';
import { motionModel, noise } from './testing/models.js';

const dir = mkdtempSync(join(tmpdir(), 'impulsekit-cross-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe.each(EMULATED)('$toolchain.name', (processor) => {
  const { toolchain, found } = processor;
  it.skipIf(!found)('says hello and predicts what the model predicts', async () => {
    const model = await motionModel();
    const binary = join(dir, `${toolchain.name}.eim`);
    await build(model.deploy(eim({ name: 'motion' })), binary, { toolchain });
    const started = emulated(processor, binary);
    for (const sharedMemory of ['never', 'always'] as const) {
      const runner = await EimRunner.start(started, { sharedMemory });
      const random = noise(1);
      for (let k = 0; k < 5; k++) {
        const window = Float32Array.from({ length: 375 }, () => 1000 * random());
        expect(await runner.classify(window)).toEqual(model.predict(window));
      }
      await runner.stop();
    }
  });
});
