export { cppLibrary } from './cpp/library.js';
export { eim } from './eim/eim.js';
export { type Estimate, estimate, type StreamEstimate } from './estimate.js';
export { espEye } from './profiles/esp-eye.js';
export { nano33ble } from './profiles/nano33ble.js';
export type { TargetProfile } from './profiles/profile.js';
export { rpPico } from './profiles/rp-pico.js';
