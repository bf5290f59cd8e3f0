import type { DeploymentBlock } from '../program.js';
import { cppLibrary } from './cpp/library.js';
import { sharedPart } from './cpp/shared.js';
import { eim } from './eim/eim.js';
import { wasm } from './wasm/wasm.js';

/** Makes a deployment block from its options. */
// biome-ignore lint/suspicious/noExplicitAny: deployments take different options
export type DeploymentFactory = (options: any) => DeploymentBlock;

/** Deployments by their type: what makes a block again from the options in an `impulse.json`. */
export const DEPLOYMENTS: Readonly<Record<string, DeploymentFactory>> = {
  cpp: cppLibrary,
  'cpp-shared': sharedPart,
  eim,
  wasm,
};
