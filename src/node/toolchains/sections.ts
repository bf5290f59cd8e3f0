/** A part of a binary that is loaded. */
export interface Section {
  readonly name: string;
  readonly bytes: number;
  /** Where it costs: code and constants in flash, zeroed variables in RAM, variables with a first value in both. */
  readonly memory: 'flash' | 'ram' | 'both';
}

const WRITE = 1;
const ALLOCATE = 2;
const NO_BITS = 8;

/**
 * The sections of an ELF file that are loaded, in the order of the file; undefined for any other file. They say what
 * `size -A` says.
 *
 * Source: System V application binary interface, chapter 4, "Sections".
 */
export function elfSections(file: Uint8Array): readonly Section[] | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 64 || view.getUint32(0) !== 0x7f454c46) return undefined;
  const wide = file[4] === 2;
  const little = file[5] === 1;
  const u16 = (at: number): number => view.getUint16(at, little);
  const u32 = (at: number): number => view.getUint32(at, little);
  const word = (at: number): number => (wide ? Number(view.getBigUint64(at, little)) : u32(at));

  const table = word(wide ? 40 : 32);
  const [entryBytes, count, names] = wide ? [u16(58), u16(60), u16(62)] : [u16(46), u16(48), u16(50)];
  if (names >= count || table + entryBytes * count > file.length) return undefined;
  const header = (index: number) => {
    const at = table + index * entryBytes;
    const [flags, offset, bytes] = wide ? [at + 8, at + 24, at + 32] : [at + 8, at + 16, at + 20];
    return { name: u32(at), type: u32(at + 4), flags: word(flags), offset: word(offset), bytes: word(bytes) };
  };
  const text = header(names);
  const nameAt = (offset: number): string => {
    const start = text.offset + offset;
    return new TextDecoder().decode(file.subarray(start, file.indexOf(0, start)));
  };
  return Array.from({ length: count }, (_, i) => header(i))
    .filter(({ flags, bytes }) => (flags & ALLOCATE) !== 0 && bytes > 0)
    .map(({ name, type, flags, bytes }) => ({ name: nameAt(name), bytes, memory: memoryOf(type, flags) }));
}

function memoryOf(type: number, flags: number): Section['memory'] {
  if (type === NO_BITS) return 'ram';
  return (flags & WRITE) !== 0 ? 'both' : 'flash';
}
