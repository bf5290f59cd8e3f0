import { fail, show } from '../../errors.js';
import type { DeploymentBlock } from '../../program.js';
import { lines } from '../cpp/wiring.js';
import type { PackageOptions } from './options.js';
import { headerOf, type Package, type PackageFormat, packageBlock } from './package.js';

export interface CmsisPackOptions extends PackageOptions {
  /** Vendor of the pack: letters, digits, `-` and `_`. Default `impulsekit`. */
  vendor?: string | undefined;
}

const formatOf = (vendor: string): PackageFormat => ({
  type: 'cmsis-pack',
  nameLength: 32,
  files: (made) => ({ [`${vendor}.${made.name}.pdsc`]: description(made, vendor) }),
  usage: ({ name, version }) => [
    `A CMSIS-Pack. Zipped, these files are \`${vendor}.${name}.${version}.pack\`:`,
    '',
    '```sh',
    `cpackget add ${vendor}.${name}.${version}.pack`,
    '```',
    '',
    '```yaml',
    'packs:',
    `  - pack: ${vendor}::${name}@${version}`,
    'components:',
    `  - component: Machine Learning:Impulse:${name}`,
    '```',
  ],
});

/** Elements of `package` may stand in any order. */
function description(made: Package, vendor: string): string {
  const { name, version, url, layout } = made;
  const define = `RTE_IMPULSEKIT_${name.toUpperCase()}`;
  return lines(
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<package schemaVersion="1.7.2" xmlns:xs="http://www.w3.org/2001/XMLSchema-instance" xs:noNamespaceSchemaLocation="PACK.xsd">',
    `  <vendor>${vendor}</vendor>`,
    `  <name>${name}</name>`,
    `  <description>${xml(made.description)}</description>`,
    `  <url>${xml(url)}</url>`,
    `  <supportContact>${xml(made.author)}</supportContact>`,
    '  <license>LICENSE</license>',
    '  <releases>',
    `    <release version="${version}">Made from impulse.json.</release>`,
    '  </releases>',
    '  <keywords>',
    '    <keyword>TinyML</keyword>',
    '    <keyword>Inference</keyword>',
    '  </keywords>',
    '  <components>',
    `    <component Cvendor="${vendor.replace(/_/g, '-')}" Cclass="Machine Learning" Cgroup="Impulse" Csub="${name}" Cversion="${version}">`,
    `      <description>${xml(made.description)}</description>`,
    `      <RTE_Components_h>#define ${define}</RTE_Components_h>`,
    '      <files>',
    '        <file category="doc" name="README.md"/>',
    '        <file category="include" name="src/"/>',
    `        <file category="header" name="src/${headerOf(layout)}"/>`,
    ...made.sources.map((path) => `        <file category="sourceCpp" name="${path}"/>`),
    '      </files>',
    '    </component>',
    '  </components>',
    '</package>',
  );
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const xml = (text: string): string => text.replace(/[&<>"]/g, (char) => ENTITIES[char]!);

/**
 * Deploys as a CMSIS-Pack: the description `<vendor>.<name>.pdsc` over the C++ library below `src/`, one component of
 * the class Machine Learning. `zip(bundle, '<vendor>.<name>.<version>.pack')` makes the pack of it.
 *
 * trained impulse -> files; pure, and the same bytes for the same impulse.
 *
 * Source: the specification and schema of Open-CMSIS-Pack, version 1.7.
 *
 * @throws `BAD_OPTION`; on emission what `cppLibrary` throws
 * @example
 * ```ts
 * const bundle = model.deploy(cmsisPack({ name: 'keyword', vendor: 'Acme' }));
 * await write(zip(bundle, 'Acme.keyword.1.0.0.pack'), 'out');
 * ```
 */
export function cmsisPack(options: CmsisPackOptions): DeploymentBlock {
  const { vendor = 'impulsekit' } = options;
  if (typeof vendor !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_-]{1,31}$/.test(vendor)) refuseVendor(vendor);
  return packageBlock(formatOf(vendor), options);
}

function refuseVendor(vendor: unknown): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'cmsis-pack.vendor',
    got: show(vendor),
    expected: '2 to 32 letters, digits, - and _',
    fix: 'Choose a name such as "Acme".',
  });
}
