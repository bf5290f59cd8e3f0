import { fail, show } from './errors.js';

const KEYWORDS = `alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t
class co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default
delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable
namespace new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires
return short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try
typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq`;

// Names that C and POSIX headers give to the global namespace, or define as macros, and those emitted code uses itself:
// a namespace cannot share them.
const TAKEN = `abort abs accept access alarm assert atan atexit atof atoi bind bsearch calloc ceil clock close connect cos
daemon div dup environ errno exit exp floor fork free gamma index jn kill labs link linux listen log main malloc memcpy
nice open pause pipe pow printf puts qsort raise rand random read remove rename select send signal sin sleep socket sqrt
std stderr stdin stdout stat sync system tan time truncate unix unlink wait write y0 y1 yn impulsekit detail Result Status Golden Library server framer`;

const words = (text: string): Set<string> => new Set(text.split(/\s+/));
const keywords = words(KEYWORDS);
const taken = words(TAKEN);

/**
 * Checks the name of an emitted library: it becomes a C++ namespace and the stem of file names.
 *
 * @throws `BAD_OPTION`
 */
export function checkLibraryName(where: string, name: unknown): string {
  const valid =
    typeof name === 'string' &&
    /^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(name) &&
    !name.includes('__') &&
    !keywords.has(name) &&
    !taken.has(name);
  if (valid) return name as string;
  return fail({
    code: 'BAD_OPTION',
    where: `${where}.name`,
    got: show(name),
    expected: 'a C++ identifier that is no keyword and no name of the C library',
    fix: 'Use letters, digits and single underscores, starting with a letter, such as "keyword".',
  });
}

/** A C++ string literal with the UTF-8 bytes of `text`. Octal escapes end after three digits, hexadecimal ones do not. */
export function cString(text: string): string {
  const bytes = [...new TextEncoder().encode(text)];
  return `"${bytes.map(escapeByte).join('')}"`;
}

function escapeByte(byte: number): string {
  const char = String.fromCharCode(byte);
  // `?` too, because `??=` and its kin are trigraphs.
  if (char === '"' || char === '\\' || char === '?') return `\\${char}`;
  return byte >= 0x20 && byte < 0x7f ? char : `\\${byte.toString(8).padStart(3, '0')}`;
}

/** Text that cannot end a comment, whatever it holds. */
export function commentText(text: string): string {
  return text.replace(/[^A-Za-z0-9 _.-]/g, '_');
}

/** `k-means` -> `KMeans`: letters and digits only, a letter first, no digit last. */
export function typeName(text: string): string {
  const parts = text.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const joined = parts.map((part) => part[0]!.toUpperCase() + part.slice(1)).join('');
  return `${/^[A-Za-z]/.test(joined) ? '' : 'Block'}${joined}${/\d$/.test(joined) ? '_' : ''}`;
}

/** Valid, distinct C++ member names for block names. */
export function memberNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    const plain = name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^(?![A-Za-z])/, 'block');
    const base = keywords.has(plain) || taken.has(plain) ? `${plain}_` : plain;
    let member = base;
    for (let n = 2; used.has(member); n++) member = `${base}${n}`;
    used.add(member);
    return member;
  });
}
