import type { DeploymentBlock } from '../../program.js';
import { lines } from '../cpp/wiring.js';
import type { PackageOptions } from './options.js';
import { type Package, type PackageFormat, packageBlock } from './package.js';

const symbolOf = ({ name }: Package): string => `IMPULSEKIT_${name.toUpperCase()}`;

const format: PackageFormat = {
  type: 'zephyr-module',
  nameLength: 63,
  files: (made) => ({
    'zephyr/CMakeLists.txt': cmake(made),
    'zephyr/Kconfig': kconfig(made),
    'zephyr/module.yml': moduleYml(made),
  }),
  usage: (made) => [
    'A Zephyr module. Add it to a build, or as a project to the manifest of west, and select it in `prj.conf`:',
    '',
    '```sh',
    `west build -b <board> <application> -- -DEXTRA_ZEPHYR_MODULES=/path/to/${made.name}`,
    '```',
    '',
    '```ini',
    'CONFIG_CPP=y',
    `CONFIG_${symbolOf(made)}=y`,
    '```',
  ],
};

const moduleYml = ({ name }: Package): string =>
  lines(
    '# SPDX-License-Identifier: Apache-2.0',
    `name: ${JSON.stringify(name)}`,
    'build:',
    '  cmake: zephyr',
    '  kconfig: zephyr/Kconfig',
  );

const cmake = (made: Package): string =>
  lines(
    '# SPDX-License-Identifier: Apache-2.0',
    `if(CONFIG_${symbolOf(made)})`,
    `  zephyr_library_named(impulsekit_${made.name})`,
    '  zephyr_library_sources(',
    ...made.sources.map((path) => `    \${CMAKE_CURRENT_LIST_DIR}/../${path}`),
    '  )',
    '  # Features then equal the reference bit for bit.',
    '  zephyr_library_compile_options(-ffp-contract=off)',
    `  zephyr_include_directories(\${CMAKE_CURRENT_LIST_DIR}/../src)`,
    'endif()',
  );

const kconfig = (made: Package): string =>
  lines(
    '# SPDX-License-Identifier: Apache-2.0',
    `config ${symbolOf(made)}`,
    `\tbool "Impulse ${made.name}"`,
    '\tdepends on CPP',
    // The minimal library of Zephyr lacks math functions.
    '\tselect REQUIRES_FULL_LIBC',
    '\thelp',
    `\t  ${made.description}`,
  );

/**
 * Deploys as a Zephyr module: `zephyr/module.yml`, `CMakeLists.txt` and `Kconfig` over the C++ library below `src/`.
 *
 * trained impulse -> files; pure, and the same bytes for the same impulse.
 *
 * Source: Zephyr's documentation of modules. Zephyr 3.3 or later, whose symbol for C++ is `CONFIG_CPP`.
 *
 * @throws `BAD_OPTION`; on emission what `cppLibrary` throws
 * @example
 * ```ts
 * await write(model.deploy(zephyrModule({ name: 'keyword' })), 'modules/keyword');
 * ```
 */
export const zephyrModule = (options: PackageOptions): DeploymentBlock => packageBlock(format, options);
