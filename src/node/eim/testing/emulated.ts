/** Executables for other processors, run through qemu-user. */
import { chmodSync, writeFileSync } from 'node:fs';
import { has } from '../../../testing/compilers.js';
import type { Toolchain } from '../../toolchains/index.js';
import { aarch64LinuxGnu, armLinuxGnueabihf } from '../../toolchains/index.js';

export interface EmulatedProcessor {
  readonly toolchain: Toolchain;
  readonly emulator: string;
  /** Where its libraries are. */
  readonly root: string;
  /** Whether compiler and emulator are on this machine. */
  readonly found: boolean;
}

export const EMULATED: readonly EmulatedProcessor[] = await Promise.all(
  [
    { toolchain: aarch64LinuxGnu(), emulator: 'qemu-aarch64', root: '/usr/aarch64-linux-gnu' },
    { toolchain: armLinuxGnueabihf(), emulator: 'qemu-arm', root: '/usr/arm-linux-gnueabihf' },
  ].map(async (target) => ({
    ...target,
    found: has(target.emulator) && (await target.toolchain.find()) !== undefined,
  })),
);

/** Path of a script beside a binary that runs it. */
export function emulated({ emulator, root }: EmulatedProcessor, binary: string): string {
  const script = `${binary}.sh`;
  writeFileSync(script, `#!/bin/sh\nexec ${emulator} -L ${root} ${binary} "$@"\n`);
  chmodSync(script, 0o755);
  return script;
}
