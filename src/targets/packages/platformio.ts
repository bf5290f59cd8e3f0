import type { DeploymentBlock } from '../../program.js';
import type { PackageOptions } from './options.js';
import { headerOf, type Package, type PackageFormat, packageBlock } from './package.js';

const format: PackageFormat = {
  type: 'platformio',
  nameLength: 50,
  files: (made) => ({ 'library.json': manifest(made) }),
  usage: ({ name }) => [
    `Put this folder into \`lib/${name}\` of a PlatformIO project, or name it in \`platformio.ini\`:`,
    '',
    '```ini',
    `lib_deps = file:///path/to/${name}`,
    '```',
  ],
};

/** Names and addresses of authors have at most so many characters. */
const LONGEST = 50;
const shortened = (text: string): string => [...text].slice(0, LONGEST).join('');

function manifest(made: Package): string {
  const { name, version, description, author, url } = made;
  const [, person = author, email] = /^(.+?) *<([^<>@\s]+@[^<>@\s]+\.[^<>@\s]{2,})>$/.exec(author) ?? [];
  const text = {
    name,
    version,
    description,
    keywords: ['tinyml', 'machine-learning', 'inference'],
    homepage: url,
    authors: [{ name: shortened(person), ...(email !== undefined && email.length <= LONGEST && { email }) }],
    license: 'Apache-2.0',
    frameworks: '*',
    platforms: '*',
    headers: [headerOf(made)],
    build: { flags: ['-ffp-contract=off'] },
  };
  return `${JSON.stringify(text, null, 2)}\n`;
}

/**
 * Deploys as a PlatformIO library: `library.json` and the C++ library below `src/`, for every platform and framework.
 *
 * trained impulse -> files; pure, and the same bytes for the same impulse.
 *
 * Source: the published schema of library.json.
 *
 * @throws `BAD_OPTION`; on emission what `cppLibrary` throws
 * @example
 * ```ts
 * await write(model.deploy(platformio({ name: 'keyword' })), 'project/lib/keyword');
 * ```
 */
export const platformio = (options: PackageOptions): DeploymentBlock => packageBlock(format, options);
