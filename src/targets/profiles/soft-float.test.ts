import { describe, expect, it } from 'vitest';
import { ARMV6M, runtimeBytes, scaleOf } from './soft-float.js';

const { alwaysBytes, routineBytes } = ARMV6M;
const step = (...pieces: string[]) => ({ pieces, work: { flop: 1 } });

describe('run time of cores without a float unit', () => {
  it('counts every routine once', () => {
    const both = [step('dsp/filter', 'dsp/butterworth'), step('nn::conv2dF32')];
    expect(runtimeBytes(ARMV6M, both)).toBe(alwaysBytes + routineBytes.add);
    expect(runtimeBytes(ARMV6M, [step('dsp/raw')])).toBe(alwaysBytes);
  });

  it('guesses by work where a piece of code was never measured', () => {
    const own = { pieces: ['mine'], work: { flop: 10, div: 1 } };
    const { add, subtract, divide } = routineBytes;
    expect(runtimeBytes(ARMV6M, [own])).toBe(alwaysBytes + add + subtract + divide);
    expect(scaleOf(ARMV6M, 'mine')).toBeUndefined();
  });

  it('scales the calls of networks of any length alike', () => {
    expect(scaleOf(ARMV6M, 'network of 3 calls')).toBe(scaleOf(ARMV6M, 'network of 40 calls'));
  });
});
