import { choice, float, int, type Values } from '../../params.js';
import { ARITHMETIC } from '../primitives/fixed/params.js';
import { FFT_LENGTH, FRAME_LENGTH_MS, HIGH_HZ, LOW_HZ } from '../primitives/mel/params.js';
import { oddOrOff } from '../primitives/normalise/normalise.js';

export const params = {
  version: choice([1, 2, 3, 4], 4, 'Published version of the block; 4 is the newest, 2 and 3 are the same.'),
  coefficients: int(13, 'Cepstral coefficients kept per frame, at most as many as filters.', {
    min: 1,
    max: 512,
    tune: [10, 13, 20],
  }),
  frameLengthMs: FRAME_LENGTH_MS,
  frameStrideMs: float(20, 'Time from one frame to the next in milliseconds.', { min: 0.01, tune: [10, 16, 20, 25] }),
  filters: int(32, 'Mel filters.', { min: 2, max: 512, tune: [20, 24, 32, 40] }),
  fftLength: FFT_LENGTH,
  normalizationFrames: int(101, 'Frames of the sliding mean and variance normalisation, odd; 0 is off.', {
    min: 0,
    max: 9999,
    check: oddOrOff,
    tune: [0, 51, 101, 151],
  }),
  lowHz: LOW_HZ,
  highHz: HIGH_HZ,
  preEmphasis: float(0.98, 'Coefficient of the high-pass before the frames; 0 is none.', { min: -1, max: 1 }),
  preEmphasisShift: int(1, 'Distance in samples of the value the high-pass takes off.', { min: 1 }),
  arithmetic: ARITHMETIC,
};

export type MfccParams = Values<typeof params>;
