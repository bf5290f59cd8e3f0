import { fail, show } from '../errors.js';
import type { Bundle } from '../program.js';
import { DEPLOYMENTS, type DeploymentFactory } from '../targets/deployments.js';
import { fromFiles, parse, type Revivable } from './load.js';

export interface RebuildOptions {
  /** Factories of processing and learning blocks of your own that the impulse uses. */
  readonly blocks?: readonly Revivable[] | undefined;
  /** Factories of deployments of your own by their type. */
  readonly deployments?: Readonly<Record<string, DeploymentFactory>> | undefined;
}

/**
 * Deploys again what an `impulse.json` of a deployment describes: the same bytes, with the release that wrote it.
 *
 * @param json the text of `impulse.json`
 * @throws `BAD_FILE`, and `UNSUPPORTED` for blocks, versions or deployments that are not here
 * @example
 * ```ts
 * const { files } = deployAgain(await readFile('out/keyword/impulse.json', 'utf8'));
 * ```
 */
export function deployAgain(json: string, options: RebuildOptions = {}): Bundle {
  const { deployment } = parse(json);
  const factories: Readonly<Record<string, DeploymentFactory>> = { ...DEPLOYMENTS, ...options.deployments };
  const type = deployment?.type;
  if (typeof type !== 'string' || !Object.hasOwn(factories, type)) {
    return refuse(`deployment ${show(type)}`, `one of ${Object.keys(factories).join(', ')}`);
  }
  if (typeof deployment?.options !== 'object' || deployment.options === null) {
    return refuse(`deployment ${show(type)} without options`, 'a deployment whose options are plain data');
  }
  return fromFiles({ json }, options.blocks).deploy(factories[type]!(deployment.options));
}

function refuse(got: string, expected: string): never {
  return fail({
    code: 'UNSUPPORTED',
    where: 'impulse.json',
    got,
    expected,
    fix: 'Load the impulse and deploy it with a block made by hand, or hand its factory over.',
  });
}
