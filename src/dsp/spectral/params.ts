import { boolean, choice, float, int, type Values, value } from '../../params.js';
import { FFT_RULE } from '../primitives/fft/fft.js';
import { WAVELETS } from '../primitives/wavelet/filters.js';

export const params = {
  version: choice(
    [1, 2, 3, 4],
    4,
    'Published version to follow: 1 peaks and power between edges, 2 statistics and bins, 3 adds wavelets, 4 statistics of the spectrum, decimation and extraLowFrequency.',
  ),
  scale: float(1, 'Factor every value is multiplied by.'),
  decimation: choice(
    [1, 3, 10, 30, 100, 1000],
    1,
    'Keeps one of so many samples, after a low-pass; 1 before version 4.',
    { tune: [1, 3, 10] },
  ),
  filter: choice(['none', 'low', 'high'], 'none', 'Butterworth filter; also limits the bins that are emitted.', {
    tune: ['none', 'low', 'high'],
  }),
  cutoffHz: float(3, 'Cut-off frequency of the filter in Hz.', { min: 1e-6, tune: [1, 3, 5, 8] }),
  filterOrder: choice([0, 2, 4, 6, 8], 6, 'Order of the filter; 0 (not in version 1) only limits the bins.', {
    tune: [2, 4, 6, 8],
  }),
  analysis: choice(['fft', 'wavelet'], 'fft', 'What describes an axis; always fft before version 3.'),
  fftLength: int(16, 'Points of the FFT.', { ...FFT_RULE, tune: [16, 32, 64, 128] }),
  log: boolean(true, 'Emit the base-10 logarithm of the powers; from version 2 on.', { tune: [true, false] }),
  overlap: boolean(true, 'Overlap FFT frames by half; from version 2 on.', { tune: [true, false] }),
  extraLowFrequency: boolean(false, 'Append the same features at a tenth of the rate; version 4, FFT only.', {
    tune: [true, false],
  }),
  wavelet: choice(WAVELETS, 'db4', 'Wavelet of the decomposition.'),
  waveletLevel: int(1, 'Times the decomposition halves the band.', { min: 0, max: 7 }),
  peaks: int(3, 'Spectral peaks to emit, highest first; version 1.', { min: 0, max: 100 }),
  peakThreshold: float(0.1, 'Least height of a peak; version 1.'),
  powerEdgesHz: value<readonly number[]>(
    [0.1, 0.5, 1, 2, 5],
    'Frequencies in Hz between which power is averaged; version 1.',
    { check: ascending },
  ),
};

export type Params = Values<typeof params>;

function ascending(edges: readonly number[]): string | undefined {
  const isFine =
    Array.isArray(edges) &&
    edges.length > 0 &&
    edges.every((hz, i) => Number.isFinite(hz) && hz >= (i === 0 ? 0 : (edges[i - 1] as number)));
  return isFine ? undefined : 'a list of frequencies of at least 0 Hz, none below the one before';
}
