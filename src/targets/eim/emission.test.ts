import { describe, expect, it } from 'vitest';
import { ImpulseError } from '../../errors.js';
import type { Program } from '../../program.js';
import { tinyProgram } from '../testing/tiny-program.js';
import { type EimOptions, eim } from './eim.js';

describe('eim emission', () => {
  const codeOf = (program: Program, options: Partial<EimOptions> = {}): string | undefined => {
    try {
      eim({ name: 'tiny', ...options }).emit(program);
    } catch (error) {
      if (error instanceof ImpulseError) return error.code;
      throw error;
    }
    return undefined;
  };

  it('refuses braces in labels', () => {
    expect(codeOf(tinyProgram({ labels: ['a', 'b}'] }))).toBe('BAD_LABEL');
    expect(codeOf(tinyProgram({ labels: ['{', 'b'] }))).toBe('BAD_LABEL');
  });

  it('refuses cells of an image', () => {
    expect(codeOf(tinyProgram({ answers: 'cells' }))).toBe('UNSUPPORTED');
  });

  it('refuses two classifiers', () => {
    const program = tinyProgram();
    expect(codeOf({ ...program, learn: [program.learn[0]!, { ...program.learn[0]!, name: 'second' }] })).toBe(
      'UNSUPPORTED',
    );
  });

  it('refuses slices that are no whole number', () => {
    for (const slicesPerWindow of [0, -1, 1.5, Number.NaN]) {
      expect(() => eim({ name: 'tiny', slicesPerWindow })).toThrow('BAD_OPTION');
    }
  });

  it('refuses detections where there are no labels to detect', () => {
    const postprocess = { averageResults: 2 };
    expect(codeOf(tinyProgram(), { postprocess })).toBeUndefined();
    expect(codeOf(tinyProgram({ answers: 'value' }), { postprocess })).toBe('UNSUPPORTED');
    expect(codeOf(tinyProgram(), { postprocess: { labels: ['nobody'] } })).toBe('BAD_LABEL');
    expect(codeOf(tinyProgram(), { postprocess: { threshold: 2 } })).toBe('BAD_OPTION');
    const labels = Array.from({ length: 33 }, (_, i) => `l${i}`);
    expect(codeOf(tinyProgram({ labels }), { postprocess })).toBeUndefined();
    expect(codeOf(tinyProgram({ labels }), { postprocess: { labels: ['l1'] } })).toBe('UNSUPPORTED');
  });

  it('is the same bytes twice', () => {
    const [a, b] = [0, 1].map(() => JSON.stringify(eim({ name: 'tiny' }).emit(tinyProgram())));
    expect(a).toBe(b);
  });
});
