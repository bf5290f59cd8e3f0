import { COMPATIBLE_SOURCES } from '../compat/compatible.js';
import { formOf } from './answers.js';
import type { Layout } from './layout.js';
import { lines } from './wiring.js';

/** What emitted code is compiled with; {@link WHY_THESE_FLAGS} says why. */
export const COMPILE_FLAGS: readonly string[] = ['-std=c++11', '-O2', '-ffp-contract=off'];

const WHY_THESE_FLAGS = [
  '# -ffp-contract=off: a fused multiply-add rounds once where the reference rounds twice. Without this flag, features',
  '# equal those computed in TypeScript only nearly; with it, bit for bit.',
  '#: square roots are one instruction where the core has one, and no error state of the C library.',
];

/** Sources of the library in link order, without those of its compatibility headers. */
export const ownSources = ({ name, stream, extras }: Layout): string[] =>
  [
    '',
    '_parameters',
    ...(stream ? ['_continuous'] : []),
    ...(extras.selfTest ? ['_self_test'] : []),
    ...(extras.dump ? ['_dump'] : []),
  ].map((part) => `${name}${part}.cpp`);

/** Sources of the library in link order. */
export const librarySources = (layout: Layout): string[] => [
  ...ownSources(layout),
  ...(layout.extras.compatible ? COMPATIBLE_SOURCES : []),
];

/** Build files, notice and README of an emitted library. */
export function projectFiles(layout: Layout): Record<string, string> {
  const { program } = layout;
  return {
    'CMakeLists.txt': cmake(layout),
    LICENSE,
    Makefile: makefile(layout),
    'README.md': readme(layout),
    'impulse.json': program.design.endsWith('\n') ? program.design : `${program.design}\n`,
  };
}

const cmake = (layout: Layout): string => {
  const { name } = layout;
  const { cppStandard = 11, cmake: engine = [] } = layout.program.engine?.project ?? {};
  return lines(
    '# SPDX-License-Identifier: Apache-2.0',
    'cmake_minimum_required(VERSION 3.10)',
    `project(${name} CXX)`,
    '',
    'if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)',
    '  set(CMAKE_BUILD_TYPE Release)',
    'endif()',
    '',
    `add_library(${name} STATIC ${librarySources(layout).join(' ')})`,
    `target_include_directories(${name} PUBLIC \${CMAKE_CURRENT_SOURCE_DIR})`,
    `set_target_properties(${name} PROPERTIES CXX_STANDARD ${cppStandard} CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)`,
    ...WHY_THESE_FLAGS,
    'if(NOT MSVC)',
    `  target_compile_options(${name} PRIVATE -ffp-contract=off)`,
    'endif()',
    '',
    ...engine,
    ...(engine.length > 0 ? [''] : []),
    '# The self-check belongs to this project alone, not to one that includes it.',
    'if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)',
    '  enable_testing()',
    `  add_executable(${name}_verify verify/verify.cpp verify/golden.cpp)`,
    `  set_target_properties(${name}_verify PROPERTIES OUTPUT_NAME verify CXX_STANDARD ${cppStandard} CXX_STANDARD_REQUIRED ON)`,
    `  target_link_libraries(${name}_verify ${name})`,
    `  add_test(NAME verify COMMAND ${name}_verify)`,
    'endif()',
  );
};

const makefile = (layout: Layout): string => {
  const { name } = layout;
  const { cppStandard = 11, make: engine = [] } = layout.program.engine?.project ?? {};
  const objects = librarySources(layout).map((file) => `build/${file.replace('.cpp', '.o')}`);
  return lines(
    '# SPDX-License-Identifier: Apache-2.0',
    `# make: builds lib${name}.a. make check: builds and runs the self-check.`,
    ...WHY_THESE_FLAGS,
    'CXXFLAGS ?= -O2',
    `FLAGS = -std=c++${cppStandard} -ffp-contract=off -I.`,
    '# What programs are linked with, beside the library.',
    'LIBRARIES =',
    '',
    `OBJECTS = ${objects.join(' ')}`,
    'HEADERS = $(wildcard *.h */*.h */*/*.h */*/*/*.h */*/*/*/*.h)',
    '',
    `build/lib${name}.a: $(OBJECTS)`,
    '\t$(AR) rcs $@ $^',
    '',
    ...engine,
    `build/verify: verify/verify.cpp verify/golden.cpp build/lib${name}.a $(LIBRARIES) $(HEADERS)`,
    `\t$(CXX) $(CXXFLAGS) $(FLAGS) -o $@ verify/verify.cpp verify/golden.cpp build/lib${name}.a $(LIBRARIES)`,
    '',
    'build/%.o: %.cpp $(HEADERS)',
    '\t@mkdir -p $(@D)',
    '\t$(CXX) $(CXXFLAGS) $(FLAGS) -c -o $@ $<',
    '',
    'check: build/verify',
    '\tbuild/verify',
    '',
    'clean:',
    '\trm -rf build',
    '',
    '.PHONY: check clean',
  );
};

function readme({ name, program, steps, learners }: Layout): string {
  const labels = learners.flatMap((learner) => formOf(learner).legend(learner));
  return lines(
    `# ${name}`,
    '',
    `A trained impulse as C++11 source without dependencies. Read \`${name}.h\`; everything else is wiring and data.`,
    '',
    '```sh',
    'make check                                  # builds the library, runs the embedded golden windows',
    'cmake -B build -S . && cmake --build build && ctest --test-dir build',
    '```',
    '',
    'Keep `-ffp-contract=off` when you compile it in another build system: only then do features equal the reference bit\nfor bit.',
    '',
    '| block | type | constants (bytes) | scratch (bytes) |',
    '|---|---|---|---|',
    ...steps.map(
      ({ name: block, type, stage }) =>
        `| ${cell(block)} | ${cell(type)} | ${stage.cpp.constBytes} | ${stage.cpp.scratchBytes} |`,
    ),
    '',
    `Static memory: ${program.arenaBytes} bytes in all; scratch and features share it.`,
    ...(program.engine?.project?.readme ? ['', ...program.engine.project.readme] : []),
    ...(labels.length > 0 ? ['', 'Scores:', '', ...labels] : []),
    '',
    '`impulse.json` says what was built. Sources are under the Apache License 2.0 (`LICENSE`); weights, labels and golden',
    'windows come from your data and stay yours.',
  );
}

const cell = (text: string): string => text.replace(/[^A-Za-z0-9 _.-]/g, '_');

export const LICENSE = `SPDX-License-Identifier: Apache-2.0

Copyright the impulsekit authors

Licensed under the Apache License, Version 2.0 (the "License"); you may not use this library except in compliance with
the License. You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software distributed under the License is distributed on an
"AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for the specific
language governing permissions and limitations under the License.
`;
