import { closure, floatLiteral } from '../../cpp.js';
import { commentText, cString } from '../../names.js';
import observeHeader from '../../observe.h.js';
import type { LearnStep } from '../../program.js';
import { sizeOf } from '../../spec.js';
import type { Streaming } from '../streaming.js';
import { BOX_TYPE, formOf, isLabelled } from './answers.js';
import type { Layout, LearnerLayout } from './layout.js';
import libraryHeader from './library.h.js';

/** Must equal `impulsekit::kRuntimeVersion` in library.h: emitted code asserts that they match. */
export const RUNTIME_VERSION = 1;

export const LICENSE_LINE = '// SPDX-License-Identifier: Apache-2.0';

/** `<name>.h`, the only file a user reads. */
export function headerText(layout: Layout): string {
  const { name, program, learners, stream, wholeType } = layout;
  const classifiers = learners.filter((learner) => formOf(learner).hasBest);
  const guard = `IMPULSEKIT_LIBRARY_${name}_H`;
  return lines(
    LICENSE_LINE,
    `// ${name}: a trained impulse as C++11 source. No heap, no exceptions, one static arena.`,
    '//',
    ...usage(layout).map((line) => `//   ${line}`),
    '//',
    `// A window holds ${layout.inputSize} values: ${inputText(layout)}. \`run\` is not reentrant.`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    '#include <stdint.h>',
    '',
    `namespace ${name} {`,
    '',
    '/// Time steps in one window (rows, for an image).',
    `constexpr int32_t kWindowSamples = ${layout.windowSamples};`,
    '/// Values per time step, interleaved.',
    `constexpr int32_t kAxes = ${layout.axes};`,
    '/// Values in one window.',
    'constexpr int32_t kInputSize = kWindowSamples * kAxes;',
    '/// Sampling rate in Hz; 0 when the input has none.',
    `constexpr float kRateHz = ${floatLiteral(program.input.rateHz ?? 0)};`,
    '/// Time steps from one window to the next; 0 when windows do not slide.',
    `constexpr int32_t kStrideSamples = ${program.strideSamples};`,
    '/// Static memory of the whole impulse in bytes: features, scratch and network, overlapped by lifetime.',
    `constexpr int32_t kArenaBytes = ${program.arenaBytes};`,
    ...learners.flatMap(constantLines),
    '',
    '/// What one window gave.',
    'struct Result {',
    ...learners.flatMap((learner) => formOf(learner).lines(learner)),
    '};',
    ...(learners.some(({ block }) => block.boxes) ? ['', ...BOX_TYPE] : []),
    '',
    'enum class Status {',
    '  kOk = 0,',
    '  /// `window` or `result` is null.',
    '  kNullPointer = 1,',
    '  /// The window holds an infinite value or one that is not a number.',
    '  kNotFinite = 2,',
    ...(stream ? ['  /// `run_continuous` has not seen a whole window yet.', '  kNotReady = 3,'] : []),
    '};',
    '',
    '/// Runs the whole impulse on one window of kInputSize values. `result` is written only when the answer is kOk.',
    'Status run(const float* window, Result* result);',
    `/// The same on ${wholeType} values, which need not be copied first.`,
    `Status run(const ${wholeType}* window, Result* result);`,
    ...(stream ? streamLines(stream, program.strideSamples) : []),
    ...classifiers.flatMap(({ bestName, labelsName, member }) => [
      '',
      `/// Index into ${labelsName} of the highest of \`${member}\`.`,
      `int32_t ${bestName}(const Result& result);`,
    ]),
    ...methods(layout).flatMap(({ declaration }) => ['', ...declaration]),
    '',
    `}  // namespace ${name}`,
    '',
    `#endif  // ${guard}`,
  );
}

const streamLines = ({ sample, sliceSamples }: Streaming, strideSamples: number): string[] => [
  '',
  ...(sliceSamples === strideSamples
    ? ['/// Values of one slice.', 'constexpr int32_t kSliceSize = kStrideSamples * kAxes;']
    : [
        `/// Values of one slice, of which a stride has ${strideSamples / sliceSamples}: the last one of each gives an answer, the others kNotReady.`,
        `constexpr int32_t kSliceSize = ${sliceSamples} * kAxes;`,
      ]),
  '/// Takes the next kSliceSize values of a stream and runs the impulse on its latest window, at the cost of the slice',
  '/// where the blocks allow it. kNotReady until a whole window has been seen.',
  `Status run_continuous(const ${sample}* slice, Result* result);`,
  '/// Forgets the stream: call it when samples were lost.',
  'void reset_continuous();',
];

function usage({ name, learners }: Layout): string[] {
  const learner = learners.find(isLabelled) ?? learners[0]!;
  return [
    `#include "${name}.h"`,
    `static float window[${name}::kInputSize];  // fill it with sensor values`,
    `${name}::Result result;`,
    `if (${name}::run(window, &result) != ${name}::Status::kOk) return;`,
    ...formOf(learner).usage(learner, name).split('\n'),
  ];
}

function inputText({ program, windowSamples, axes }: Layout): string {
  if (program.input.kind === 'image') return 'pixels row by row';
  const names = (program.input.axes[1]?.labels ?? []).map(commentText).join(' ');
  const rate = program.input.rateHz ?? 0;
  return `${windowSamples} time steps of ${axes} (${names}) at ${rate} Hz, interleaved`;
}

function methods({ learners }: Layout) {
  const all = learners.flatMap((learner) => formOf(learner).method?.(learner) ?? []);
  return all.filter(({ declaration }) => declaration.length > 0);
}

function constantLines(learner: LearnerLayout): string[] {
  const { block, labelsName, countName } = learner;
  const constants = formOf(learner).constants(learner);
  const lead = constants.length > 0 ? ['', ...constants] : [];
  if (!isLabelled(learner)) return lead;
  return [
    ...lead,
    '',
    `constexpr int32_t ${countName} = ${block.labels.length};`,
    '/// Class names in the order of the scores, UTF-8.',
    `extern const char* const ${labelsName}[${countName}];`,
  ];
}

/** `<name>.cpp`: one line per block, in graph order. */
export function sourceText(layout: Layout): string {
  const { name, learners, program, wholeType } = layout;
  const classifiers = learners.filter((learner) => formOf(learner).hasBest);
  return lines(
    LICENSE_LINE,
    `#include "${name}.h"`,
    '',
    `#include "${name}_parameters.h"`,
    '',
    `namespace ${name} {`,
    '',
    ...learners
      .filter(isLabelled)
      .flatMap(({ block, labelsName, countName }) => [
        `const char* const ${labelsName}[${countName}] = {`,
        ...block.labels.map((label) => `    ${cString(label)},`),
        '};',
        '',
      ]),
    'namespace detail {',
    '',
    ...(layout.arena ? [] : ['alignas(16) unsigned char arena[kArenaBytes];', '']),
    'void learn(Result* result) {',
    ...learners.flatMap((_, i) => stepLines(layout, program.dsp.length + i, '  ')),
    '}',
    '',
    '}  // namespace detail',
    '',
    ...['float', wholeType].flatMap((sample) => [
      `Status run(const ${sample}* window, Result* result) {`,
      '  if (window == nullptr || result == nullptr) return Status::kNullPointer;',
      '  if (!impulsekit::allFinite(window, kInputSize)) return Status::kNotFinite;',
      '  detail::features(window);',
      '  detail::learn(result);',
      '  return Status::kOk;',
      '}',
      ...(sample === 'float' ? [''] : []),
    ]),
    ...classifiers.flatMap(({ bestName, member, countName }) => [
      '',
      `int32_t ${bestName}(const Result& result) { return impulsekit::argmax(result.${member}, ${countName}); }`,
    ]),
    ...methods(layout).flatMap(({ definition }) => ['', ...definition]),
    '',
    `}  // namespace ${name}`,
  );
}

/** The lines that run one block. */
function stepLines(layout: Layout, i: number, indent: string): string[] {
  const { name, type } = layout.steps[i]!;
  const count = layout.program.dsp.length;
  const text = i < count ? [dspLine(layout, i)] : learnLines(layout, i - count);
  return [`// ${commentText(name)}: ${commentText(type)}`, ...text].map((line) => `${indent}${line}`);
}

function dspLine(layout: Layout, i: number): string {
  const { scratchOffset } = layout.program.dsp[i]!;
  return `${layout.steps[i]!.cppType}::run(window, ${featuresOf(layout, i)}, floats(${scratchOffset}));`;
}

/** Where a processing block writes: floats, or the int8 form of the learner that reads them. */
export function featuresOf({ program, steps }: Layout, i: number): string {
  const { dtype, outputOffset } = program.dsp[i]!;
  if (dtype === 'f32') return `floats(${outputOffset})`;
  const learner = program.learn.findIndex(({ inputs }) => inputs.includes(i));
  return `${steps[program.dsp.length + learner]!.cppType}::Features(stored(${outputOffset}))`;
}

function learnLines({ program, steps, learners }: Layout, i: number): string[] {
  const { step, member } = learners[i]!;
  const out = formOf(learners[i]!).isArray ? `result->${member}` : `&result->${member}`;
  const { cppType } = steps[program.dsp.length + i]!;
  const scratch = `floats(${step.scratchOffset})`;
  if (step.inputs.some((index) => program.dsp[index]!.dtype === 'int8')) {
    return [`${cppType}::runStored(stored(${step.inputOffset}), ${out}, ${scratch});`];
  }
  return [...concatLines(program.dsp, step), `${cppType}::run(floats(${step.inputOffset}), ${out}, ${scratch});`];
}

/** Copies the inputs of a learner behind one another, except those that already lie there. */
function concatLines(dsp: Layout['program']['dsp'], step: LearnStep): string[] {
  let to = step.inputOffset;
  return step.inputs.flatMap((index) => {
    const { outputOffset, stage } = dsp[index]!;
    const at = to;
    to += 4 * sizeOf(stage.output);
    if (at === outputOffset) return [];
    return [`impulsekit::copy(floats(${outputOffset}), floats(${at}), ${sizeOf(stage.output)});`];
  });
}

/** `<name>_parameters.h`: the type of every block and the parts that `verify` and other deployments drive one by one. */
export function parametersHeader(layout: Layout): string {
  const { name, steps, program } = layout;
  const guard = `IMPULSEKIT_LIBRARY_${name}_PARAMETERS_H`;
  const observed = layout.extras.dump ? [observeHeader] : [];
  const includes = closure([libraryHeader, ...observed, ...steps.flatMap(({ stage }) => stage.cpp.headers)]);
  const direct = new Set([
    ...[libraryHeader, ...observed].map((h) => h.path),
    ...steps.flatMap(({ stage }) => stage.cpp.headers.map((h) => h.path)),
  ]);
  return lines(
    LICENSE_LINE,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    '#include <stdint.h>',
    '',
    ...includes.filter(({ path }) => direct.has(path)).map(({ path }) => `#include "impulsekit/${path}"`),
    `#include "${name}.h"`,
    ...(layout.arena ? [`#include "${layout.arena.name}.h"`] : []),
    '',
    `static_assert(impulsekit::kRuntimeVersion == ${RUNTIME_VERSION}, "${name} was emitted for other impulsekit headers");`,
    '',
    `namespace ${name} {`,
    'namespace detail {',
    '',
    ...steps.flatMap(({ cppType, stage }) => [stage.cpp.emit(cppType).declaration, '']),
    `constexpr int32_t kDspSteps = ${program.dsp.length};`,
    `constexpr int32_t kSteps = ${steps.length};`,
    '',
    ...(layout.arena
      ? [
          `using ${layout.arena.name}::arena;`,
          `static_assert(kArenaBytes <= ${layout.arena.name}::kArenaBytes, "the shared arena was made for other impulses");`,
        ]
      : ['extern unsigned char arena[kArenaBytes];']),
    '',
    '/// The arena from a byte offset on.',
    'inline float* floats(int32_t offset) { return static_cast<float*>(static_cast<void*>(arena + offset)); }',
    '',
    '/// The same for features that are stored as int8.',
    'inline int8_t* stored(int32_t offset) { return static_cast<int8_t*>(static_cast<void*>(arena + offset)); }',
    '',
    '/// Computes the features of a window: anything that gives its values by index.',
    'template <class Window>',
    'inline void features(Window window) {',
    ...program.dsp.flatMap((_, i) => stepLines(layout, i, '  ')),
    '}',
    '',
    '/// Runs the learners on the features.',
    'void learn(Result* result);',
    '',
    ...(layout.stream
      ? [
          '/// Takes a slice of a stream; kOk when the features are those of its latest window.',
          `Status slide(const ${layout.stream.sample}* slice);`,
          '',
        ]
      : []),
    '/// Runs one learner on the features.',
    'inline void learner(int32_t index, Result* result) {',
    ...casesText(layout, program.dsp.length, steps.length),
    '}',
    '',
    '/// Runs one block: the first kDspSteps compute features, the others write to `result`.',
    'inline void step(int32_t index, const float* window, Result* result) {',
    '  if (index >= kDspSteps) return learner(index - kDspSteps, result);',
    ...casesText(layout, 0, program.dsp.length),
    '}',
    '',
    '}  // namespace detail',
    `}  // namespace ${name}`,
    '',
    `#endif  // ${guard}`,
  );
}

/** A switch over some steps, the first of which is 0. */
function casesText(layout: Layout, from: number, to: number): string[] {
  const steps = Array.from({ length: to - from }, (_, i) => from + i);
  return [
    '  switch (index) {',
    ...steps.flatMap((i) => [`    case ${i - from}:`, ...stepLines(layout, i, '      '), '      break;']),
    '    default:',
    '      break;',
    '  }',
  ];
}

/** `<name>_parameters.cpp`: weights and tables. */
export function parametersSource({ name, steps, optimize, extras }: Layout): string {
  return lines(
    LICENSE_LINE,
    `#include "${name}_parameters.h"`,
    '',
    `namespace ${name} {`,
    'namespace detail {',
    '',
    ...steps
      .map(({ cppType, stage }) => stage.cpp.emit(cppType, optimize, extras.dump).definition)
      .filter((text) => text !== '')
      .flatMap((text) => [text, '']),
    '}  // namespace detail',
    `}  // namespace ${name}`,
  );
}

/** Joins lines into a text file. */
export function lines(...text: readonly string[]): string {
  return `${text.join('\n')}\n`;
}
