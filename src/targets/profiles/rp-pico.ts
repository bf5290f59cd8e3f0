import { priced, type TargetProfile } from './profile.js';
export const rpPico: TargetProfile = { name: 'rpPico', core: 'x', clockHz: 64e6, ramBytes: 262144, flashBytes: 1048576, codeScale: 1, baseCodeBytes: 300, latencyErrorPct: 30, latencyErrorSource: '',
  cyclesPer: priced({ flop: 3, log: 40, div: 16, convF32: 6, convInt8: 6, depthwiseF32: 8, depthwiseInt8: 8, denseF32: 5, denseInt8: 5, elementF32: 10, elementInt8: 10, requantize: 20, exp: 60, call: 100 }, 1.3) };
