import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sources, sourcesHash } from './kernels.wasm.js';

it('was compiled from the kernels as they are; if not, run node scripts/build-training.mjs', () => {
  const hash = createHash('sha256');
  const root = new URL('../../', import.meta.url);
  for (const path of sources) hash.update(`${path}\n`).update(readFileSync(new URL(path, root)));
  expect(hash.digest('hex'), 'run node scripts/build-training.mjs').toBe(sourcesHash);
});
