import type { EngineProject } from '../../engine.js';

/** Below the tree that `create_tflm_tree.py` makes, then below a clone after `make third_party_downloads`. */
const INCLUDES = [
  '',
  ...['flatbuffers/include', 'gemmlowp', 'ruy'].flatMap((path) => [
    `/third_party/${path}`,
    `/tensorflow/lite/micro/tools/make/downloads/${path}`,
  ]),
];

/** The headers lay out their structs by the first; the second keeps NEON kernels for Arm out of a build for x86. */
const DEFINITIONS = ['TF_LITE_STATIC_MEMORY', 'TF_LITE_DISABLE_X86_NEON'];

const HINT = 'Set TFLM_DIR to a tree made by create_tflm_tree.py of TensorFlow Lite Micro';

/** How a library finds TensorFlow Lite Micro: as sources in `TFLM_DIR`, and built already where `TFLM_LIB` says so. */
export const PROJECT: EngineProject = {
  cppStandard: 17,
  cmake: [
    '# TensorFlow Lite Micro: cmake -DTFLM_DIR=<tree made by create_tflm_tree.py>, and -DTFLM_LIB=<file> if it is built.',
    'set(TFLM_DIR "" CACHE PATH "Tree of TensorFlow Lite Micro")',
    'set(TFLM_LIB "" CACHE FILEPATH "Library built from it; empty: it is built here")',
    `if(NOT EXISTS "\${TFLM_DIR}/tensorflow/lite/micro/micro_interpreter.h")`,
    `  message(FATAL_ERROR "${HINT}")`,
    'endif()',
    'add_library(tflm_headers INTERFACE)',
    'target_include_directories(tflm_headers SYSTEM INTERFACE',
    ...INCLUDES.map((path, i) => `  "\${TFLM_DIR}${path}"${i === INCLUDES.length - 1 ? ')' : ''}`),
    `target_compile_definitions(tflm_headers INTERFACE ${DEFINITIONS.join(' ')})`,
    'if(TFLM_LIB)',
    `  target_link_libraries(\${PROJECT_NAME} PUBLIC tflm_headers "\${TFLM_LIB}")`,
    'else()',
    '  enable_language(C)',
    '  file(GLOB_RECURSE TFLM_SOURCES CONFIGURE_DEPENDS',
    ...['tensorflow', 'third_party'].map((folder) => {
      return `    ${['cc', 'cpp', 'c'].map((end) => `"\${TFLM_DIR}/${folder}/*.${end}"`).join(' ')}`;
    }),
    '  )',
    `  add_library(tflm STATIC \${TFLM_SOURCES})`,
    '  set_target_properties(tflm PROPERTIES CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON)',
    '  target_link_libraries(tflm PUBLIC tflm_headers)',
    `  target_link_libraries(\${PROJECT_NAME} PUBLIC tflm)`,
    'endif()',
  ],
  make: [
    '# TensorFlow Lite Micro: make TFLM_DIR=<tree made by create_tflm_tree.py>, and TFLM_LIB=<file> if it is built.',
    'ifeq ($(TFLM_DIR)$(filter clean,$(MAKECMDGOALS)),)',
    `$(error ${HINT})`,
    'endif',
    [
      'FLAGS +=',
      ...DEFINITIONS.map((name) => `-D${name}`),
      ...INCLUDES.map((path) => `-isystem $(TFLM_DIR)${path}`),
    ].join(' '),
    'TFLM_LIB ?= build/libtflm.a',
    'LIBRARIES += $(TFLM_LIB)',
    'TFLM_FOLDERS = $(wildcard $(TFLM_DIR)/tensorflow $(TFLM_DIR)/third_party)',
    "TFLM_SOURCES = $(if $(TFLM_FOLDERS),$(shell find $(TFLM_FOLDERS) -name '*.cc' -o -name '*.cpp' -o -name '*.c'))",
    'TFLM_OBJECTS = $(sort $(TFLM_SOURCES:$(TFLM_DIR)/%=build/tflm/%.o))',
    '',
    'build/libtflm.a: $(TFLM_OBJECTS)',
    '\t$(AR) rcs $@ $^',
    '',
    'build/tflm/%.c.o: $(TFLM_DIR)/%.c',
    '\t@mkdir -p $(dir $@)',
    '\t$(CC) $(CFLAGS) $(filter -D% -isystem $(TFLM_DIR)%,$(FLAGS)) -O2 -c -o $@ $<',
    '',
    'build/tflm/%.o: $(TFLM_DIR)/%',
    '\t@mkdir -p $(dir $@)',
    '\t$(CXX) $(CXXFLAGS) $(FLAGS) -fno-exceptions -fno-rtti -fno-threadsafe-statics -c -o $@ $<',
    '',
  ],
  readme: [
    'Networks are interpreted by TensorFlow Lite Micro, which is not part of this library. Make its tree with',
    '`tensorflow/lite/micro/tools/project_generation/create_tflm_tree.py` and name it in `TFLM_DIR`, for make and for',
    'CMake alike; name a library built from it in `TFLM_LIB`, else it is built here. Every network keeps a tensor arena',
    'of its own (`kArenaBytes` in the parameters header); `arenaUsedBytes()` says on the device what it needs. Scores',
    'that are not a number mean that the interpreter refused the model, mostly because its arena is too small.',
  ],
};
