import { closure, type Optimize } from '../../cpp.js';
import { checkLibraryName } from '../../names.js';
import type { Bundle, DeploymentBlock, Program } from '../../program.js';
import { verifyFiles } from './golden.js';
import { type Layout, layoutOf } from './layout.js';
import libraryHeader from './library.h.js';
import { projectFiles } from './project.js';
import verifyHeader from './verify.h.js';
import { continuousSource, headerText, parametersHeader, parametersSource, sourceText } from './wiring.js';

export interface CppLibraryOptions {
  /** C++ namespace and stem of the file names. */
  name: string;
  /** Least flash, or least time for at most a fifth more flash. Default `size`. */
  optimize?: Optimize | undefined;
}

/**
 * Deploys as a C++11 library: `<name>.h` with `run(window, &result)`, sources, CMake and make files, and a `verify`
 * program with real windows embedded.
 *
 * trained impulse -> files; pure, and the same bytes for the same impulse.
 *
 * @throws `BAD_OPTION` for a name that is no free C++ identifier; on emission `BAD_LABEL` for a label with a NUL
 * character and `NO_DATA` without golden windows
 *
 * @example
 * ```ts
 * await write(model.deploy(cppLibrary({ name: 'keyword' })), 'out/keyword');
 * ```
 */
export function cppLibrary(options: CppLibraryOptions): DeploymentBlock {
  const name = checkLibraryName('cppLibrary', options.name);
  return {
    role: 'deploy',
    type: 'cpp',
    emit: (program: Program): Bundle => ({ files: libraryFiles(layoutOf(name, program, options.optimize ?? 'size')) }),
  };
}

/** All files of the library, sorted by path. */
export function libraryFiles(layout: Layout): Record<string, string> {
  const { name, steps, stream } = layout;
  const streams = stream?.stages.flatMap(({ cpp }) => cpp.headers) ?? [];
  const headers = closure([
    libraryHeader,
    verifyHeader,
    ...steps.flatMap(({ stage }) => stage.cpp.headers),
    ...streams,
  ]);
  return sortFiles({
    [`${name}.cpp`]: sourceText(layout),
    [`${name}.h`]: headerText(layout),
    ...(stream && { [`${name}_continuous.cpp`]: continuousSource(layout, stream) }),
    [`${name}_parameters.cpp`]: parametersSource(layout),
    [`${name}_parameters.h`]: parametersHeader(layout),
    ...projectFiles(layout),
    ...verifyFiles(layout),
    ...Object.fromEntries(headers.map(({ path, text }) => [`impulsekit/${path}`, text])),
  });
}

export function sortFiles(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}
