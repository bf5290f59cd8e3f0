// What the scripts that compile WebAssembly modules share: the text of a module that holds them.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

/**
 * Writes modules in base64 by name, with the files they were compiled from and their hash, so that a test can tell when
 * they are out of date. `dependencies` is what the compiler's `-MM` prints, below `root`.
 */
export function writeModules({ root, path, script, dependencies, modules }) {
  const files = dependencies
    .replace(/^.*?:|\\\n/gm, ' ')
    .trim()
    .split(/\s+/);
  const sources = [...new Set(files.map((file) => normalize(file)))].sort();
  const hash = createHash('sha256');
  for (const source of sources) hash.update(`${source}\n`).update(readFileSync(join(root, source)));
  const text = [
    `// Written by scripts/${script}.`,
    'export const sources: readonly string[] = [',
    ...sources.map((source) => `  '${source}',`),
    '];',
    `export const sourcesHash = '${hash.digest('hex')}';`,
    ...Object.entries(modules).map(([name, bytes]) => `export const ${name} =\n  '${bytes.toString('base64')}';`),
    '',
  ];
  writeFileSync(join(root, path), text.join('\n'));
  const bytes = Object.values(modules).map(({ length }) => length);
  console.log(`${bytes.join(' and ')} bytes from ${sources.length} files`);
}
