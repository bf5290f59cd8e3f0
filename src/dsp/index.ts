export { edgeImpulseBlock, features, type SignalWindow } from './edge-impulse.js';
export { flatten } from './flatten/flatten.js';
export { mfcc } from './mfcc/mfcc.js';
export { mfe } from './mfe/mfe.js';
export { raw } from './raw/raw.js';
export { spectral } from './spectral/spectral.js';
