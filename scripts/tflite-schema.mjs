// Writes src/compile/tflite/schema.ts from schema.fbs beside it: the tables as data and as types.
// Generated accessors of flatc do not check offsets, and this code reads files from anywhere.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('../src/compile/tflite/', import.meta.url).pathname;
const source = readFileSync(`${folder}schema.fbs`, 'utf8').replace(/\/\/.*/g, '');
const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
const blocks = (keyword) =>
  [...source.matchAll(new RegExp(`^${keyword} (\\w+)(?: : (\\w+))? \\{([^}]*)\\}`, 'gm'))].map(
    ([, name, base, body]) => ({
      name,
      base,
      body,
    }),
  );
const list = (body) => body.split(',').map((item) => item.trim());

// Values count from 0 without gaps, so the position says them.
const enums = blocks('enum').map(({ name, base, body }) => ({
  name,
  base,
  names: list(body).map((item) => item.split(' ')[0]),
}));
const unions = blocks('union').map(({ name, body }) => ({
  name,
  members: list(body).map((item) => item.split(':').at(-1)),
}));
const tables = blocks('table').map(({ name, body }) => {
  let slot = 0;
  const fields = [...body.matchAll(/(\w+):(\[?)(\w+)\]?(?: = (\w+))?(?: \(force_align: (\d+)\))?;/g)].map(
    ([, field, vector, given, initial, align]) => {
      const type = enums.find((e) => e.name === given)?.base ?? given;
      const union = unions.some((u) => u.name === type);
      // A union takes two slots: its type, then its value.
      slot += union ? 2 : 1;
      return {
        name: camel(field),
        slot: slot - 1,
        type,
        ...(vector ? { vector: true } : {}),
        ...(initial ? { initial: Number(initial) } : {}),
        ...(align ? { align: Number(align) } : {}),
        enumeration: type === given ? undefined : given,
      };
    },
  );
  return { name, fields };
});

const arrays = { ubyte: 'Uint8Array', int: 'Int32Array', float: 'Float32Array', long: 'readonly number[]' };
const isTable = (type) => tables.some((t) => t.name === type);
const isUnion = (type) => unions.some((u) => u.name === type);
function typeOf({ type, vector }) {
  if (vector) return arrays[type] ?? `readonly ${type}[]`;
  if (type === 'bool') return 'boolean';
  if (type === 'string') return 'string';
  return isTable(type) || isUnion(type) ? `${type} | undefined` : 'number';
}
const interfaces = tables.map(({ name, fields }) =>
  fields.length === 0
    ? `export type ${name} = Readonly<Record<string, never>>;`
    : `export interface ${name} {\n${fields.map((f) => `readonly ${f.name}: ${typeOf(f)};`).join('\n')}\n}`,
);
const unionTypes = unions.map(({ name, members }) => {
  const parts = [...new Set(members)].map((m) => `{ readonly type: '${m}'; readonly value: ${m} }`);
  return `export type ${name} = ${parts.join(' | ')};`;
});
const text = [
  '/** Generated from schema.fbs by scripts/tflite-schema.mjs. */',
  '',
  ...enums.map(({ name, names }) => `export const ${name}: readonly string[] = '${names.join(' ')}'.split(' ');`),
  ...interfaces,
  ...unionTypes,
  `export interface Tables { ${tables.map(({ name }) => `readonly ${name}: ${name}`).join('; ')} }`,
  'export type TableName = keyof Tables;',
  `export type UnionName = ${unions.map(({ name }) => `'${name}'`).join(' | ')};`,
  "export type Scalar = 'byte' | 'ubyte' | 'bool' | 'int' | 'uint' | 'long' | 'ulong' | 'float';",
  '/** One field of a table: where its place stands in the vtable, and what is there. */',
  'export interface Field {',
  '  readonly name: string; readonly slot: number; readonly type: Scalar | "string" | TableName | UnionName;',
  '  readonly vector?: boolean; readonly initial?: number; readonly align?: number;',
  '}',
  'export const TABLES: Readonly<Record<TableName, readonly Field[]>> = {',
  ...tables.map(({ name, fields }) => `${name}: ${JSON.stringify(fields.map(({ enumeration, ...f }) => f))},`),
  '};',
  '/** Members of each union; the type numbers start at 1. */',
  `export const UNIONS: Readonly<Record<UnionName, readonly TableName[]>> = {`,
  ...unions.map(({ name, members }) => `${name}: ${JSON.stringify(members)},`),
  '};',
  '',
].join('\n');

writeFileSync(`${folder}schema.ts`, text);
execFileSync('npx', ['biome', 'check', '--write', `${folder}schema.ts`], { stdio: 'inherit' });
