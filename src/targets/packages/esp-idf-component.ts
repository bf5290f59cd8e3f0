import type { DeploymentBlock } from '../../program.js';
import { lines } from '../cpp/wiring.js';
import type { PackageOptions } from './options.js';
import { type Package, type PackageFormat, packageBlock } from './package.js';

const format: PackageFormat = {
  type: 'esp-idf-component',
  nameLength: 63,
  files: (made) => ({ 'CMakeLists.txt': cmake(made), 'idf_component.yml': manifest(made) }),
  usage: ({ name }) => [
    `Put this folder into \`components/${name}\` of an ESP-IDF project, and name it among the \`REQUIRES\` of the component`,
    'that uses it (`main` requires all components by itself).',
  ],
};

const cmake = ({ sources }: Package): string =>
  lines(
    '# SPDX-License-Identifier: Apache-2.0',
    'idf_component_register(',
    `  SRCS ${sources.map((path) => `"${path}"`).join('\n       ')}`,
    '  INCLUDE_DIRS "src"',
    ')',
    '# Features then equal the reference bit for bit.',
    `target_compile_options(\${COMPONENT_LIB} PRIVATE -ffp-contract=off)`,
  );

// A string of JSON is one of YAML as well.
const manifest = ({ version, description, author, url }: Package): string =>
  lines(
    '# SPDX-License-Identifier: Apache-2.0',
    `version: ${JSON.stringify(version)}`,
    `description: ${JSON.stringify(description)}`,
    `url: ${JSON.stringify(url)}`,
    'license: "Apache-2.0"',
    'maintainers:',
    `  - ${JSON.stringify(author)}`,
    'dependencies:',
    '  idf: ">=4.4"',
  );

/**
 * Deploys as an ESP-IDF component: `CMakeLists.txt` and `idf_component.yml` over the C++ library below `src/`.
 *
 * trained impulse -> files; pure, and the same bytes for the same impulse.
 *
 * Source: Espressif's documentation of components and of the component manager.
 *
 * @throws `BAD_OPTION`; on emission what `cppLibrary` throws
 * @example
 * ```ts
 * await write(model.deploy(espIdfComponent({ name: 'keyword' })), 'project/components/keyword');
 * ```
 */
export const espIdfComponent = (options: PackageOptions): DeploymentBlock => packageBlock(format, options);
