import { closure, type Optimize } from '../../cpp.js';
import { fail, show } from '../../errors.js';
import { checkLibraryName } from '../../names.js';
import type { Bundle, DeploymentBlock, ModuleRecipe, Program } from '../../program.js';
import { layoutOf } from '../cpp/layout.js';
import { libraryFiles, sortFiles } from '../cpp/library.js';
import { librarySources } from '../cpp/project.js';
import exportsHeader from './exports.h.js';
import { exportsSource } from './exports.js';
import mathHeader from './libc/math.h.js';
import stringSource from './libc/string.cpp.js';
import type { WasmOptions, WasmVariant } from './options.js';
import { infoOf, scriptText, typesText } from './script.js';

export type { WasmOptions, WasmVariant } from './options.js';

const FLAGS = ['-std=c++11', '-ffp-contract=off'];
const HEADERS = ['-nostdlibinc', '-isystem', 'impulsekit/targets/wasm/libc'];
// The stack lies below everything else, so that one that overflows traps instead of writing over weights.
const LINK = ['-Wl,--stack-first', '-Wl,-z,stack-size=65536'];
// Newer compilers count some of these as given; asking for none first makes all of them agree.
const FEATURES: Readonly<Record<WasmVariant, readonly string[]>> = {
  simd: ['-mcpu=mvp', '-msimd128', '-mbulk-memory', '-msign-ext', '-mnontrapping-fptoint'],
  scalar: ['-mcpu=mvp'],
};
const LEVELS: Readonly<Record<Optimize, string>> = { size: '-Os', speed: '-O2' };

/**
 * Deploys as one ES module with the impulse in WebAssembly, for pages, workers and Node, and its TypeScript types.
 * `build` of `impulsekit/node` compiles it.
 *
 * trained impulse -> files with a build recipe; the same bytes for the same impulse.
 *
 * The answers are those of `model.predict`: of int8 networks bit for bit, of float32 ones within 1e-5, and equal with
 * and without SIMD.
 *
 * @throws `BAD_OPTION`; on emission `BAD_LABEL` for a label with a NUL character and `NO_DATA` without golden windows
 *
 * @example
 * ```ts
 * await build(model.deploy(wasm({ name: 'keyword' })), 'out/keyword.js');
 * // In a page: import { load } from './keyword.js'; const impulse = await load(); impulse.predict(window).label
 * ```
 */
export function wasm(options: WasmOptions): DeploymentBlock {
  const { embed = true, optimize = 'speed' } = options;
  const name = checkLibraryName('wasm', options.name);
  const variants = checkVariants(options.variants ?? ['simd', 'scalar']);
  return {
    role: 'deploy',
    type: 'wasm',
    options: { ...options },
    emit: (program: Program): Bundle => {
      const layout = layoutOf(name, program, optimize);
      const info = infoOf(layout, options.project);
      const [script, types] = [`module/${name}.js`, `module/${name}.d.ts`];
      const headers = closure([exportsHeader, mathHeader, stringSource]).map(({ path, text }) => [
        `impulsekit/${path}`,
        text,
      ]);
      const module: ModuleRecipe = {
        variants: Object.fromEntries(variants.map((variant) => [variant, FEATURES[variant]])),
        script,
        types,
        embed,
      };
      return {
        files: sortFiles({
          ...libraryFiles(layout),
          ...Object.fromEntries(headers),
          'exports.cpp': exportsSource(layout),
          [script]: scriptText(info, variants, embed),
          [types]: typesText(info.labels),
        }),
        build: {
          toolchain: 'wasm',
          sources: ['exports.cpp', ...librarySources(layout), `impulsekit/${stringSource.path}`],
          flags: [...FLAGS, LEVELS[optimize], ...HEADERS, ...LINK],
          libraries: [],
          module,
        },
      };
    },
  };
}

function checkVariants(variants: readonly WasmVariant[]): readonly WasmVariant[] {
  const known = variants.every((variant) => Object.hasOwn(FEATURES, variant));
  if (variants.length > 0 && known && new Set(variants).size === variants.length) return variants;
  return fail({
    code: 'BAD_OPTION',
    where: 'wasm.variants',
    got: show(variants),
    expected: `one or more of ${Object.keys(FEATURES).join(', ')}, each once`,
    fix: 'Leave the option out to get both.',
  });
}
