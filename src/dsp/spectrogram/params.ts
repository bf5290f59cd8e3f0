import { choice, float, int, type Values } from '../../params.js';
import { FFT_RULE } from '../primitives/fft/fft.js';
import { ARITHMETIC } from '../primitives/fixed/params.js';
import { FRAME_LENGTH_MS } from '../primitives/mel/params.js';

export const params = {
  frameLengthMs: FRAME_LENGTH_MS,
  frameStrideMs: float(10, 'Time from one frame to the next in milliseconds.', { min: 0.01, tune: [10, 16, 20, 25] }),
  fftLength: int(128, 'Points of the FFT; longer frames are cut, shorter ones padded with zeros.', {
    ...FFT_RULE,
    tune: [64, 128, 256],
  }),
  noiseFloorDb: float(-52, 'Level in dB that maps to 0; +12 dB maps to 1. Versions 3 and 4.', {
    min: -200,
    max: 0,
    tune: [-72, -62, -52, -42],
  }),
  version: choice([1, 2, 3, 4], 4, 'Published version of the algorithm.'),
  arithmetic: ARITHMETIC,
};

export type SpectrogramParams = Values<typeof params>;
