import { type CppTable, cppType, floatLiteral, tableBody } from '../../cpp.js';
import type { Field, PackedTable, Wiring } from '../op.js';

type Table = CppTable | PackedTable;

const isTable = (field: Field): field is CppTable => ArrayBuffer.isView(field);
const isPacked = (field: Field): field is PackedTable => typeof field === 'object' && 'macro' in field;
const isNested = (field: Field): field is readonly Field[] => Array.isArray(field);

/** Every table that descriptors point to. */
function tablesOf(fields: readonly Field[]): Table[] {
  return fields.flatMap((field) => {
    if (isTable(field) || isPacked(field)) return [field];
    return isNested(field) ? tablesOf(field) : [];
  });
}

function fieldBytes(fields: readonly Field[]): number {
  return fields.reduce<number>((sum, field) => sum + (isNested(field) ? fieldBytes(field) : 4), 0);
}

const valuesOf = (table: Table): CppTable => (ArrayBuffer.isView(table) ? table : table.values);

/** Bytes on a 32-bit target of these descriptors and of the tables they point to, each table once. */
export function constantBytes(descriptors: readonly (readonly Field[])[]): number {
  const tables = new Set(tablesOf(descriptors));
  return fieldBytes(descriptors) + [...tables].reduce((sum, table) => sum + valuesOf(table).byteLength, 0);
}

/** C++ definitions of the descriptors of calls and of their tables, with the name of each descriptor. */
export function emitConstants(name: string, wirings: readonly Wiring[]): { text: string; names: readonly string[] } {
  const tables = new Map<Table, string>();
  const text: string[] = [];
  const member = (field: Field): string => {
    if (isTable(field) || isPacked(field)) return tables.get(field)!;
    if (isNested(field)) return `{${field.map(member).join(', ')}}`;
    return typeof field === 'number' ? integer(field) : floatLiteral(field.float);
  };
  const names = wirings.map(({ descriptor, fields }, i) => {
    for (const table of tablesOf(fields)) {
      if (tables.has(table)) continue;
      const label = `${name}Table${tables.size}`;
      tables.set(table, label);
      text.push(tableText(table, label));
    }
    text.push(`static const impulsekit::nn::${descriptor} ${name}Call${i} = ${member(fields)};`);
    return `${name}Call${i}`;
  });
  return { text: text.join('\n'), names };
}

function tableText(table: Table, label: string): string {
  const values = valuesOf(table);
  // Kernels read tables of bytes by the word.
  const words = values.BYTES_PER_ELEMENT === 1 && values.length >= 4 ? 'alignas(4) ' : '';
  const body = isPacked(table) ? packedBody(table) : tableBody(values);
  return `${words}static const ${cppType(values)} ${label}[${values.length}] = {\n${body}\n};`;
}

function packedBody({ macro, group, values }: PackedTable): string {
  const lines: string[] = [];
  for (let i = 0; i < values.length; i += group) {
    lines.push(`  ${macro}(${values.subarray(i, i + group).join(', ')}),`);
  }
  return lines.join('\n');
}

function integer(value: number): string {
  return value === -2147483648 ? '(-2147483647 - 1)' : String(value);
}
