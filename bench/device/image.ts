/** Bare-metal images, with what the bench asks beyond `measure` of impulsekit/node. */
import { execFileSync } from 'node:child_process';
import { emulate } from '../../src/node/measure/emulate.js';
import { type ImageSizes, imageSizes, inFolder, link, requireTools } from '../../src/node/measure/image.js';
import { type EmulatedCore, MACHINES } from '../../src/node/measure/machines.js';

export { emulate, type ImageSizes, imageSizes, inFolder, link };

export type Core = EmulatedCore;

export const ALL_CORES = Object.keys(MACHINES) as readonly Core[];

/**
 * Versions of cross compiler and emulator, as one text.
 *
 * @throws `NO_COMPILER`, naming the packages to install
 */
export async function toolVersions(): Promise<string> {
  const { compiler, emulator } = await requireTools();
  const [gcc, qemu] = [compiler, emulator].map((text) => / (\d+\.\d+\.\d+)/.exec(text)?.[1] ?? '?');
  return `arm-none-eabi-g++ ${gcc}, QEMU ${qemu}`;
}

/** Code sizes by demangled function name, without parameters; copies that the compiler made count as one. */
export function functionSizes(image: string): Map<string, number> {
  const text = execFileSync('arm-none-eabi-nm', ['-S', '-C', '--size-sort', image], { encoding: 'utf8' });
  const sizes = new Map<string, number>();
  for (const [, size, symbol] of text.matchAll(/^\S+ ([0-9a-f]+) [tTwW] (.*)$/gm)) {
    const name = symbol!.replaceAll('(anonymous namespace)::', '').replace(/\(.*/, '');
    sizes.set(name, (sizes.get(name) ?? 0) + Number.parseInt(size!, 16));
  }
  return sizes;
}
