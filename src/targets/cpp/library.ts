import type { Optimize } from '../../cpp.js';
import type { Engine } from '../../engine.js';
import { checkLibraryName } from '../../names.js';
import type { Bundle, DeploymentBlock, Program } from '../../program.js';
import { compatibleFiles, compatibleHeaders } from '../compat/compatible.js';
import { compatibleValues } from '../compat/options.js';
import { withEngine } from '../with-engine.js';
import { continuousSource } from './continuous.js';
import { DUMP_HEADERS, dumpHeaderText, dumpSource } from './dump.js';
import type { LibraryExtras } from './extras.js';
import { verifyFiles } from './golden.js';
import { headerFiles } from './headers.js';
import { type Layout, layoutOf } from './layout.js';
import libraryHeader from './library.h.js';
import { POSTPROCESS_HEADERS, postprocessHeader } from './postprocess-text.js';
import { ownSources, projectFiles } from './project.js';
import { SELF_TEST_HEADERS, selfTestHeader, selfTestSource } from './self-test.js';
import verifyHeader from './verify.h.js';
import { headerText, parametersHeader, parametersSource, sourceText } from './wiring.js';

export interface CppLibraryOptions extends LibraryExtras {
  /** C++ namespace and stem of the file names. */
  name: string;
  /** Least flash, or least time for at most a fifth more flash. Default `size`. */
  optimize?: Optimize | undefined;
  /** What turns the networks into C++. Default: {@link native}. */
  engine?: Engine | undefined;
}

/**
 * Deploys as a C++11 library: `<name>.h` with `run(window, &result)`, sources, CMake and make files, and a `verify`
 * program with real windows embedded. Options add files beside it; see docs/cpp-library.md.
 *
 * trained impulse -> files; pure, and the same bytes for the same impulse.
 *
 * @throws `BAD_OPTION` for a name that is no free C++ identifier; on emission `BAD_LABEL` for a label with a NUL
 * character, `NO_DATA` without golden windows, and `UNSUPPORTED` for options that the impulse has no place for
 *
 * @example
 * ```ts
 * await write(model.deploy(cppLibrary({ name: 'keyword' })), 'out/keyword');
 * ```
 */
export function cppLibrary(options: CppLibraryOptions): DeploymentBlock {
  const { name: given, optimize = 'size', engine, ...extras } = options;
  const name = checkLibraryName('cppLibrary', given);
  if (extras.compatible) compatibleValues(name, extras.compatible);
  return {
    role: 'deploy',
    type: 'cpp',
    // An engine is code, not data.
    ...(engine === undefined && { options: { ...options } }),
    emit: (program: Program): Bundle => {
      const built = engine ? withEngine(program, engine) : program;
      return { files: libraryFiles(layoutOf(name, built, optimize, extras)) };
    },
  };
}

/** All files of the library, sorted by path. */
export function libraryFiles(layout: Layout): Record<string, string> {
  const { name, steps, stream, extras } = layout;
  const streams = stream?.streams.flatMap(({ headers }) => headers) ?? [];
  const { postprocess, compatible } = extras;
  const headers = headerFiles([
    libraryHeader,
    verifyHeader,
    ...steps.flatMap(({ stage }) => stage.cpp.headers),
    ...streams,
    ...(postprocess ? POSTPROCESS_HEADERS : []),
    ...(extras.selfTest ? SELF_TEST_HEADERS : []),
    ...(extras.dump ? DUMP_HEADERS : []),
    ...(compatible ? compatibleHeaders(layout) : []),
  ]);
  return sortFiles({
    [`${name}.cpp`]: sourceText(layout),
    [`${name}.h`]: headerText(layout),
    ...(stream && { [`${name}_continuous.cpp`]: continuousSource(layout, stream) }),
    [`${name}_parameters.cpp`]: parametersSource(layout),
    [`${name}_parameters.h`]: parametersHeader(layout),
    ...(postprocess && { [`${name}_postprocess.h`]: postprocessHeader(layout, postprocess) }),
    ...(extras.selfTest && {
      [`${name}_self_test.cpp`]: selfTestSource(layout),
      [`${name}_self_test.h`]: selfTestHeader(layout),
    }),
    ...(extras.dump && { [`${name}_dump.cpp`]: dumpSource(layout), [`${name}_dump.h`]: dumpHeaderText(layout) }),
    ...(compatible && compatibleFiles(layout, compatibleValues(name, compatible), ownSources(layout))),
    ...projectFiles(layout),
    ...verifyFiles(layout),
    ...headers,
  });
}

export function sortFiles(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)));
}
