import { describe, expect, it } from 'vitest';
import { ImpulseError } from '../errors.js';
import { edgeImpulseBlock, features, flatten, mfe, raw, spectral } from './index.js';
import { codeOf, errorCases, hasReference, inputOf } from './testing/index.js';

const BLOCKS = ['raw', 'flatten', 'mfe', 'mfcc', 'spectral_analysis', 'spectrogram'];

function errorOf(call: () => unknown): ImpulseError {
  try {
    call();
  } catch (error) {
    if (error instanceof ImpulseError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe.skipIf(!hasReference)('configurations that must be refused', () => {
  const cases = BLOCKS.flatMap(errorCases);

  it('are all there', () => {
    expect(cases.length).toBe(29);
  });

  it.each(cases.map((c) => [`${c.block} ${c.name}`, c] as const))('%s', (_name, c) => {
    const error = errorOf(() => {
      const block = edgeImpulseBlock(c.block, c.implementationVersion, c.params);
      features(block, { rateHz: c.samplingFrequency, axes: c.axes, values: inputOf(c) });
    });
    expect(['BAD_OPTION', 'SHAPE_MISMATCH', 'UNSUPPORTED']).toContain(error.code);
    // The block and its parameter; that there is but one axis is no parameter's fault.
    expect(error.where).toMatch(
      c.axes.length > 1 && /^mf/.test(c.block) ? /^mfe$/ : /^(edgeImpulseBlock\.)?[a-z_]+\.\w+$/,
    );
    expect(error.expected).toMatch(/\d|power of two|odd|pass band|well between|one axis/);
  });
});

describe('edgeImpulseBlock', () => {
  it('takes their names with underscores or dashes, strings and seconds', () => {
    const block = edgeImpulseBlock('mfe', 4, {
      frame_length: 0.032,
      'frame-stride': '0.016',
      num_filters: '24',
      'fft-length': 512,
      high_frequency: null,
      win_size: 101,
    });
    expect(block.params).toEqual(mfe({ frameLengthMs: 32, frameStrideMs: 16, filters: 24, fftLength: 512 }).params);
  });

  it('leaves out what a version does not use', () => {
    expect(edgeImpulseBlock('mfe', 4, { win_size: 100 }).params).toEqual(mfe().params);
    expect(codeOf(() => edgeImpulseBlock('mfe', 2, { win_size: 100 }))).toBe('BAD_OPTION');
  });

  it('takes switches as strings', () => {
    const block = edgeImpulseBlock('flatten', 1, { skewness: 'false', kurtosis: false, rms: 'true' });
    expect(block.params).toEqual(flatten({ skewness: false, kurtosis: false }).params);
  });

  it('takes analyses by name, and lists as text', () => {
    const block = edgeImpulseBlock('spectral_analysis', 3, {
      'analysis-type': 'Wavelet',
      wavelet: 'coif2',
      'wavelet-level': '2',
      'spectral-power-edges': '0.5, 1, 20',
    });
    const options = { version: 3, analysis: 'wavelet', wavelet: 'coif2', waveletLevel: 2 } as const;
    expect(block.params).toEqual(spectral({ ...options, powerEdgesHz: [0.5, 1, 20] }).params);
  });

  it('refuses what it does not know', () => {
    expect(codeOf(() => edgeImpulseBlock('eeg', 1))).toBe('UNSUPPORTED');
    expect(codeOf(() => edgeImpulseBlock('toString', 1))).toBe('UNSUPPORTED');
    expect(codeOf(() => edgeImpulseBlock('mfe', 5))).toBe('UNSUPPORTED');
    expect(codeOf(() => edgeImpulseBlock('spectral_analysis', 4, { 'analysis-type': 'DCT' }))).toBe('BAD_OPTION');
    expect(codeOf(() => edgeImpulseBlock('spectral_analysis', 1, { spectral_power_edges: '1,,2' }))).toBe('BAD_OPTION');
    expect(codeOf(() => edgeImpulseBlock('mfe', 4, { constructor: 1 }))).toBe('UNKNOWN_OPTION');
    expect(codeOf(() => edgeImpulseBlock('mfe', 4, { num_filters: 'many' }))).toBe('BAD_OPTION');
    expect(codeOf(() => edgeImpulseBlock('mfe', 4, { num_filters: '' }))).toBe('BAD_OPTION');
  });
});

describe('features', () => {
  it('computes one window', () => {
    const window = { rateHz: 50, axes: ['x', 'y'], values: [1, 2, 3, 4] };
    expect([...features(raw({ scale: 2 }), window)]).toEqual([2, 4, 6, 8]);
    expect([...features(edgeImpulseBlock('raw', 1, { 'scale-axes': '0.5' }), window)]).toEqual([0.5, 1, 1.5, 2]);
  });

  it('refuses values that do not fill whole time steps', () => {
    expect(codeOf(() => features(raw(), { rateHz: 50, axes: ['x', 'y'], values: [1, 2, 3] }))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => features(raw(), { rateHz: 50, axes: ['x'], values: [] }))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => features(raw(), { rateHz: 50, axes: [], values: [1] }))).toBe('SHAPE_MISMATCH');
  });
});
