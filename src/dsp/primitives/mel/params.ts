import { float, int } from '../../../params.js';
import { FFT_RULE } from '../fft/fft.js';

/** Parameters that every block on mel filters declares alike. */
export const FRAME_LENGTH_MS = float(20, 'Length of a frame in milliseconds.', {
  min: 0.01,
  tune: [20, 25, 32, 40, 50],
});
export const FFT_LENGTH = int(256, 'Points of the FFT; longer frames are cut, shorter ones padded with zeros.', {
  ...FFT_RULE,
  tune: [256, 512],
});
export const LOW_HZ = float(0, 'Lower edge of the filterbank in Hz.', { min: 0, tune: [0, 80, 300] });
export const HIGH_HZ = float(0, 'Upper edge of the filterbank in Hz; 0 is half the sampling rate.', { min: 0 });
