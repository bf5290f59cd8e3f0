import { checkLibraryName } from '../../names.js';
import { int, value } from '../../params.js';
import type { Bundle, Program } from '../../program.js';
import { cppLibrary } from '../cpp/library.js';
import { deploymentBlock } from './deployment-block.js';
import { type MetadataOptions, metadataOf, modelFiles } from './metadata.js';

const text = (v: unknown): string | undefined =>
  typeof v === 'string' && !/[\0\n\r]/.test(v) ? undefined : 'one line of text';
const folder = (v: unknown): string | undefined =>
  typeof v === 'string' && /^\/[^\0\n\r]*[^/\0\n\r]$/.test(v) ? undefined : 'an absolute path without / at its end';

/**
 * Deploys as the input folder of a custom deployment container: `deployment-metadata.json`, the folders
 * `edge-impulse-sdk`, `model-parameters` and `tflite-model` with the impulse behind the names of the incumbent's C++
 * SDK, and every network as `trained.tflite`. Containers start with `--metadata <path of the file>` and leave a
 * `deploy.zip` in the output folder.
 *
 * trained impulse -> files; pure. `trained.h5.zip` and `trained.savedmodel.zip` are not there: networks leave training
 * as .tflite only. Times of creation are all the same, since no clock decides what is emitted.
 *
 * Source: the published specification of `deployment-metadata.json` (version 1) and of custom deployment blocks.
 *
 * @throws `BAD_OPTION`, `UNKNOWN_OPTION`; on emission what {@link cppLibrary} with `compatible` throws
 * @example
 * ```ts
 * await write(model.deploy(customDeployment({ name: 'keyword' })), 'home/input');
 * // docker run --rm -v $PWD/home:/home my-block --metadata /home/input/deployment-metadata.json
 * ```
 */
export const customDeployment = deploymentBlock({
  type: 'custom-deployment',
  version: 1,
  params: {
    name: value<string>('impulse', 'C++ namespace and stem of the file names.', {
      check: (name) => {
        checkLibraryName('custom-deployment', name);
        return undefined;
      },
    }),
    projectId: int(1, 'Number of the project.', { min: 0 }),
    projectName: value<string>('', 'Name of the project; empty: the name.', { check: text }),
    owner: value<string>('', 'Owner of the project.', { check: text }),
    studioHost: value<string>('localhost', 'Host that containers with an API key would call.', { check: text }),
    deployCounter: int(1, 'How often the project was deployed.', { min: 0 }),
    inputFolder: value<string>('/home/input', 'Where the container finds these files.', { check: folder }),
    outputFolder: value<string>('/home/output', 'Where the container leaves deploy.zip.', { check: folder }),
  },
  emit: (program, p): Bundle => {
    const project = { id: p.projectId, name: p.projectName || p.name, owner: p.owner };
    const metadata: MetadataOptions = { ...p, project };
    return {
      files: {
        'deployment-metadata.json': `${JSON.stringify(metadataOf(program, metadata), null, 2)}\n`,
        ...libraryIn(program, p.name, project, p.deployCounter),
        ...Object.fromEntries(modelFiles(program).map(({ path, bytes }) => [path, bytes])),
      },
    };
  },
});

const FOLDERS = ['edge-impulse-sdk/', 'model-parameters/', 'tflite-model/'];
/** Where files go that have no place in the three folders: containers copy nothing else. */
const HOME = 'tflite-model/';

/** The library with the incumbent's names; what lies beside its folders moves into one of them, and includes follow. */
function libraryIn(program: Program, name: string, project: MetadataOptions['project'], deployVersion: number) {
  const compatible = { project: { ...project, deployVersion } };
  const { files } = cppLibrary({ name, compatible }).emit(program);
  const isAtHome = (path: string): boolean => FOLDERS.some((start) => path.startsWith(start));
  const isNeeded = (path: string): boolean => {
    // Each source is compiled by itself; the one that includes them all would compile them twice.
    if (path === `${HOME}${name}_compiled.cpp` || path === `${name}_inferencing.h`) return false;
    return isAtHome(path) || path.startsWith('impulsekit/') || (/\.(h|cpp)$/.test(path) && !path.includes('/'));
  };
  const kept = Object.keys(files).filter(isNeeded);
  const moved = new Set(kept.filter((path) => !isAtHome(path)));
  const place = (path: string): string => (moved.has(path) ? `${HOME}${path}` : path);
  return Object.fromEntries(
    kept.map((path) => [
      place(path),
      String(files[path]).replace(/^#include "([^"]+)"/gm, (_, target: string) => `#include "${place(target)}"`),
    ]),
  );
}
