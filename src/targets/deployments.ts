import type { DeploymentBlock } from '../program.js';
import { arduino } from './arduino/arduino.js';
import { cppLibrary } from './cpp/library.js';
import { sharedPart } from './cpp/shared.js';
import { eim } from './eim/eim.js';
import { firmware } from './firmware/firmware.js';
import { cmsisPack } from './packages/cmsis-pack.js';
import { espIdfComponent } from './packages/esp-idf-component.js';
import { platformio } from './packages/platformio.js';
import { zephyrModule } from './packages/zephyr-module.js';
import { wasm } from './wasm/wasm.js';

/** Makes a deployment block from its options. */
// biome-ignore lint/suspicious/noExplicitAny: deployments take different options
export type DeploymentFactory = (options: any) => DeploymentBlock;

/** Deployments by their type: what makes a block again from the options in an `impulse.json`. */
export const DEPLOYMENTS: Readonly<Record<string, DeploymentFactory>> = {
  arduino,
  'cmsis-pack': cmsisPack,
  cpp: cppLibrary,
  'cpp-shared': sharedPart,
  eim,
  firmware,
  'esp-idf-component': espIdfComponent,
  platformio,
  wasm,
  'zephyr-module': zephyrModule,
};
