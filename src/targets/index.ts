export { type ArduinoOptions, arduino } from './arduino/arduino.js';
export { compareDump, type DumpComparison, type DumpStep } from './cpp/compare-dump.js';
export { type CppLibraryOptions, cppLibrary } from './cpp/library.js';
export {
  type Detection,
  type PostprocessOptions,
  type Postprocessor,
  postprocessor,
} from './cpp/postprocess.js';
export { type SharedImpulse, sharedLibrary } from './cpp/shared.js';
export { customDeployment } from './custom/custom-deployment.js';
export { type DeploymentDefinition, deploymentBlock } from './custom/deployment-block.js';
export type { DeploymentFactory } from './deployments.js';
export { type EimOptions, eim } from './eim/eim.js';
export type { EimProject } from './eim/hello.js';
export type { InterpreterEstimate } from './estimate/interpreted.js';
export type { Binding } from './estimate/place.js';
export { type Estimates, estimates } from './estimate/side-by-side.js';
export { type Estimate, estimate, type StreamEstimate } from './estimate.js';
export type { Board } from './firmware/board.js';
export type { BoardName } from './firmware/boards.js';
export { type FirmwareOptions, firmware } from './firmware/firmware.js';
export { type CmsisPackOptions, cmsisPack } from './packages/cmsis-pack.js';
export { espIdfComponent } from './packages/esp-idf-component.js';
export type { PackageOptions } from './packages/options.js';
export { platformio } from './packages/platformio.js';
export { zephyrModule } from './packages/zephyr-module.js';
export { zip } from './packages/zip.js';
export { type ProfiledImpulse, type ProfileOptions, profileModel } from './profile-model.js';
export type { ModelProfile, ProfiledLayer } from './profile-report.js';
export { coreNames, defineTarget, kernelNames, type TargetOptions } from './profiles/define.js';
export type { EnergyProfile, InterpreterProfile, MemoryRegion, TargetProfile } from './profiles/profile.js';
export type { Routine, SoftFloat } from './profiles/soft-float.js';
export { espEye, nano33ble, rpPico, target, targets } from './profiles/targets.js';
export { type WasmOptions, type WasmVariant, wasm } from './wasm/wasm.js';
export { withEngine } from './with-engine.js';
