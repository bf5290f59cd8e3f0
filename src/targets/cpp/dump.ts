import type { CppFile } from '../../cpp.js';
import { commentText, cString } from '../../names.js';
import observeHeader from '../../observe.h.js';
import { type Spec, shapeOf, sizeOf } from '../../spec.js';
import { formOf } from './answers.js';
import dumpHeader from './dump.h.js';
import type { Layout } from './layout.js';
import { LICENSE_LINE, lines } from './wiring.js';

/** Headers that the dump includes. */
export const DUMP_HEADERS: readonly CppFile[] = [observeHeader, dumpHeader];

/** A name without spaces: one word of a line. */
const word = (text: string): string => commentText(text).replace(/ /g, '_') || '_';

/** `<name>_dump.h`. */
export function dumpHeaderText({ name }: Layout): string {
  const guard = `IMPULSEKIT_LIBRARY_${name}_DUMP_H`;
  return lines(
    LICENSE_LINE,
    '// What happens inside of one run: to find the layer at which a device computes something else.',
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    `#include "${name}.h"`,
    `#include "impulsekit/${dumpHeader.path}"`,
    '',
    `namespace ${name} {`,
    '',
    '/// Runs the impulse on a window and tells `observer` of the window, the features of every block, the values of every',
    '/// layer and the answers, in order.',
    'Status observe(const float* window, Result* result, impulsekit::Observer observer, void* context);',
    '/// The same as text for `compareDump`, handed to `write` in small pieces.',
    'Status dump(const float* window, impulsekit::DumpText::Write write, void* context);',
    '',
    `}  // namespace ${name}`,
    '',
    `#endif  // ${guard}`,
  );
}

/** `<name>_dump.cpp`. */
export function dumpSource(layout: Layout): string {
  const { name, program, learners } = layout;
  const told = (what: string, int8: boolean, values: string, spec: Spec): string => {
    const shape = spec.axes.length <= 4 ? shapeOf(spec) : [sizeOf(spec)];
    return `  impulsekit::observe("${what}", '${int8 ? 'i' : 'f'}', ${values}, ${[shape.length, ...shape].join(', ')});`;
  };
  return lines(
    LICENSE_LINE,
    `#include "${name}_dump.h"`,
    '',
    `#include "${name}_parameters.h"`,
    '',
    `namespace ${name} {`,
    '',
    'Status observe(const float* window, Result* result, impulsekit::Observer observer, void* context) {',
    '  if (window == nullptr || result == nullptr) return Status::kNullPointer;',
    '  if (!impulsekit::allFinite(window, kInputSize)) return Status::kNotFinite;',
    '  typedef impulsekit::Observing<void> Observing;',
    '  Observing::observer = observer;',
    '  Observing::context = context;',
    '  Observing::step = "input";',
    told('window', false, 'window', program.input),
    ...program.dsp.flatMap(({ name: step, dtype, outputOffset, stage }, i) => [
      `  Observing::step = ${cString(word(step))};`,
      `  detail::step(${i}, window, result);`,
      told(
        'features',
        dtype === 'int8',
        `detail::${dtype === 'int8' ? 'stored' : 'floats'}(${outputOffset})`,
        stage.output,
      ),
    ]),
    ...learners.flatMap((learner, i) => [
      `  Observing::step = ${cString(word(learner.step.name))};`,
      `  detail::learner(${i}, result);`,
      told('answer', false, `${formOf(learner).isArray ? '' : '&'}result->${learner.member}`, learner.block.output),
    ]),
    '  Observing::observer = nullptr;',
    '  return Status::kOk;',
    '}',
    '',
    'Status dump(const float* window, impulsekit::DumpText::Write write, void* context) {',
    '  static Result result;',
    '  impulsekit::DumpText text(write, context);',
    '  return observe(window, &result, &impulsekit::DumpText::observer, &text);',
    '}',
    '',
    `}  // namespace ${name}`,
  );
}
