import { Builder, type Offset } from 'flatbuffers';
import { type Field, type Scalar, TABLES, type TableName, type Tables, UNIONS, type UnionName } from './schema.js';

/** A table to be written: fields that are left out have their default. */
export type Draft<T> = T extends ArrayBufferView | string | number | boolean | undefined
  ? T
  : T extends readonly (infer U)[]
    ? readonly Draft<U>[]
    : T extends { readonly type: infer N; readonly value: infer V }
      ? { readonly type: N; readonly value: Draft<V> }
      : { readonly [K in keyof T]?: Draft<T[K]> };

type Values = Readonly<Record<string, unknown>>;
type Scalars = ArrayLike<number>;

/** Encodes a table of the schema as a flatbuffer with this file identifier; the inverse of `decode`. */
export function encode<T extends TableName>(root: T, table: Draft<Tables[T]>, identifier: string): Uint8Array {
  const builder = new Builder(1024);
  builder.finish(writeTable(builder, root, table as Values), identifier);
  return builder.asUint8Array();
}

/** What a field's slot holds: an offset to what was written before the table, or the scalar itself. */
interface Slot {
  readonly slot: number;
  readonly type: Scalar | 'offset';
  readonly value: number;
  readonly initial: number;
}

function writeTable(builder: Builder, name: TableName, table: Values): Offset {
  const slots = TABLES[name].flatMap((field) => slotsOf(builder, field, table[field.name]));
  builder.startObject(Math.max(0, ...slots.map(({ slot }) => slot + 1)));
  for (const { slot, type, value, initial } of slots) addSlot(builder, slot, type, value, initial);
  return builder.endObject();
}

function slotsOf(builder: Builder, field: Field, value: unknown): Slot[] {
  const { slot, type, vector, initial = 0 } = field;
  if (value === undefined) return [];
  const offset = (at: Offset): Slot => ({ slot, type: 'offset', value: at, initial: 0 });
  if (type === 'string') return [offset(builder.createString(value as string))];
  if (vector) return [offset(writeVector(builder, field, value as Scalars))];
  if (isUnion(type)) {
    const member = value as { readonly type: TableName; readonly value: Values };
    const number = UNIONS[type].indexOf(member.type) + 1;
    const tag: Slot = { slot: slot - 1, type: 'ubyte', value: number, initial: 0 };
    return [tag, offset(writeTable(builder, member.type, member.value))];
  }
  if (isTable(type)) return [offset(writeTable(builder, type, value as Values))];
  return [{ slot, type, value: Number(value), initial }];
}

function writeVector(builder: Builder, { type, align = 1 }: Field, values: Scalars): Offset {
  if (isTable(type)) {
    const offsets = Array.from(values as ArrayLike<unknown>, (value) => writeTable(builder, type, value as Values));
    builder.startVector(4, offsets.length, 4);
    for (const offset of offsets.reverse()) builder.addOffset(offset);
    return builder.endVector();
  }
  const width = { ubyte: 1, int: 4, float: 4, long: 8 }[type as 'ubyte' | 'int' | 'float' | 'long'];
  builder.startVector(width, values.length, Math.max(width, align));
  for (let i = values.length - 1; i >= 0; i--) addElement(builder, type as Scalar, values[i]!);
  return builder.endVector();
}

function addElement(builder: Builder, type: Scalar, value: number): void {
  if (type === 'ubyte') builder.addInt8(value);
  else if (type === 'int') builder.addInt32(value);
  else if (type === 'float') builder.addFloat32(value);
  else builder.addInt64(BigInt(value));
}

function addSlot(builder: Builder, slot: number, type: Slot['type'], value: number, initial: number): void {
  if (type === 'offset') builder.addFieldOffset(slot, value, 0);
  else if (type === 'float') builder.addFieldFloat32(slot, value, initial);
  else if (type === 'int' || type === 'uint') builder.addFieldInt32(slot, value, initial);
  else if (type === 'long' || type === 'ulong') builder.addFieldInt64(slot, BigInt(value), BigInt(initial));
  else builder.addFieldInt8(slot, value, initial);
}

function isTable(type: Field['type']): type is TableName {
  return Object.hasOwn(TABLES, type);
}

function isUnion(type: Field['type']): type is UnionName {
  return Object.hasOwn(UNIONS, type);
}
