import { fail, show } from '../../errors.js';
import { checkLibraryName, commentText } from '../../names.js';
import type { Bundle, DeploymentBlock, Program } from '../../program.js';
import { compatibleValues } from '../compat/options.js';
import { type Layout, layoutOf } from '../cpp/layout.js';
import { libraryFiles, sortFiles } from '../cpp/library.js';
import { LICENSE, librarySources } from '../cpp/project.js';
import { LICENSE_LINE, lines } from '../cpp/wiring.js';
import { type PackageOptions, type PackageValues, packageValues } from './options.js';

/** What a package is written from. */
export interface Package extends PackageValues {
  readonly name: string;
  readonly layout: Layout;
  /** One sentence about the impulse, of letters, digits and spaces. */
  readonly description: string;
  /** What is compiled, below the root of the package. */
  readonly sources: readonly string[];
}

/** What a build system adds to the library. */
export interface PackageFormat {
  readonly type: string;
  /** Longest name it takes. */
  readonly nameLength: number;
  /** Its own files. */
  readonly files: (made: Package) => Readonly<Record<string, string>>;
  /** What the README says of how to use it. */
  readonly usage: (made: Package) => readonly string[];
}

/** The library below `src/`, and around it what a build system wants. */
export function packageBlock(format: PackageFormat, options: PackageOptions): DeploymentBlock {
  const { optimize = 'size', postprocess, selfTest, dump, compatible } = options;
  const name = checkLibraryName(format.type, options.name);
  if (name.length > format.nameLength) refuseLength(format, name);
  if (compatible) compatibleValues(name, compatible);
  const values = packageValues(format.type, options);
  return {
    role: 'deploy',
    type: format.type,
    options: { ...options },
    emit: (program: Program): Bundle => {
      const layout = layoutOf(name, program, optimize, { postprocess, selfTest, dump, compatible });
      const sources = librarySources(layout).map((path) => `src/${path}`);
      const made: Package = { ...values, name, layout, sources, description: describe(layout) };
      const { 'impulse.json': design, ...files } = libraryFiles(layout);
      return {
        files: sortFiles({
          ...sourceFiles(layout, files),
          ...format.files(made),
          'README.md': readme(made, format),
          'impulse.json': design!,
          LICENSE,
        }),
      };
    },
  };
}

/** What stays out: programs of their own, and the source that includes all others for build files that list nothing. */
const LEFT_OUT = /^(verify|tflite-model)\/|^impulsekit\/targets\/cpp\/verify\.h$|_inferencing\.h$/;

function sourceFiles(layout: Layout, files: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(files).filter(([path]) => /\.(h|hpp|cpp)$/.test(path) && !LEFT_OUT.test(path));
  const placed = kept.map(([path, text]) => [`src/${path}`, path.endsWith('.cpp') ? exact(text) : text]);
  return { ...Object.fromEntries(placed), [`src/${headerOf(layout)}`]: inferencingHeader(layout) };
}

/** The one header that a program includes. */
export const headerOf = ({ name }: Pick<Layout, 'name'>): string => `${name}_inferencing.h`;

/** Not every build system lets a package say with which flags it is compiled. */
const EXACT = [
  '// A fused multiply-add rounds once where the reference rounds twice.',
  '#if defined(__clang__)',
  '#pragma STDC FP_CONTRACT OFF',
  '#elif defined(__GNUC__)',
  '#pragma GCC optimize("fp-contract=off")',
  '#endif',
];

/** Below the first line, the licence. */
const exact = (text: string): string => text.replace('\n', `\n${lines(...EXACT, '')}`);

function inferencingHeader(layout: Layout): string {
  const { name, extras } = layout;
  const { postprocess, selfTest, dump, compatible } = extras;
  const guard = `IMPULSEKIT_LIBRARY_${name}_INFERENCING_H`;
  const parts = [
    '',
    ...(postprocess ? ['_postprocess'] : []),
    ...(selfTest ? ['_self_test'] : []),
    ...(dump ? ['_dump'] : []),
  ];
  return lines(
    LICENSE_LINE,
    `// All of the impulse for programs that use it; ${name}.h says how.`,
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    ...parts.map((part) => `#include "${name}${part}.h"`),
    ...(compatible ? COMPATIBLE : []),
    '',
    `#endif  // ${guard}`,
  );
}

/** Functions of ours that Arduino cores have as macros. */
const MACROS = ['abs', 'max', 'min', 'round'];

/** These hold code, which is compiled as the sources are, and what includes them as it was. */
const COMPATIBLE = [
  '',
  ...MACROS.flatMap((name) => [`#pragma push_macro("${name}")`, `#undef ${name}`]),
  '#if defined(__GNUC__) && !defined(__clang__)',
  '#pragma GCC push_options',
  '#pragma GCC optimize("fp-contract=off")',
  '#endif',
  '#include "edge-impulse-sdk/classifier/ei_run_classifier.h"',
  '#if defined(__GNUC__) && !defined(__clang__)',
  '#pragma GCC pop_options',
  '#endif',
  ...MACROS.map((name) => `#pragma pop_macro("${name}")`),
];

/** Labels are anybody's text. */
function describe({ program, windowSamples, learners }: Layout): string {
  const labels = learners.flatMap(({ block }) => block.labels).map(commentText);
  const rate = program.input.rateHz ? ` at ${program.input.rateHz} Hz` : '';
  const size =
    program.input.kind === 'image' ? `pictures of ${windowSamples} rows` : `windows of ${windowSamples} samples`;
  const answers = labels.length > 0 ? `, tells ${labels.join(', ')}` : '';
  const text = `A trained impulse. Takes ${size}${rate}${answers}`;
  return text.length > 200 ? `${text.slice(0, 197)}...` : `${text}.`;
}

function readme(made: Package, { usage }: PackageFormat): string {
  const { name, layout, description } = made;
  return lines(
    `# ${name}`,
    '',
    description,
    '',
    ...usage(made),
    '',
    `Include \`${headerOf(made)}\`; \`src/${name}.h\` says what there is. No heap, no dependencies; ${layout.program.arenaBytes} bytes of`,
    'static memory beside the window.',
    '',
    '`impulse.json` says what was built. Sources are under the Apache License 2.0 (`LICENSE`); weights and labels come',
    'from your data and stay yours.',
  );
}

function refuseLength({ type, nameLength }: PackageFormat, name: string): never {
  return fail({
    code: 'BAD_OPTION',
    where: `${type}.name`,
    got: show(name),
    expected: `at most ${nameLength} characters`,
    fix: 'Choose a shorter name.',
  });
}
