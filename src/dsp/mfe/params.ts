import { choice, float, int, type Values } from '../../params.js';
import { ARITHMETIC } from '../primitives/fixed/params.js';
import { FFT_LENGTH, FRAME_LENGTH_MS, HIGH_HZ, LOW_HZ } from '../primitives/mel/params.js';
import { oddOrOff } from '../primitives/normalise/normalise.js';

export const params = {
  version: choice([1, 2, 3, 4], 4, 'Published version of the block; 4 is the newest.'),
  frameLengthMs: FRAME_LENGTH_MS,
  frameStrideMs: float(10, 'Time from one frame to the next in milliseconds.', { min: 0.01, tune: [10, 16, 20, 25] }),
  filters: int(40, 'Mel filters, one value per frame each.', { min: 2, max: 512, tune: [20, 24, 32, 40] }),
  fftLength: FFT_LENGTH,
  lowHz: LOW_HZ,
  highHz: HIGH_HZ,
  normalizationFrames: int(101, 'Frames of the sliding mean, odd; 0 is off. Versions 1 and 2 only.', {
    min: 0,
    max: 9999,
    check: oddOrOff,
  }),
  noiseFloorDb: float(-52, 'Level in dB that maps to 0; +12 dB maps to the top. Versions 3 and 4 only.', {
    min: -200,
    max: 0,
    tune: [-72, -62, -52, -42],
  }),
  arithmetic: ARITHMETIC,
};

export type MfeParams = Values<typeof params>;
