import { describe, expect, it } from 'vitest';
import { type CppFile, closure, floatLiteral, tableBody, templateStage } from './cpp.js';
import { random } from './random.js';

describe('floatLiteral', () => {
  it('reads back as the same float32, for any bits', () => {
    const { below } = random(1);
    const bits = new Uint32Array(1);
    const float = new Float32Array(bits.buffer);
    for (let i = 0; i < 20_000; i++) {
      bits[0] = below(2 ** 32);
      if (!Number.isFinite(float[0])) continue;
      expect(Math.fround(Number(floatLiteral(float[0]!).slice(0, -1)))).toBe(float[0]);
    }
  });

  it('is a C++ float: with a point or an exponent, and an f', () => {
    expect(floatLiteral(3)).toBe('3.0f');
    expect(floatLiteral(0.1)).toBe('0.1f');
    expect(floatLiteral(1e-30)).toBe('1e-30f');
    expect(floatLiteral(2 ** 100)).toMatch(/^1\.2\d*e\+30f$/);
    expect(() => floatLiteral(Number.NaN)).toThrow(RangeError);
  });
});

describe('tables', () => {
  it('avoid the int32 literal that C++ does not have', () => {
    expect(tableBody(Int32Array.of(-2147483648, 1))).toContain('(-2147483647 - 1), 1,');
  });

  it('are counted to the byte', () => {
    const header: CppFile = { path: 'x.h', text: '', includes: [] };
    const tables = { kA: Int16Array.of(1, 2, 3), kB: Float32Array.of(1) };
    expect(templateStage({ header, type: 'X', traits: { tables }, scratchBytes: 0, codeBytes: {} }).constBytes).toBe(
      10,
    );
  });
});

describe('closure', () => {
  it('gives each file once, sorted, with all it includes', () => {
    const c: CppFile = { path: 'c.h', text: '', includes: [] };
    const a: CppFile = { path: 'a.h', text: '', includes: [c] };
    const b: CppFile = { path: 'b.h', text: '', includes: [a, c] };
    expect(closure([b, a]).map((file) => file.path)).toEqual(['a.h', 'b.h', 'c.h']);
  });
});
