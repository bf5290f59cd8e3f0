import { tableBody } from '../../cpp.js';
import { cString } from '../../names.js';
import { sizeOf } from '../../spec.js';
import { dequantizeValues, quantizeValues } from '../../stored.js';
import type { Layout } from './layout.js';
import { lines } from './wiring.js';

/** The files of `verify/`: real windows, the answers computed in TypeScript, and a program that compares. */
export function verifyFiles(layout: Layout): Record<string, string> {
  return {
    'verify/golden.cpp': goldenSource(layout),
    'verify/golden.h': goldenHeader(layout),
    'verify/verify.cpp': verifySource(layout),
  };
}

/** Recorded samples are mostly whole numbers: two bytes instead of four, and half the text. */
function windowTable({ program }: Layout): (window: Float32Array) => Int16Array | Float32Array {
  const whole = (v: number): boolean => Number.isInteger(v) && v >= -32768 && v <= 32767;
  const int16 = program.golden.every(({ window }) => window.every(whole));
  return (window) => (int16 ? Int16Array.from(window) : window);
}

const featureSizes = ({ program }: Layout): number[] => program.dsp.map(({ stage }) => sizeOf(stage.output));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function goldenHeader(layout: Layout): string {
  const { name, program, learners } = layout;
  const sample = windowTable(layout)(program.golden[0]!.window) instanceof Int16Array ? 'int16_t' : 'float';
  const guard = `IMPULSEKIT_LIBRARY_${name}_GOLDEN_H`;
  return lines(
    '// SPDX-License-Identifier: Apache-2.0',
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    `#include "../${name}_parameters.h"`,
    '',
    `namespace ${name} {`,
    'namespace detail {',
    '',
    'struct Golden {',
    `  typedef ${name}::Result Result;`,
    `  typedef ${sample} Sample;`,
    `  static constexpr int32_t kWindowCount = ${program.golden.length};`,
    `  static constexpr int32_t kInputSize = ${name}::kInputSize;`,
    '  static constexpr int32_t kDspSteps = detail::kDspSteps;',
    '  static constexpr int32_t kSteps = detail::kSteps;',
    `  static constexpr int32_t kLearners = ${learners.length};`,
    `  static constexpr int32_t kFeatureCount = ${sum(featureSizes(layout))};`,
    `  static constexpr int32_t kScoreCount = ${sum(learners.map(({ size }) => size))};`,
    '  static const int32_t kFeatureOffsets[kDspSteps];',
    '  static const int32_t kFeatureSizes[kDspSteps];',
    '  static const int32_t kScoreSizes[kLearners];',
    '  static const bool kExact[kLearners];',
    '  static const char* const kNames[kWindowCount];',
    '  static const Sample kWindows[kWindowCount][kInputSize];',
    '  static const float kFeatures[kWindowCount][kFeatureCount];',
    '  static const float kScores[kWindowCount][kScoreCount];',
    '',
    ...accessLines(layout),
    '  static void step(int32_t index, const float* window, Result* result) { detail::step(index, window, result); }',
    `  static bool run(const float* window, Result* result) { return ${name}::run(window, result) == Status::kOk; }`,
    '};',
    '',
    '}  // namespace detail',
    `}  // namespace ${name}`,
    '',
    `#endif  // ${guard}`,
  );
}

function goldenSource(layout: Layout): string {
  const { name, program, learners } = layout;
  const toTable = windowTable(layout);
  const rows = (tables: readonly (Int16Array | Float32Array)[]): string =>
    tables.map((table) => `  {\n${tableBody(table)}\n  },`).join('\n');
  return lines(
    '// SPDX-License-Identifier: Apache-2.0',
    '#include "golden.h"',
    '',
    `namespace ${name} {`,
    'namespace detail {',
    '',
    `const int32_t Golden::kFeatureOffsets[] = {${program.dsp.map((step) => step.outputOffset).join(', ')}};`,
    `const int32_t Golden::kFeatureSizes[] = {${featureSizes(layout).join(', ')}};`,
    `const int32_t Golden::kScoreSizes[] = {${learners.map(({ size }) => size).join(', ')}};`,
    `const bool Golden::kExact[] = {${learners.map(({ block }) => block.dtype === 'int8').join(', ')}};`,
    '',
    `const char* const Golden::kNames[] = {${program.golden.map(({ label }) => cString(label)).join(', ')}};`,
    '',
    `const Golden::Sample Golden::kWindows[kWindowCount][kInputSize] = {`,
    rows(program.golden.map(({ window }) => toTable(window))),
    '};',
    '',
    'const float Golden::kFeatures[kWindowCount][kFeatureCount] = {',
    rows(program.golden.map(({ features }) => concat(features.map((row, i) => asStored(layout, i, row))))),
    '};',
    '',
    'const float Golden::kScores[kWindowCount][kScoreCount] = {',
    rows(program.golden.map(({ scores }) => concat(scores))),
    '};',
    '',
    '}  // namespace detail',
    `}  // namespace ${name}`,
  );
}

/** Reads and writes one feature of a processing block, as a number whatever its form. */
function accessLines(layout: Layout): string[] {
  const int8 = layout.program.dsp.flatMap((_, i) => storedBy(layout, i) ?? []);
  const floats = 'floats(kFeatureOffsets[index])[i]';
  if (int8.length === 0) {
    return [
      `  static float feature(int32_t index, int32_t i) { return ${floats}; }`,
      `  static void setFeature(int32_t index, int32_t i, float value) { ${floats} = value; }`,
    ];
  }
  const each = (line: (type: string, at: string) => string): string[] =>
    int8.map(({ index, type }) => `    if (index == ${index}) ${line(type, 'stored(kFeatureOffsets[index])')}`);
  return [
    '  static float feature(int32_t index, int32_t i) {',
    ...each((type, at) => `return static_cast<float>(${at}[i] - ${type}::Scale::kZeroPoint) * ${type}::Scale::kScale;`),
    `    return ${floats};`,
    '  }',
    '  static void setFeature(int32_t index, int32_t i, float value) {',
    ...each((type, at) => `{\n      ${type}::Features(${at})[i] = value;\n      return;\n    }`),
    `    ${floats} = value;`,
    '  }',
  ];
}

/** The learner whose int8 form a processing block writes. */
function storedBy({ program, steps }: Layout, index: number) {
  if (program.dsp[index]!.dtype === 'f32') return undefined;
  const learner = program.learn.findIndex(({ inputs }) => inputs.includes(index));
  const { cpp } = program.learn[learner]!.block;
  return { index, type: steps[program.dsp.length + learner]!.cppType, ...cpp.stored! };
}

/** Features as they are after being stored. */
function asStored(layout: Layout, index: number, row: Float32Array): Float32Array {
  const form = storedBy(layout, index);
  if (!form) return row;
  const { scale, zeroPoint } = form;
  const [stored, values] = [new Int8Array(row.length), new Float32Array(row.length)];
  quantizeValues(row, stored, scale, zeroPoint);
  dequantizeValues(stored, values, scale, zeroPoint);
  return values;
}

function concat(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(sum(parts.map((part) => part.length)));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const verifySource = ({ name }: Layout): string =>
  lines(
    '// SPDX-License-Identifier: Apache-2.0',
    '// Prints one line per golden window and OK, and exits with 0, when this library computes what TypeScript computed.',
    '#include "../impulsekit/targets/cpp/verify.h"',
    '#include "golden.h"',
    '',
    `int main() { return impulsekit::verify::checkAll<${name}::detail::Golden>(); }`,
  );
