/** Images of an emitted library named `lib`, which lies in the folder. */
import { type LinkOptions, link } from './image.js';

export type LibraryOptions = Omit<LinkOptions, 'name' | 'main' | 'sources'>;

const LIBRARY = ['lib.cpp', 'lib_parameters.cpp'];

/** The application's share, which nobody counts. */
const APPLICATION = [
  '#include "lib_parameters.h"',
  '#include "run.h"',
  '#include "steps.h"',
  '__attribute__((section(".application"))) float window[lib::kInputSize];',
  '__attribute__((section(".application"))) lib::Result result;',
];

/** Calls `run` on every window of input.bin; prints ticks and stack of each. */
export const runImage = (options: LibraryOptions): Promise<string> =>
  link({
    ...options,
    name: 'run',
    main: runText('lib::run(window, result)'),
    sources: LIBRARY,
    flags: [...(options.flags ?? []), '-fcallgraph-info=su'],
  });

/** The same without the library: what is subtracted. */
export const emptyImage = (options: LibraryOptions): Promise<string> =>
  link({ ...options, name: 'empty', main: runText('0') });

/** Runs every window of input.bin step by step; prints ticks of each. */
export const stepsImage = (options: LibraryOptions): Promise<string> =>
  link({ ...options, name: 'steps', main: STEPS_TEXT, sources: LIBRARY });

const text = (...lines: readonly string[]): string => `${[...APPLICATION, ...lines].join('\n')}\n`;

const runText = (call: string): string =>
  text(
    `static void invoke(const float* window, lib::Result* result) { static_cast<void>(${call}); }`,
    'int main() { return device::run(invoke, window, &result, lib::kInputSize, 1); }',
  );

const STEPS_TEXT = text(
  'int main() { return device::steps(lib::detail::step, lib::detail::kSteps, window, lib::kInputSize, &result); }',
);

/** The function of {@link runImage} whose stack is painted. */
export const INVOKE = /_ZL6invoke/;
