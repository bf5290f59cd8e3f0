// The shape of the house: imports run one way, node:* stays in src/node, tfjs stays below src/learn.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\//.test(file))
  .map((file) => join(src, file));

const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|import\('([^']+)'\)/g;
const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(IMPORT)].map((match) => (match[1] ?? match[2]) as string);
const local = (file: string): string[] =>
  importsOf(file)
    .filter((path) => path.startsWith('.'))
    .map((path) => join(dirname(file), path.replace(/\.js$/, '.ts')));

function cycle(): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of local(file)) {
      const found = visit(next, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const found = visit(file, []);
    if (found) return found.map((one) => relative(src, one));
  }
  return undefined;
}

describe('structure', () => {
  it('has no import cycles, types included', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(cycle()).toBeUndefined();
  });

  it('touches node:* only in src/node', () => {
    const guilty = files
      .filter((file) => !relative(src, file).startsWith('node'))
      .filter((file) => importsOf(file).some((path) => path.startsWith('node:')));
    expect(guilty.map((file) => relative(src, file))).toEqual([]);
  });

  it('loads tfjs only below src/learn and src/compile/import', () => {
    const guilty = files
      .filter((file) => !/^(learn|compile\/import)/.test(relative(src, file)))
      .filter((file) => importsOf(file).some((path) => path.startsWith('@tensorflow/')));
    expect(guilty.map((file) => relative(src, file))).toEqual([]);
  });

  it('keeps folders in order: lower ones never import higher ones', () => {
    const order = [
      ...['', 'metrics', 'data', 'dsp', 'compile', 'learn', 'targets', 'evaluate'],
      ...['impulse', 'validate', 'tuner', 'node'],
    ];
    const upTo = (folder: string): string[] => order.slice(0, order.indexOf(folder) + 1);
    const allowed: Record<string, string[]> = {
      '': [''],
      metrics: ['', 'metrics'],
      data: ['', 'data'],
      dsp: ['', 'dsp'],
      compile: ['', 'compile'],
      learn: ['', 'metrics', 'compile', 'learn'],
      targets: ['', 'compile', 'targets'],
      evaluate: ['', 'metrics', 'data', 'evaluate'],
      impulse: upTo('impulse'),
      validate: upTo('validate'),
      tuner: upTo('tuner'),
      node: order,
    };
    const folder = (file: string): string => {
      const [first = '', second] = relative(src, file).split('/');
      return second === undefined ? '' : first;
    };
    const wrong = files
      .filter((file) => relative(src, file) !== 'index.ts')
      .flatMap((file) =>
        local(file)
          .filter((to) => !allowed[folder(file)]?.includes(folder(to)))
          .map((to) => `${relative(src, file)} -> ${relative(src, to)}`),
      );
    expect(wrong).toEqual([]);
  });
});
