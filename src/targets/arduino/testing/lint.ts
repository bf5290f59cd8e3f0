/**
 * The rules of the Arduino library specification (revision 2.2), of the sketch specification, and those of Arduino Lint at
 * its level "strict", as far as files show. Rules of Arduino Lint have their number.
 */

const CATEGORIES = [
  ...['Display', 'Communication', 'Signal Input/Output', 'Sensors', 'Device Control', 'Timing', 'Data Storage'],
  ...['Data Processing', 'Other'],
];
const REQUIRED = [
  ...['name', 'version', 'author', 'maintainer', 'sentence', 'paragraph', 'category', 'url', 'architectures'],
];
const OPTIONAL = ['depends', 'dot_a_linkage', 'includes', 'precompiled', 'ldflags'];
const TOKEN_TYPES = ['KEYWORD1', 'KEYWORD2', 'KEYWORD3', 'LITERAL1', 'LITERAL2'];
const SOURCE = /\.(c|cpp|S|ino|h|hpp)$/;
/** Longest name of a folder, a sketch or a library. */
const LONGEST = 63;
/** Folders whose names others have in another spelling. */
const MISSPELT = /^(utility|examples?|extras?|src|source)$/i;

type Files = Readonly<Record<string, string | Uint8Array>>;

/** What a library breaks; empty when it keeps all rules. */
export function lintLibrary(folder: string, files: Files): string[] {
  const paths = Object.keys(files);
  return [
    ...rule(isName(folder), `folder name ${folder}`),
    ...lintProperties(String(files['library.properties'] ?? ''), paths),
    ...lintKeywords(String(files['keywords.txt'] ?? '')),
    ...lintSketches(paths),
    ...rule(paths.includes('README.md') && paths.includes('LICENSE'), 'no readme, or no license'),
    ...paths.flatMap((path) => lintFile(path, files[path]!)),
  ];
}

const rule = (holds: boolean, broken: string): string[] => (holds ? [] : [broken]);

/** What folders of libraries and sketches may be called. */
const isName = (name: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) && name.length <= LONGEST;

function lintFile(path: string, text: string | Uint8Array): string[] {
  const [top = ''] = path.split('/');
  const isBeside = !/^(src|examples)\//.test(path);
  const included = [...String(text).matchAll(/#include\s*[<"](arduino\.h)[>"]/gi)].map(([, name]) => name);
  return [
    ...rule(/^[A-Za-z0-9_./-]+$/.test(path), `characters of ${path}`),
    ...rule(!/\.(exe|o|a|pde)$|(^|\/)\./.test(path), `${path} is no source`),
    ...rule(!(isBeside && SOURCE.test(path)), `${path} is not compiled`),
    ...rule(!isBeside || !path.includes('/') || !MISSPELT.test(top), `folder of ${path}`),
    // LC001
    ...rule(
      included.every((name) => name === 'Arduino.h'),
      `case of Arduino.h in ${path}`,
    ),
  ];
}

function lintProperties(text: string, paths: readonly string[]): string[] {
  const rows = text.split('\n').filter((row) => row !== '');
  const fields = new Map(rows.map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]));
  const of = (key: string): string => fields.get(key) ?? '';
  return [
    ...rule(rows.length === fields.size && rows.every((row) => /^[a-z_]+=/.test(row)), 'rows of library.properties'),
    ...rule(![...fields.values()].some((field) => /^\s|\s$/.test(field)), 'spaces around a field'),
    ...REQUIRED.flatMap((key) => rule(of(key) !== '', `field ${key} is missing`)),
    ...[...fields.keys()].flatMap((key) => rule([...REQUIRED, ...OPTIONAL].includes(key), `field ${key} is not known`)),
    ...lintName(of('name'), paths),
    // LP024
    ...rule(!/^arduino/i.test(of('maintainer')), 'maintainer is reserved'),
    ...rule(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.test(of('version')), 'version'),
    // LP032
    ...rule(!of('paragraph').includes(of('sentence')) || of('sentence') === '', 'the paragraph repeats the sentence'),
    ...rule(CATEGORIES.includes(of('category')), 'category'),
    ...rule(/^https?:\/\//.test(of('url')) && URL.canParse(of('url')), 'url'),
    ...rule(/^(\*|[a-z0-9_]+(,[a-z0-9_]+)*)$/.test(of('architectures')), 'architectures'),
    ...rule(['', 'true', 'false'].includes(of('dot_a_linkage')), 'dot_a_linkage'),
    // LP052
    ...of('includes')
      .split(',')
      .flatMap((header) => rule(paths.includes(`src/${header}`), `included header ${header}`)),
  ];
}

function lintName(name: string, paths: readonly string[]): string[] {
  return [
    ...rule(/^[A-Za-z0-9][A-Za-z0-9 _.-]*$/.test(name) && /[A-Za-z]/.test(name), 'characters of the name'),
    // LP009, LP012
    ...rule(name.length <= LONGEST && !/^arduino/i.test(name), 'name is too long, or reserved'),
    ...rule(!/ /.test(name), 'spaces in the name'),
    // LS008
    ...rule(paths.includes(`src/${name}.h`), 'no header has the name of the library'),
  ];
}

function lintKeywords(text: string): string[] {
  const rows = text.split('\n').filter((row) => row !== '' && !row.startsWith('#'));
  return [
    ...rule(rows.length > 0, 'no keywords'),
    ...rows.flatMap((row) => {
      // One tab each: spaces are taken as part of the word.
      const [word = '', type = '', ...rest] = row.split('\t');
      const good = /^[A-Za-z_]\w*$/.test(word) && TOKEN_TYPES.includes(type) && rest.length === 0;
      return rule(good, `keyword ${row}`);
    }),
  ];
}

/** Every folder below `examples/` is one sketch with a main file of its name. */
function lintSketches(paths: readonly string[]): string[] {
  const sketched = paths.filter((path) => path.startsWith('examples/'));
  const folders = new Set(sketched.map((path) => path.split('/')[1]!));
  return [
    ...rule(folders.size > 0, 'no examples'),
    ...[...folders].flatMap((folder) => [
      ...rule(isName(folder), `sketch name ${folder}`),
      // SS001
      ...rule(paths.includes(`examples/${folder}/${folder}.ino`), `main file of sketch ${folder}`),
    ]),
    // SS002, SS003
    ...sketched.flatMap((path) => rule(isName(path.split('/').at(-1)!), `file name ${path}`)),
  ];
}
