/** Emitted libraries as bare-metal images in QEMU: instructions, flash and RAM of the real thing. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyImage, runImage, stepsImage } from '../../src/node/measure/library-image.js';
import type { Program } from '../../src/program.js';
import { cppLibrary } from '../../src/targets/index.js';
import { type Core, emulate, functionSizes, imageSizes, inFolder } from './image.js';

export interface Measurement {
  /** Executed instructions of each step, in graph order. */
  readonly instructions: readonly number[];
  readonly scores: Float32Array;
}

export interface ImageSize {
  /** Of the library alone: the image minus one that does nothing. */
  readonly flashBytes: number;
  readonly ramBytes: number;
  /** High-water mark of one window. */
  readonly stackBytes: number;
  /** Code sizes by demangled function name. */
  readonly functions: ReadonlyMap<string, number>;
}

/** Runs the first golden window. Flags as a list, such as `-O2` to override -Os. */
export function measureSteps(program: Program, core: Core, flags: readonly string[] = []): Promise<Measurement> {
  return withLibrary(program, async (dir) => {
    const printed = await emulate(await stepsImage({ dir, core, flags }), core, dir);
    const bytes = Uint8Array.from(await readFile(join(dir, 'output.bin')));
    return { instructions: printed('ticks'), scores: new Float32Array(bytes.buffer) };
  });
}

export function imageSize(program: Program, core: Core, flags: readonly string[] = []): Promise<ImageSize> {
  return withLibrary(program, async (dir) => {
    const image = await runImage({ dir, core, flags });
    const [full, none] = [await imageSizes(image), await imageSizes(await emptyImage({ dir, core, flags }))];
    const printed = await emulate(image, core, dir);
    return {
      flashBytes: full.flash - none.flash,
      ramBytes: full.ram - none.ram,
      stackBytes: Math.max(...printed('stack')),
      functions: functionSizes(image),
    };
  });
}

function withLibrary<T>(program: Program, use: (dir: string) => Promise<T>): Promise<T> {
  const { window } = program.golden[0]!;
  const input = new Uint8Array(window.buffer, window.byteOffset, window.byteLength);
  return inFolder(cppLibrary({ name: 'lib' }).emit(program).files, async (dir) => {
    await writeFile(join(dir, 'input.bin'), input);
    return use(dir);
  });
}
