import { type CppFile, floatLiteral } from '../../cpp.js';
import { fail } from '../../errors.js';
import type { Layout, LearnerLayout } from './layout.js';
import header from './postprocess.h.js';
import { checked, type PostprocessOptions } from './postprocess.js';
import { LICENSE_LINE, lines } from './wiring.js';

/** Headers that {@link postprocessHeader} includes. */
export const POSTPROCESS_HEADERS: readonly CppFile[] = [header];

/** `<name>_postprocess.h`: the detections of a library's classifier. */
export function postprocessHeader(layout: Layout, options: PostprocessOptions): string {
  const { name } = layout;
  const { block, countName, member } = classifierOf(layout);
  const { averageResults, threshold, suppressResults, listens } = checked(`${name}.postprocess`, block.labels, options);
  const guard = `IMPULSEKIT_LIBRARY_${name}_POSTPROCESS_H`;
  const flags = listens.map((one) => (one ? '1' : '0')).join(', ');
  return lines(
    LICENSE_LINE,
    '// Detections from one result after another: the average of the latest, a threshold, and quiet after a detection.',
    '//',
    `//   static ${name}::Postprocess events;`,
    `//   const int32_t label = events.push(result.${member});  // -1, or an index into the labels`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    `#include "${name}.h"`,
    `#include "impulsekit/${header.path}"`,
    '',
    `namespace ${name} {`,
    '',
    'struct PostprocessTraits {',
    `  static constexpr int32_t kLabels = ${countName};`,
    `  static constexpr int32_t kMostResults = ${averageResults};`,
    '  static int32_t averageResults() { return kMostResults; }',
    `  static int32_t suppressResults() { return ${suppressResults}; }`,
    `  static float threshold() { return ${floatLiteral(threshold)}; }`,
    ...(listens.every(Boolean)
      ? ['  static bool listens(int32_t) { return true; }']
      : [
          '  static bool listens(int32_t label) {',
          `    static const uint8_t flags[kLabels] = {${flags}};`,
          '    return flags[label] != 0;',
          '  }',
        ]),
    '};',
    '',
    'typedef impulsekit::Postprocess<PostprocessTraits> Postprocess;',
    '',
    `}  // namespace ${name}`,
    '',
    `#endif  // ${guard}`,
  );
}

/** The learner whose scores are averaged. */
function classifierOf({ name, learners }: Layout): LearnerLayout {
  return (
    learners.find(({ block }) => block.answers === 'classes' && block.labels.length > 0) ??
    fail({
      code: 'UNSUPPORTED',
      where: `${name}.postprocess`,
      got: 'an impulse without a classifier',
      expected: 'a learner that gives a score per label',
      fix: 'Leave the option out, and use a threshold of your own.',
    })
  );
}
