// After `npm run build`: installs the packed package into an empty folder and runs the README's programs there as ESM, TypeScript and
// CommonJS; checks that types resolve under NodeNext, bundler and node10.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'impulsekit-consumer-'));
const run = (command, args, cwd = folder) => {
  console.log(`> ${command} ${args.join(' ')}`);
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  });
};
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const programs = [...readme.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]);

/** The same program as CommonJS: imports become requires, and `await` moves into a function. */
function commonjs(program) {
  const lines = program.split('\n');
  const imports = lines.filter((line) => line.startsWith('import '));
  const requires = imports.map((line) => line.replace(/import (.*) from (.*);/, 'const $1 = require($2);'));
  const body = lines
    .filter((line) => !line.startsWith('import '))
    .join('\n')
    .replaceAll(']!', ']')
    .replaceAll('windows(recordings.test[0])[0]!', 'windows(recordings.test[0])[0]');
  return `${requires.join('\n')}\n(async () => {\n${body}\n})().catch((error) => { console.error(error); process.exit(1); });\n`;
}
const javascript = (program) => program.replaceAll(']!', ']');

try {
  const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root);
  const [{ filename }] = JSON.parse(packed);
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n');
  run('npm', ['install', '--no-audit', '--no-fund', `./${filename}`, 'typescript@5.9.3', 'tsx@4', '@types/node@20']);
  mkdirSync(join(folder, 'synthetic'));
  cpSync(join(root, 'examples/synthetic'), join(folder, 'synthetic'), { recursive: true });
  writeFileSync(
    join(folder, 'synthetic/make.ts'),
    "import { writeMotion, writeSpeech } from './files.js';\nwriteSpeech('speech', 20);\nwriteMotion('motion', 6, 10);\n",
  );
  run('npx', ['tsx', 'synthetic/make.ts']);
  for (const [index, program] of programs.entries()) {
    const name = `program${index + 1}`;
    writeFileSync(join(folder, `${name}.mjs`), javascript(program));
    writeFileSync(join(folder, `${name}.cjs`), commonjs(program));
    writeFileSync(join(folder, `${name}.ts`), program);
  }
  for (const [module, moduleResolution] of [
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'bundler'],
    ['ESNext', 'node10'],
  ]) {
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'ES2022',
      '--module',
      module,
      '--moduleResolution',
      moduleResolution,
    ];
    run('npx', ['tsc', ...options, ...programs.map((_, i) => `program${i + 1}.ts`)]);
  }
  for (const [index] of programs.entries()) {
    const name = `program${index + 1}`;
    run('node', [`${name}.mjs`]);
    run('node', [`${name}.cjs`]);
    run('npx', ['tsx', `${name}.ts`]);
  }
  console.log(
    `${programs.length} programs run as ESM, TypeScript and CommonJS; types resolve under NodeNext, bundler and node10`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
