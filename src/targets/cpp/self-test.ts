import { type CppFile, floatLiteral } from '../../cpp.js';
import { PACKED, sizeOf } from '../../spec.js';
import { formOf } from './answers.js';
import type { Layout } from './layout.js';
import header from './self-test.h.js';
import { runProgram, storedFeatures } from './stored-features.js';
import { LICENSE_LINE, lines } from './wiring.js';

/** Headers that the self-test includes. */
export const SELF_TEST_HEADERS: readonly CppFile[] = [header];

/** Features may differ in their last bits where floating point is another; stored ones then by a step here and there. */
const FEATURE_TOLERANCE = '5e-3f';
/** Answers to features that are equal, and to others. */
const EQUAL_TOLERANCE = '1e-5f';
const OTHER_TOLERANCE = '2e-2f';

/** A whole number from -amplitude to amplitude - 1; twin of `impulsekit::selftest::sample`. */
function testSample(i: number, amplitude: number): number {
  const x = Math.imul(i + 1, 2654435761);
  const mixed = Math.imul(x ^ (x >>> 15), 2246822519);
  return ((mixed >>> 16) & (2 * amplitude - 1)) - amplitude;
}

const isPacked = ({ program }: Layout): boolean => program.input.unit === PACKED;

/** How large the test signal is, and what its smallest value is. */
function rangeOf(layout: Layout): { amplitude: number; offset: number } {
  const { program } = layout;
  if (program.input.kind === 'image') {
    const amplitude = isPacked(layout) ? 32_768 : 128;
    return { amplitude, offset: amplitude };
  }
  const largest = program.golden.reduce((m, { window }) => window.reduce((n, v) => Math.max(n, Math.abs(v)), m), 8);
  return { amplitude: Math.min(16_384, 2 ** Math.ceil(Math.log2(largest))), offset: 0 };
}

const { fround } = Math;

function checksum(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum = fround(sum + fround(values[i]! * (1 + (i % 7))));
  return sum;
}

/** `<name>_self_test.h`. */
export function selfTestHeader(layout: Layout): string {
  const { name, steps } = layout;
  const guard = `IMPULSEKIT_LIBRARY_${name}_SELF_TEST_H`;
  return lines(
    LICENSE_LINE,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    `#include "${name}.h"`,
    '',
    `namespace ${name} {`,
    '',
    "/// Runs the impulse on a signal that is made up in the application's window of kInputSize values, which are lost, and",
    '/// compares a checksum of every block with the one computed in TypeScript. False: flash, memory or compiler are faulty.',
    `/// Costs ${4 * steps.length} bytes of constants beside its code, and no memory.`,
    ...sampleTypes(layout).map((type) => `bool self_test(${type}* window);`),
    '',
    `}  // namespace ${name}`,
    '',
    `#endif  // ${guard}`,
  );
}

const sampleTypes = (layout: Layout): string[] => (isPacked(layout) ? ['float'] : ['float', layout.wholeType]);

/** `<name>_self_test.cpp`. */
export function selfTestSource(layout: Layout): string {
  const { name, program, learners } = layout;
  const { amplitude, offset } = rangeOf(layout);
  const window = Float32Array.from({ length: layout.inputSize }, (_, i) => testSample(i, amplitude) + offset);
  const { features, answers } = runProgram(program, window);
  const distance = (of: string, values: string, size: number, sum: number): string =>
    `  ${of} = larger(${of}, impulsekit::selftest::distance(${values}, ${size}, ${floatLiteral(sum)}));`;
  const checks = program.dsp.map(({ dtype, outputOffset, stage }, i) => {
    const at = `detail::${dtype === 'int8' ? 'stored' : 'floats'}(${outputOffset})`;
    return distance('features', at, sizeOf(stage.output), checksum(storedFeatures(program, i, features[i]!)));
  });
  const results = learners.map((learner, i) => {
    const values = `${formOf(learner).isArray ? '' : '&'}result.${learner.member}`;
    return distance('answers', values, learner.size, checksum(answers[i]!));
  });
  return lines(
    LICENSE_LINE,
    `#include "${name}_self_test.h"`,
    '',
    `#include "${name}_parameters.h"`,
    `#include "impulsekit/${header.path}"`,
    '',
    `namespace ${name} {`,
    'namespace {',
    '',
    '/// What is not a number counts as far away.',
    'float larger(float a, float b) { return b <= a ? a : (b == b ? b : 1.0f); }',
    '',
    'template <class Sample>',
    'bool test(Sample* window) {',
    '  for (int32_t i = 0; i < kInputSize; ++i) {',
    `    window[i] = static_cast<Sample>(impulsekit::selftest::sample(i, ${amplitude})${offset > 0 ? ` + ${offset}` : ''});`,
    '  }',
    '  float features = 0.0f, answers = 0.0f;',
    '  const Sample* const samples = window;',
    '  detail::features(samples);',
    ...checks,
    '  static Result result;',
    '  detail::learn(&result);',
    ...results,
    `  return features <= ${FEATURE_TOLERANCE} && answers <= (features > 0.0f ? ${OTHER_TOLERANCE} : ${EQUAL_TOLERANCE});`,
    '}',
    '',
    '}  // namespace',
    '',
    ...sampleTypes(layout).map(
      (type) => `bool self_test(${type}* window) { return window != nullptr && test(window); }`,
    ),
    '',
    `}  // namespace ${name}`,
  );
}
