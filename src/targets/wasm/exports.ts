import { sizeOf } from '../../spec.js';
import type { Layout } from '../cpp/layout.js';
import { lines } from '../cpp/wiring.js';

/** `exports.cpp`: the functions that JavaScript calls, and the memory it writes to and reads from. */
export function exportsSource(layout: Layout): string {
  const { name, learners, stream } = layout;
  const size = learners.reduce((sum, learner) => sum + learner.size, 0);
  return lines(
    '// SPDX-License-Identifier: Apache-2.0',
    '// What JavaScript calls; it writes a window or a slice, calls a function and reads the result.',
    '#include "impulsekit/targets/wasm/exports.h"',
    `#include "${name}.h"`,
    `#include "${name}_parameters.h"`,
    '',
    'namespace {',
    '',
    `float window[${name}::kInputSize];`,
    ...(stream ? [`${stream.sample} slice[${name}::kSliceSize];`] : []),
    `${name}::Result result;`,
    `static_assert(sizeof result == ${size} * sizeof(float), "a Result holds scores only");`,
    '',
    '}  // namespace',
    '',
    '#if defined(__wasm_simd128__)',
    exported('simd', 'int32_t', '', 'return 1;'),
    '#else',
    exported('simd', 'int32_t', '', 'return 0;'),
    '#endif',
    exported('window', 'float*', '', 'return window;'),
    exported('result', 'const float*', '', 'return static_cast<const float*>(static_cast<const void*>(&result));'),
    exported('run', 'int32_t', '', `return static_cast<int32_t>(${name}::run(window, &result));`),
    exported('step', 'void', 'int32_t index', `${name}::detail::step(index, window, &result);`),
    ...(stream
      ? [
          exported('slice', `${stream.sample}*`, '', 'return slice;'),
          exported('push', 'int32_t', '', `return static_cast<int32_t>(${name}::run_continuous(slice, &result));`),
          exported('reset', 'void', '', `${name}::reset_continuous();`),
        ]
      : []),
    ...boxLines(layout),
  );
}

function exported(name: string, type: string, parameters: string, body: string): string {
  const identifier = `exported${name[0]!.toUpperCase()}${name.slice(1)}`;
  return `IMPULSEKIT_EXPORT("${name}") ${type} ${identifier}(${parameters}) { ${body} }`;
}

/** Objects of every detector, at most one for each of its cells. */
function boxLines({ name, learners }: Layout): string[] {
  const detectors = learners.filter(({ block }) => block.boxes);
  if (detectors.length === 0) return [];
  const capacity = Math.max(...detectors.map(({ block }) => sizeOf(block.output)));
  return [
    '',
    'namespace {',
    `${name}::Box found[${capacity}];`,
    '}  // namespace',
    '',
    exported('found', 'const void*', '', 'return found;'),
    ...detectors.map((learner) => {
      const body = `return ${name}::${learner.boxesName}(result, found, ${capacity}, minScore);`;
      return exported(`boxes${learners.indexOf(learner)}`, 'int32_t', 'float minScore', body);
    }),
  ];
}
