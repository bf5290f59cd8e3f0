/** What a built module answers, in Node and in Chromium. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../testing/compilers.js';
import { CHECK, PAGE_SCRIPT, WORKER_SCRIPT } from './check.js';
import { inChromium } from './chromium.js';

/** Numbers of all learners, one row per window. */
export interface Answers {
  readonly simd: readonly number[][];
  readonly scalar: readonly number[][];
  readonly results: readonly { readonly label: string; readonly value: number }[][];
}

type Windows = readonly (readonly number[])[];

/** Runs a script in Node, beside a module; what it prints as JSON. */
export function inNode<T>(dir: string, script: string): T {
  writeFileSync(join(dir, 'check.js'), CHECK);
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  writeFileSync(join(dir, 'main.js'), script);
  return JSON.parse(run(process.execPath, ['main.js'], dir)) as T;
}

/** Answers of `model.js` of a folder, in Node. */
export const answersInNode = (dir: string, windows: Windows): Answers => {
  writeFileSync(join(dir, 'windows.json'), JSON.stringify(windows));
  return inNode(
    dir,
    `import { readFileSync } from 'node:fs';
import { check } from './check.js';
import * as module from './model.js';
console.log(JSON.stringify(await check(module, JSON.parse(readFileSync('windows.json', 'utf8')))));`,
  );
};

// What a strict page allows: its own scripts, and compiling WebAssembly.
const POLICY = { 'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" };

/** The same on a page in Chromium, and in a worker of that page. */
export async function answersInChromium(dir: string, windows: Windows): Promise<{ page: Answers; worker: Answers }> {
  const modules = readdirSync(dir).filter((file) => /^model.*\.(js|wasm)$/.test(file));
  return (await inChromium({
    start: 'index.html',
    headers: POLICY,
    files: {
      ...Object.fromEntries(modules.map((file) => [file, readFileSync(join(dir, file))])),
      'index.html': '<!doctype html><title>check</title><script type="module" src="page.js"></script>',
      'page.js': PAGE_SCRIPT,
      'worker.js': WORKER_SCRIPT,
      'check.js': CHECK,
      'windows.json': JSON.stringify(windows),
    },
  })) as { page: Answers; worker: Answers };
}
