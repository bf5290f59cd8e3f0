/** The rules of the Arduino library specification (revision 2.2) and of the sketch specification, as far as files show. */

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

type Files = Readonly<Record<string, string | Uint8Array>>;

/** What a library breaks; empty when it keeps all rules. */
export function lintLibrary(folder: string, files: Files): string[] {
  const paths = Object.keys(files);
  return [
    ...rule(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(folder), `folder name ${folder}`),
    ...lintProperties(String(files['library.properties'] ?? ''), paths),
    ...lintKeywords(String(files['keywords.txt'] ?? '')),
    ...lintSketches(paths),
    ...paths.flatMap((path) => [
      ...rule(/^[A-Za-z0-9_./-]+$/.test(path), `characters of ${path}`),
      ...rule(!/\.(exe|o|a)$|(^|\/)\./.test(path), `${path} is no source`),
      ...rule(path.startsWith('src/') || path.startsWith('examples/') || !SOURCE.test(path), `${path} is not compiled`),
      ...rule(!/^(utility|example|Examples|Source|SRC)\//.test(path), `folder of ${path}`),
    ]),
  ];
}

const rule = (holds: boolean, broken: string): string[] => (holds ? [] : [broken]);

function lintProperties(text: string, paths: readonly string[]): string[] {
  const rows = text.split('\n').filter((row) => row !== '');
  const fields = new Map(rows.map((row) => [row.slice(0, row.indexOf('=')), row.slice(row.indexOf('=') + 1)]));
  const of = (key: string): string => fields.get(key) ?? '';
  return [
    ...rule(rows.length === fields.size && rows.every((row) => /^[a-z_]+=/.test(row)), 'rows of library.properties'),
    ...REQUIRED.flatMap((key) => rule(of(key) !== '', `field ${key} is missing`)),
    ...[...fields.keys()].flatMap((key) => rule([...REQUIRED, ...OPTIONAL].includes(key), `field ${key} is not known`)),
    ...rule(/^[A-Za-z0-9][A-Za-z0-9 _.-]*$/.test(of('name')) && /[A-Za-z]/.test(of('name')), 'characters of the name'),
    ...rule(of('name').length <= 63 && !/^arduino/i.test(of('name')), 'name is too long, or reserved'),
    ...rule(!/^arduino/i.test(of('maintainer')), 'maintainer is reserved'),
    ...rule(/^\d+\.\d+\.\d+$/.test(of('version')), 'version'),
    ...rule(CATEGORIES.includes(of('category')), 'category'),
    ...rule(URL.canParse(of('url')), 'url'),
    ...rule(['', 'true', 'false'].includes(of('dot_a_linkage')), 'dot_a_linkage'),
    ...of('includes')
      .split(',')
      .flatMap((header) => rule(paths.includes(`src/${header}`), `included header ${header}`)),
  ];
}

function lintKeywords(text: string): string[] {
  const rows = text.split('\n').filter((row) => row !== '' && !row.startsWith('#'));
  return [
    ...rule(rows.length > 0, 'no keywords'),
    ...rows.flatMap((row) => {
      const [word = '', type = '', ...rest] = row.split('\t');
      const good = /^[A-Za-z_]\w*$/.test(word) && TOKEN_TYPES.includes(type) && rest.length === 0;
      return rule(good, `keyword ${row}`);
    }),
  ];
}

/** Every folder below `examples/` is one sketch with a main file of its name. */
function lintSketches(paths: readonly string[]): string[] {
  const folders = new Set(paths.filter((path) => path.startsWith('examples/')).map((path) => path.split('/')[1]!));
  return [...folders].flatMap((folder) => [
    ...rule(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(folder), `sketch name ${folder}`),
    ...rule(paths.includes(`examples/${folder}/${folder}.ino`), `main file of sketch ${folder}`),
  ]);
}
