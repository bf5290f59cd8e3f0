// Writes `x.h.ts` beside every `x.h` below src/, so that C++ sources travel as ordinary modules; so do the parts of emitted
// JavaScript, `x.mjs`, and of its types, `x.d.mts`, as `x.types.ts`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const root = new URL('../src', import.meta.url).pathname;
const headers = readdirSync(root, { recursive: true })
  .filter((f) => /\.(h|cpp|mjs|d\.mts)$/.test(f))
  .map((f) => join(root, f));

for (const file of headers) {
  const text = readFileSync(file, 'utf8');
  const includes = [...text.matchAll(/^#include "(\..*|[^/"]+)"/gm)].map((m) => m[1]);
  const up = relative(dirname(file), root) || '.';
  const lines = [
    `import type { CppFile } from '${up.startsWith('.') ? up : `./${up}`}/cpp.js';`,
    ...includes.map((path, i) => `import include${i} from '${path.startsWith('.') ? path : `./${path}`}.js';`),
    '',
    `const file: CppFile = {`,
    `  path: ${JSON.stringify(relative(root, file))},`,
    `  text: ${JSON.stringify(text)},`,
    `  includes: [${includes.map((_, i) => `include${i}`).join(', ')}],`,
    `};`,
    'export default file;',
    '',
  ];
  const target = join(dirname(file), `${basename(file).replace(/\.d\.mts$/, '.types')}.ts`);
  writeFileSync(target, lines.join('\n'));
}
