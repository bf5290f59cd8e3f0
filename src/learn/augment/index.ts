export { specAugment } from './augment.js';
export type { Augmentation } from './augmentation.js';
export { bandMask, bandShift, bandWarp, equalizer, loudness } from './bands.js';
export { brightness, contrast, cutout, flip, pan, rotate, zoom } from './image.js';
export { noiseMix } from './noise-mix.js';
export { gain, rotateAxes, speed } from './signal.js';
export { timeMask, timeShift, timeWarp } from './time.js';
export { gaussianNoise, mixup } from './values.js';
