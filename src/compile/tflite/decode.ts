import { fail } from '../../errors.js';
import { type Field, type Scalar, TABLES, type TableName, type Tables, UNIONS, type UnionName } from './schema.js';

/** Bytes of the scalars of a flatbuffer. */
const BYTES: Readonly<Record<Scalar, number>> = {
  byte: 1,
  ubyte: 1,
  bool: 1,
  int: 4,
  uint: 4,
  long: 8,
  ulong: 8,
  float: 4,
};

/** What decoding a table counts for, beside its fields. */
const TABLE_COST = 8;

const TEXT = new TextDecoder();

/**
 * Decodes a flatbuffer whose root is a table of the schema into plain objects; vectors of bytes are views of `bytes`.
 * The file may come from anywhere: every place is checked before it is read, and the work is bounded by the size of
 * the file even when its offsets meet.
 *
 * Absent fields have their default: 0, '', an empty vector, or undefined for tables and unions.
 *
 * @throws `BAD_FILE`
 */
export function decode<T extends TableName>(bytes: Uint8Array, root: T): Tables[T] {
  const reader = new Reader(bytes);
  return reader.table(root, reader.follow(0)) as unknown as Tables[T];
}

class Reader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #allowance: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#allowance = 2 * bytes.length + 4096;
  }

  /** The position an offset at `at` leads to. */
  follow(at: number): number {
    this.#require(at, 4);
    return at + this.#view.getUint32(at, true);
  }

  table(name: TableName, at: number): Readonly<Record<string, unknown>> {
    this.#spend(TABLE_COST);
    this.#require(at, 4);
    const vtable = at - this.#view.getInt32(at, true);
    this.#require(vtable, 4);
    const vtableBytes = this.#view.getUint16(vtable, true);
    this.#require(vtable, vtableBytes);
    const place = (slot: number): number => {
      const entry = 4 + 2 * slot;
      const offset = entry + 2 <= vtableBytes ? this.#view.getUint16(vtable + entry, true) : 0;
      return offset === 0 ? 0 : at + offset;
    };
    const out: Record<string, unknown> = {};
    for (const field of TABLES[name]) out[field.name] = this.#field(field, place);
    return out;
  }

  #field(field: Field, place: (slot: number) => number): unknown {
    const { type, slot, vector, initial = 0 } = field;
    const at = place(slot);
    if (type === 'string') return at === 0 ? '' : this.#string(this.follow(at));
    if (vector) return this.#vector(type, at === 0 ? undefined : this.follow(at));
    if (isScalar(type)) return at === 0 ? (type === 'bool' ? initial !== 0 : initial) : this.#scalar(type, at);
    if (at === 0) return undefined;
    return isUnion(type) ? this.#union(type, place(slot - 1), at) : this.table(type, this.follow(at));
  }

  /** Members that the schema does not know are left out: files may be newer than this code. */
  #union(name: UnionName, typeAt: number, at: number): unknown {
    const type = typeAt === 0 ? undefined : UNIONS[name][(this.#scalar('ubyte', typeAt) as number) - 1];
    return type && { type, value: this.table(type, this.follow(at)) };
  }

  #vector(type: Field['type'], at: number | undefined): unknown {
    const length = at === undefined ? 0 : this.#length(at);
    const start = (at ?? 0) + 4;
    const width = isScalar(type) ? BYTES[type] : 4;
    if (length > 0) this.#require(start, length * width);
    if (type === 'ubyte') return this.#bytes.subarray(start, start + length);
    this.#spend(length);
    if (isScalar(type)) return this.#scalars(type, start, length);
    const tables: unknown[] = [];
    for (let i = 0; i < length; i++) tables.push(this.table(type as TableName, this.follow(start + 4 * i)));
    return tables;
  }

  #scalars(type: Scalar, start: number, length: number): Int32Array | Float32Array | number[] {
    const out =
      type === 'int' ? new Int32Array(length) : type === 'float' ? new Float32Array(length) : new Array<number>(length);
    for (let i = 0; i < length; i++) out[i] = this.#scalar(type, start + i * BYTES[type]) as number;
    return out;
  }

  #string(at: number): string {
    const length = this.#length(at);
    this.#require(at + 4, length);
    this.#spend(length);
    return TEXT.decode(this.#bytes.subarray(at + 4, at + 4 + length));
  }

  #length(at: number): number {
    this.#require(at, 4);
    return this.#view.getUint32(at, true);
  }

  #scalar(type: Scalar, at: number): number | boolean {
    this.#require(at, BYTES[type]);
    switch (type) {
      case 'byte':
        return this.#view.getInt8(at);
      case 'ubyte':
        return this.#view.getUint8(at);
      case 'bool':
        return this.#view.getUint8(at) !== 0;
      case 'int':
        return this.#view.getInt32(at, true);
      case 'uint':
        return this.#view.getUint32(at, true);
      case 'long':
        return this.#view.getInt32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
      case 'ulong':
        return this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
      case 'float':
        return this.#view.getFloat32(at, true);
    }
  }

  #require(at: number, count: number): void {
    if (at >= 0 && at + count <= this.#view.byteLength) return;
    damaged(`${count} bytes at ${at}`, `places inside of its ${this.#view.byteLength} bytes`);
  }

  #spend(count: number): void {
    this.#allowance -= count;
    if (this.#allowance < 0) damaged('parts that occur again and again', 'every part once');
  }
}

function isScalar(type: Field['type']): type is Scalar {
  return Object.hasOwn(BYTES, type);
}

function isUnion(type: Field['type']): type is UnionName {
  return Object.hasOwn(UNIONS, type);
}

function damaged(got: string, expected: string): never {
  return fail({ code: 'BAD_FILE', where: '.tflite', got, expected, fix: 'Convert or download the model again.' });
}
