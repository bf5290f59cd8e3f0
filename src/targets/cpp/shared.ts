import type { Optimize } from '../../cpp.js';
import { fail } from '../../errors.js';
import { checkLibraryName } from '../../names.js';
import type { Bundle, DeploymentBlock, Program } from '../../program.js';
import type { LibraryExtras } from './extras.js';
import { layoutOf } from './layout.js';
import { libraryFiles, sortFiles } from './library.js';
import { LICENSE, ownSources } from './project.js';
import { LICENSE_LINE, lines } from './wiring.js';

/** A trained impulse, seen from here. */
interface Deployable {
  readonly program: Program;
  readonly deploy: (deployment: DeploymentBlock) => Bundle;
}

export interface SharedImpulse extends Omit<LibraryExtras, 'compatible'> {
  /** C++ namespace, folder and stem of the file names. */
  readonly name: string;
  readonly model: Deployable;
  /** Default `size`. */
  readonly optimize?: Optimize | undefined;
}

/** Where the arena of several libraries is. */
export interface SharedArena {
  /** Namespace and stem of the files that hold it. */
  readonly name: string;
}

/**
 * Several impulses as C++11 libraries over one arena, as large as the largest needs it: a folder each, the arena in
 * `<name>.h` and `<name>.cpp`, and build files for all. One impulse runs at a time; streams keep their own memory, so
 * that slices may come in any order.
 *
 * trained impulses -> files; pure, and the same bytes for the same impulses.
 *
 * @throws `BAD_OPTION` for names, and what {@link cppLibrary} throws on emission
 * @example
 * ```ts
 * await write(sharedLibrary('both', [{ name: 'wake', model: wake }, { name: 'motion', model: motion }]), 'out/both');
 * ```
 */
export function sharedLibrary(name: string, impulses: readonly SharedImpulse[]): Bundle {
  checkLibraryName('sharedLibrary', name);
  const names = [name, ...impulses.map((impulse) => checkLibraryName('sharedLibrary', impulse.name))];
  if (impulses.length === 0 || new Set(names).size < names.length) refuseNames(names);
  const arenaBytes = Math.max(...impulses.map(({ model }) => model.program.arenaBytes));
  const parts = impulses.map(({ model, ...options }) => ({
    name: options.name,
    files: model.deploy(sharedPart({ ...options, arena: { name } })).files as Readonly<Record<string, string>>,
    sources: ownSources(layoutOf(options.name, model.program, 'size', options)).map(
      (file) => `${options.name}/${file}`,
    ),
  }));
  const headers = parts.flatMap(({ files }) =>
    Object.entries(files).filter(([path]) => path.startsWith('impulsekit/')),
  );
  const own = parts.flatMap((part) =>
    Object.entries(part.files)
      .filter(([path]) => !path.startsWith('impulsekit/') && !SHARED_FILES.includes(path))
      .map(([path, text]) => [`${part.name}/${path}`, text.replace('"../impulsekit/', '"../../impulsekit/')]),
  );
  return {
    files: sortFiles({
      ...Object.fromEntries(headers),
      ...Object.fromEntries(own),
      [`${name}.h`]: arenaHeader(name, arenaBytes),
      [`${name}.cpp`]: arenaSource(name),
      LICENSE,
      Makefile: makefile(name, parts),
      'CMakeLists.txt': cmake(name, parts),
    }),
  };
}

const SHARED_FILES = ['Makefile', 'CMakeLists.txt', 'LICENSE'];

/** One library of several; its arena is elsewhere. */
export function sharedPart(
  options: LibraryExtras & {
    readonly name: string;
    readonly optimize?: Optimize | undefined;
    readonly arena: SharedArena;
  },
): DeploymentBlock {
  const { name, optimize = 'size', arena, ...extras } = options;
  return {
    role: 'deploy',
    type: 'cpp-shared',
    options: { ...options },
    emit: (program) => ({
      files: libraryFiles({ ...layoutOf(checkLibraryName('cppLibrary', name), program, optimize, extras), arena }),
    }),
  };
}

function arenaHeader(name: string, arenaBytes: number): string {
  const guard = `IMPULSEKIT_LIBRARY_${name}_H`;
  return lines(
    LICENSE_LINE,
    `// ${name}: the working memory of several impulses, one of which runs at a time.`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    '#include <stdint.h>',
    '',
    `namespace ${name} {`,
    '',
    '/// What the largest of them needs.',
    `constexpr int32_t kArenaBytes = ${arenaBytes};`,
    'extern unsigned char arena[kArenaBytes];',
    '',
    `}  // namespace ${name}`,
    '',
    `#endif  // ${guard}`,
  );
}

const arenaSource = (name: string): string =>
  lines(
    LICENSE_LINE,
    `#include "${name}.h"`,
    '',
    `namespace ${name} {`,
    '',
    'alignas(16) unsigned char arena[kArenaBytes];',
    '',
    `}  // namespace ${name}`,
  );

interface Part {
  readonly name: string;
  readonly sources: readonly string[];
}

function makefile(name: string, parts: readonly Part[]): string {
  const sources = [`${name}.cpp`, ...parts.flatMap((part) => part.sources)];
  return lines(
    '# SPDX-License-Identifier: Apache-2.0',
    `# make: builds lib${name}.a. make check: builds and runs the self-check of every impulse.`,
    'CXXFLAGS ?= -O2',
    'FLAGS = -std=c++11 -ffp-contract=off -I.',
    '',
    `OBJECTS = ${sources.map((file) => `build/${file.replace('.cpp', '.o')}`).join(' ')}`,
    'HEADERS = $(wildcard *.h */*.h */*/*.h */*/*/*.h */*/*/*/*.h)',
    '',
    `build/lib${name}.a: $(OBJECTS)`,
    '\t$(AR) rcs $@ $^',
    '',
    'build/%.o: %.cpp $(HEADERS)',
    '\t@mkdir -p $(@D)',
    '\t$(CXX) $(CXXFLAGS) $(FLAGS) -c -o $@ $<',
    '',
    `build/verify-%: %/verify/verify.cpp %/verify/golden.cpp build/lib${name}.a`,
    `\t$(CXX) $(CXXFLAGS) $(FLAGS) -o $@ $^`,
    '',
    `check: ${parts.map((part) => `build/verify-${part.name}`).join(' ')}`,
    ...parts.map((part) => `\tbuild/verify-${part.name}`),
    '',
    'clean:',
    '\trm -rf build',
    '',
    '.PHONY: check clean',
  );
}

function cmake(name: string, parts: readonly Part[]): string {
  return lines(
    '# SPDX-License-Identifier: Apache-2.0',
    'cmake_minimum_required(VERSION 3.10)',
    `project(${name} CXX)`,
    '',
    'if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)',
    '  set(CMAKE_BUILD_TYPE Release)',
    'endif()',
    '',
    `add_library(${name} STATIC ${[`${name}.cpp`, ...parts.flatMap((part) => part.sources)].join(' ')})`,
    `target_include_directories(${name} PUBLIC \${CMAKE_CURRENT_SOURCE_DIR})`,
    `set_target_properties(${name} PROPERTIES CXX_STANDARD 11 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)`,
    'if(NOT MSVC)',
    `  target_compile_options(${name} PRIVATE -ffp-contract=off)`,
    'endif()',
    '',
    'if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)',
    '  enable_testing()',
    ...parts.flatMap((part) => [
      `  add_executable(verify_${part.name} ${part.name}/verify/verify.cpp ${part.name}/verify/golden.cpp)`,
      `  set_target_properties(verify_${part.name} PROPERTIES CXX_STANDARD 11 CXX_STANDARD_REQUIRED ON)`,
      `  target_link_libraries(verify_${part.name} ${name})`,
      `  add_test(NAME ${part.name} COMMAND verify_${part.name})`,
    ]),
    'endif()',
  );
}

function refuseNames(names: readonly string[]): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'sharedLibrary',
    got: names.join(', '),
    expected: 'at least one impulse, and names that differ from each other and from that of the library',
    fix: 'Name every impulse by itself.',
  });
}
