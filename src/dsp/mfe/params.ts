import { float, int, type Values } from '../../params.js';
import { ARITHMETIC } from '../primitives/fixed/params.js';
import { FFT_LENGTH, FRAME_LENGTH_MS, HIGH_HZ, LOW_HZ } from '../primitives/mel/params.js';

export const params = {
  frameLengthMs: FRAME_LENGTH_MS,
  frameStrideMs: float(10, 'Time from one frame to the next in milliseconds.', { min: 0.01, tune: [10, 16, 20, 25] }),
  filters: int(40, 'Mel filters, one value per frame each.', { min: 2, max: 512, tune: [20, 24, 32, 40] }),
  fftLength: FFT_LENGTH,
  lowHz: LOW_HZ,
  highHz: HIGH_HZ,
  noiseFloorDb: float(-52, 'Level in dB that maps to 0; +12 dB maps to the top.', {
    min: -200,
    max: 0,
    tune: [-72, -62, -52, -42],
  }),
  arithmetic: ARITHMETIC,
};

export type MfeParams = Values<typeof params>;
