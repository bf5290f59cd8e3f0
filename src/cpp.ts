/**
 * The meeting point of blocks and emitters: C++ source files as values, and what a block must say so that an
 * emitter can wire it in. C++ itself is written in `.h` files; `scripts/embed-cpp.mjs` writes a `.h.ts` beside
 * each, whose default export is a {@link CppFile}.
 */
export interface CppFile {
  /** Path below `src/`, which is also its path below `impulsekit/` in an emitted library. */
  readonly path: string;
  readonly text: string;
  /** The files it includes. */
  readonly includes: readonly CppFile[];
}

export type CppTable = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Float32Array;

/** `size`: least flash. `speed`: least time, for at most a fifth more flash. Same numbers, same memory. */
export type Optimize = 'size' | 'speed';

/** Compile-time configuration of a C++ template: the members of its traits struct. */
export interface Traits {
  /** Emitted as `static constexpr int32_t`. */
  readonly ints?: Readonly<Record<string, number>>;
  /** Emitted as `static constexpr float`. */
  readonly floats?: Readonly<Record<string, number>>;
  /** Emitted as `static constexpr bool`. */
  readonly bools?: Readonly<Record<string, boolean>>;
  /** Emitted as `static const` arrays in flash. */
  readonly tables?: Readonly<Record<string, CppTable>>;
}

/**
 * A stage of an impulse in C++: a type with
 * `static void run(const float* in, float* out, void* scratch)`; that of a processing block is a template over its
 * input, since windows also come as whole numbers.
 */
export interface CppStage {
  readonly headers: readonly CppFile[];
  /**
   * Source text that declares and defines the type `name`; nothing in it but data and wiring. With `observed`, a network
   * tells `impulsekit::observe` of every layer.
   */
  readonly emit: (
    name: string,
    optimize?: Optimize,
    observed?: boolean,
  ) => { readonly declaration: string; readonly definition: string };
  /** Working memory of `run`, exact, 16-byte aligned; free again when `run` returns. */
  readonly scratchBytes: number;
  /** The input of `run` may lie inside its working memory, this many bytes or more from the start; absent: nowhere. */
  readonly inputOffset?: number;
  /** Whether the output of `run` may be the very memory of its input; absent: no. */
  readonly inPlace?: boolean;
  /** `run` writes every output once and reads none, so that what stands for its `float*` may store them otherwise. */
  readonly writesOnce?: boolean;
  /**
   * How the stage stores its input as int8. It then has a type `Features`, made from an `int8_t*`, that stands for the
   * `float*` of the stage before it, and `static void runStored(const int8_t* in, float* out, void* scratch)`, whose
   * input may lie anywhere inside of the working memory.
   */
  readonly stored?: { readonly scale: number; readonly zeroPoint: number };
  /** Static memory of its own outside of the impulse's arena, on a core of 32 bits; absent: none. */
  readonly staticBytes?: number;
  /** Constants in flash: weights and tables, exact. */
  readonly constBytes: number;
  /** Machine code in flash, measured for Cortex-M4F at -Os; keyed by piece so that shared pieces count once. */
  readonly codeBytes: Readonly<Record<string, number>>;
}

/** All files needed to compile the given ones, sorted by path. */
export function closure(files: readonly CppFile[]): CppFile[] {
  const seen = new Map<string, CppFile>();
  const visit = (file: CppFile): void => {
    if (seen.has(file.path)) return;
    seen.set(file.path, file);
    file.includes.forEach(visit);
  };
  files.forEach(visit);
  return [...seen.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

const TABLE_TYPES: readonly [new (n: number) => CppTable, string][] = [
  [Int8Array, 'int8_t'],
  [Uint8Array, 'uint8_t'],
  [Int16Array, 'int16_t'],
  [Uint16Array, 'uint16_t'],
  [Int32Array, 'int32_t'],
  [Float32Array, 'float'],
];

/** C++ element type of a table. */
export function cppType(table: CppTable): string {
  return (TABLE_TYPES.find(([type]) => table instanceof type) as [unknown, string])[1];
}

/** A float literal that reads back as the same float32. */
export function floatLiteral(value: number): string {
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) throw new RangeError(`not a finite float32: ${value}`);
  const short = shortestFloat(rounded);
  return `${/[.e]/.test(short) ? short : `${short}.0`}f`;
}

function shortestFloat(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** The elements of a table as the inside of a C++ initialiser, wrapped at about 100 columns. */
export function tableBody(table: CppTable): string {
  const literal =
    table instanceof Float32Array
      ? floatLiteral
      : (v: number): string => (v === -2147483648 ? '(-2147483647 - 1)' : String(v));
  const lines: string[] = [];
  let line = ' ';
  for (const element of table) {
    const text = ` ${literal(element)},`;
    if (line.length + text.length > 100) {
      lines.push(line);
      line = ' ';
    }
    line += text;
  }
  lines.push(line);
  return lines.join('\n');
}

/** Bytes of constants that a traits struct puts into flash. */
export function tableBytes(traits: Traits): number {
  return Object.values(traits.tables ?? {}).reduce((sum, table) => sum + table.byteLength, 0);
}

/** A stage that is one C++ template over a traits struct: `typedef type<nameTraits> name`. */
export function templateStage(stage: {
  header: CppFile;
  /** Qualified template name, e.g. `impulsekit::dsp::Mfe`. */
  type: string;
  traits: Traits;
  scratchBytes: number;
  inPlace?: boolean | undefined;
  writesOnce?: boolean | undefined;
  codeBytes: Readonly<Record<string, number>>;
}): CppStage {
  const { header, type, traits, scratchBytes, inPlace = false, writesOnce = false, codeBytes } = stage;
  return {
    headers: [header],
    scratchBytes,
    ...(writesOnce && { writesOnce }),
    ...(inPlace && { inPlace }),
    constBytes: tableBytes(traits),
    codeBytes,
    emit: (name) => ({
      declaration: [
        `struct ${name}Traits {`,
        ...Object.entries(traits.ints ?? {}).map(([k, v]) => `  static constexpr int32_t ${k} = ${v};`),
        ...Object.entries(traits.floats ?? {}).map(([k, v]) => `  static constexpr float ${k} = ${floatLiteral(v)};`),
        ...Object.entries(traits.bools ?? {}).map(([k, v]) => `  static constexpr bool ${k} = ${v};`),
        ...Object.entries(traits.tables ?? {}).map(([k, v]) => `  static const ${cppType(v)} ${k}[${v.length}];`),
        '};',
        `typedef ${type}<${name}Traits> ${name};`,
        `static_assert(${name}::kScratchBytes == ${scratchBytes}, "${name}: scratch size differs from the plan");`,
      ].join('\n'),
      definition: Object.entries(traits.tables ?? {})
        .map(([k, v]) => `const ${cppType(v)} ${name}Traits::${k}[${v.length}] = {\n${tableBody(v)}\n};`)
        .join('\n'),
    }),
  };
}
