/** Emitted libraries as bare-metal images in QEMU: instructions, flash and RAM of the real thing. */
import type { Program } from '../../src/program.js';
import { cppLibrary } from '../../src/targets/index.js';
import { type Core, emulate, functionSizes, inFolder, link, sectionSizes } from './image.js';

export interface Measurement {
  /** Executed instructions of each step, in graph order. */
  readonly instructions: readonly number[];
  readonly scores: Float32Array;
}

export interface ImageSize {
  /** Of the library alone: the image minus one that does nothing. */
  readonly flashBytes: number;
  readonly ramBytes: number;
  /** Code sizes by demangled function name. */
  readonly functions: ReadonlyMap<string, number>;
}

/** Flags as a list, such as `-O2` to override -Os. */
export function measure(program: Program, core: Core, flags: readonly string[] = []): Measurement {
  return withLibrary(program, (dir) => {
    const main =
      '#include "count.h"\n#include "verify/golden.h"\nint main() { return device::count<lib::detail::Golden>(); }\n';
    const image = link({ dir, name: 'count', core, main, sources: [...LIBRARY, 'verify/golden.cpp'], flags });
    const printed = emulate(image, core, dir);
    return {
      instructions: printed('ticks'),
      scores: new Float32Array(Uint32Array.from(printed('score')).buffer),
    };
  });
}

export function imageSize(program: Program, core: Core, flags: readonly string[] = []): ImageSize {
  return withLibrary(program, (dir) => {
    const main = mainText('static_cast<int>(lib::run(window, &result))');
    const image = link({ dir, name: 'run', core, main, sources: LIBRARY, flags });
    const full = sectionSizes(image);
    const none = sectionSizes(link({ dir, name: 'empty', core, main: mainText('0'), flags }));
    return {
      flashBytes: full.flash - none.flash,
      ramBytes: full.ram - none.ram,
      functions: functionSizes(image),
    };
  });
}

/** The application's share: a window and a result that the linker keeps. */
const mainText = (answer: string): string =>
  [
    '#include "lib.h"',
    'float window[lib::kInputSize];',
    'lib::Result result;',
    'int main() {',
    '  __asm volatile("" ::"r"(window), "r"(&result) : "memory");',
    `  return ${answer};`,
    '}',
    '',
  ].join('\n');

const LIBRARY = ['lib.cpp', 'lib_parameters.cpp'];

function withLibrary<T>(program: Program, use: (dir: string) => T): T {
  return inFolder(cppLibrary({ name: 'lib' }).emit(program).files, use);
}
