import { describe, expect, it } from 'vitest';
import { boolean, choice, float, int, powerOfTwo, resolve, value } from './params.js';

const schema = {
  size: int(8, 'Points.', { min: 4, max: 64, check: powerOfTwo }),
  gain: float(1, 'Factor.'),
  log: boolean(true, 'Logarithm.'),
  kind: choice(['low', 'high'], 'low', 'Kind.'),
  list: value<readonly string[]>(['a'], 'Names.', { check: (v) => (Array.isArray(v) ? undefined : 'a list') }),
};
const codeOf = (options: object): string => {
  try {
    resolve('block', schema, options);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('resolve', () => {
  it('fills in defaults, treats undefined as absent, and freezes', () => {
    const values = resolve('block', schema, { gain: 2, log: undefined });
    expect(values).toEqual({ size: 8, gain: 2, log: true, kind: 'low', list: ['a'] });
    expect(Object.isFrozen(values)).toBe(true);
  });

  it.each([
    [{ size: 4 }, 'ok'],
    [{ size: 3 }, 'BAD_OPTION'],
    [{ size: 128 }, 'BAD_OPTION'],
    [{ size: 48 }, 'BAD_OPTION'],
    [{ size: 8.5 }, 'BAD_OPTION'],
    [{ size: '8' }, 'BAD_OPTION'],
    [{ gain: Number.NaN }, 'BAD_OPTION'],
    [{ gain: Number.POSITIVE_INFINITY }, 'BAD_OPTION'],
    [{ log: 1 }, 'BAD_OPTION'],
    [{ kind: 'band' }, 'BAD_OPTION'],
    [{ list: 'a' }, 'BAD_OPTION'],
    [{ sise: 8 }, 'UNKNOWN_OPTION'],
    [{ toString: 8 }, 'UNKNOWN_OPTION'],
  ])('%j: %s', (options, code) => {
    expect(codeOf(options)).toBe(code);
  });

  it('says where, what it got, what it expected and how to fix it', () => {
    expect(() => resolve('mfe', schema, { size: 3 })).toThrow(
      'mfe.size: got 3, expected a whole number of at least 4. Points. Default: 8. [BAD_OPTION]',
    );
  });
});
