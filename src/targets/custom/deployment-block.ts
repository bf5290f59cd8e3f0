import type { BlockFactory } from '../../block.js';
import { type Options, resolve, type Schema, type Values } from '../../params.js';
import type { Bundle, DeploymentBlock, Program } from '../../program.js';

export interface DeploymentDefinition<S extends Schema> {
  /** Name of the deployment, such as `acme-gateway`. */
  type: string;
  version: number;
  params: S;
  /** Files from a trained impulse: pure, without clocks and random numbers. */
  emit: (program: Program, p: Values<S>) => Bundle;
}

/**
 * Defines a deployment from its parameters and a pure function from a trained impulse to files. Option types and checks
 * follow from the parameters; files come sorted, so that the same impulse gives the same bundle. Other deployments can be
 * built upon: `cppLibrary({ name }).emit(program).files` are the files of the library.
 *
 * The deployment it makes throws `UNKNOWN_OPTION` and `BAD_OPTION` for options outside of their declaration.
 *
 * @example
 * ```ts
 * export const labelList = deploymentBlock({
 *   type: 'label-list',
 *   version: 1,
 *   params: { separator: choice(['\n', ','], '\n', 'Between two labels.') },
 *   emit: ({ learn }, { separator }) => ({
 *     files: { 'labels.txt': learn.flatMap(({ block }) => block.labels).join(separator) },
 *   }),
 * });
 * await write(model.deploy(labelList({ separator: ',' })), 'out/labels');
 * ```
 */
export function deploymentBlock<S extends Schema>(
  definition: DeploymentDefinition<S>,
): BlockFactory<S, DeploymentBlock> {
  const { type, version, params: schema, emit } = definition;
  const make = (options?: Options<S>): DeploymentBlock => {
    const values = resolve(type, schema, options);
    return {
      role: 'deploy',
      type,
      options: { ...values },
      emit: (program) => {
        const bundle = emit(program, values);
        const files = Object.entries(bundle.files).sort(([a], [b]) => (a < b ? -1 : 1));
        return { ...bundle, files: Object.fromEntries(files) };
      },
    };
  };
  return Object.assign(make, { type, version, schema });
}
