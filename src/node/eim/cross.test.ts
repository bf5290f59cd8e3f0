/** Executables for other processors, run through qemu-user: the same hello and the same scores. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { eim } from '../../targets/index.js';
import { has } from '../../testing/compilers.js';
import { build } from '../build.js';
import { aarch64LinuxGnu, armLinuxGnueabihf } from '../toolchains/index.js';
import { EimRunner } from './eim-runner.js';
import { motionModel, noise } from './testing/models.js';

const dir = mkdtempSync(join(tmpdir(), 'impulsekit-cross-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const TARGETS = await Promise.all(
  [
    { toolchain: aarch64LinuxGnu(), emulator: 'qemu-aarch64', root: '/usr/aarch64-linux-gnu' },
    { toolchain: armLinuxGnueabihf(), emulator: 'qemu-arm', root: '/usr/arm-linux-gnueabihf' },
  ].map(async (target) => ({
    ...target,
    found: has(target.emulator) && (await target.toolchain.find()) !== undefined,
  })),
);

describe.each(TARGETS)('$toolchain.name', ({ toolchain, emulator, root, found }) => {
  it.skipIf(!found)('says hello and predicts what the model predicts', async () => {
    const model = await motionModel();
    const binary = join(dir, `${toolchain.name}.eim`);
    await build(model.deploy(eim({ name: 'motion' })), binary, { toolchain });
    const started = `${binary}.sh`;
    writeFileSync(started, `#!/bin/sh\nexec ${emulator} -L ${root} ${binary} "$@"\n`);
    chmodSync(started, 0o755);
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
