import { describe, expect, it } from 'vitest';
import { noise } from '../../testing/index.js';
import { dct, dctTable } from './dct.js';
import { powerSpectrum, sineTable } from './fft.js';
import { emphasisedFrame, highPass, plainFrame } from './frames.js';
import { bitsOf, sampleOf, scaled, shifted } from './integers.js';
import { logarithm2, logTable } from './log.js';
import { melFilters, melLogarithms, melPowerShift } from './mel.js';
import { normalise } from './normalise.js';

describe('integers', () => {
  it('rounds samples to 16 bits, halves away from zero, and saturates', () => {
    expect([0.49, 0.5, -0.5, 2.5, -2.5, 1e-30].map(sampleOf)).toEqual([0, 1, -1, 3, -3, 0]);
    expect([32_766.6, 32_767.5, 1e30, Number.POSITIVE_INFINITY].map(sampleOf)).toEqual(Array(4).fill(32_767));
    expect([-32_767.5, -32_768, -1e30].map(sampleOf)).toEqual(Array(3).fill(-32_768));
    expect(sampleOf(Number.NaN)).toBe(0);
  });

  it('rounds products and shifts down', () => {
    expect([scaled(3, 32_768), scaled(-3, 32_768)]).toEqual([1, -2]);
    expect(shifted(2 ** 50 + 7, 3)).toBe(2 ** 47);
    expect([0, 1, 255, 2 ** 32, 2 ** 53 - 1].map(bitsOf)).toEqual([0, 1, 8, 33, 53]);
  });
});

describe('frames', () => {
  it('takes off the earlier sample around the window, 15 bits behind the point', () => {
    const x = Float32Array.of(1000, -500, 250, 8000);
    const frame = new Int32Array(8);
    const { shift } = emphasisedFrame(x, 0, 4, highPass(0.98, 1), frame);
    expect(shift).toBe(1);
    [1000 - 0.98 * 8000, -500 - 980, 250 + 490, 8000 - 245].forEach((v, i) => {
      expect(frame[i]! / 2 ** 15).toBeCloseTo(v, 3);
    });
    expect([...frame.slice(4)]).toEqual([0, 0, 0, 0]);
  });

  it('knows the exact sum of a frame, 0 wherever it is 0 in theory', () => {
    const sumOf = (x: number[], count: number, c: number, shift: number): number =>
      emphasisedFrame(Float32Array.from(x), 0, count, highPass(c, shift), new Int32Array(4)).sum / 2 ** 15;
    for (const times of [1, -3, 77, 600]) {
      expect(sumOf([5, 49 * times - 5, 50 * times - 5], 2, 0.98, 1)).toBe(0);
      expect(sumOf([5, 49 * times - 4, 50 * times - 5], 2, 0.98, 1)).toBe(1);
    }
    expect(sumOf([-1, 2, 4, 8], 3, 0.5, 2)).toBe(0.5 * 11 - 5);
    expect(sumOf([-1, -2, 4, 8], 3, 0, 0)).toBe(1);
  });

  it('leaves room for the transform, and no more than that', () => {
    for (const size of [4, 64, 1024, 16_384]) {
      for (const amplitude of [1, 30, 32_767]) {
        const frame = new Int32Array(size);
        const x = noise(size, size).map((v) => Math.round(v * amplitude));
        const shift = plainFrame(x, 0, size, frame);
        const sum = frame.reduce((all, v) => all + Math.abs(v), 0) / 2 ** Math.max(0, shift);
        expect(sum).toBeLessThanOrEqual(2 ** 29);
        expect(sum).toBeGreaterThan(2 ** (amplitude === 1 ? 26 : 27.9));
      }
    }
  });
});

describe('power spectrum', () => {
  /** By the definition, in double precision. */
  const powersOf = (x: ArrayLike<number>): number[] =>
    Array.from({ length: x.length / 2 + 1 }, (_, b) => {
      let re = 0;
      let im = 0;
      for (let i = 0; i < x.length; i++) {
        const angle = (2 * Math.PI * ((b * i) % x.length)) / x.length;
        re += x[i]! * Math.cos(angle);
        im -= x[i]! * Math.sin(angle);
      }
      return re * re + im * im;
    });

  it.each([4, 8, 16, 32, 64, 128, 256, 512, 1024])('of %d points is that of the definition', (size) => {
    const x = Int32Array.from(noise(size, size), (v) => Math.round((v * 2 ** 29) / size));
    const expected = powersOf(x);
    const power = new Float64Array(size / 2 + 1);
    const total = powerSpectrum(x, sineTable(size), 0, 3, power);
    const mean = expected.reduce((a, b) => a + b) / expected.length;
    power.forEach((p, b) => {
      expect(Math.abs(Math.sqrt(64 * p) - Math.sqrt(expected[b]!)) / Math.sqrt(mean)).toBeLessThan(1e-5);
    });
    expect(total.high * 2 ** 26 + total.low).toBeCloseTo(
      power.reduce((a, b) => a + b),
      -4,
    );
  });

  it('of a tone in a bin has 120 dB less everywhere else', () => {
    const x = Int32Array.from({ length: 256 }, (_, i) => Math.round(2 ** 20 * Math.sin((2 * Math.PI * 21 * i) / 256)));
    const power = new Float64Array(129);
    powerSpectrum(x, sineTable(256), 0, 3, power);
    const others = power.filter((_, b) => b !== 21);
    expect(10 * Math.log10(Math.max(...others) / power[21]!)).toBeLessThan(-120);
  });

  it('does not overflow where all magnitudes meet in one bin, or in all', () => {
    for (const size of [4, 64, 256, 2048]) {
      const power = new Float64Array(size / 2 + 1);
      const most = 2 ** 29 / size;
      powerSpectrum(new Int32Array(size).fill(-most), sineTable(size), 0, 3, power);
      expect(power[0]).toBe(2 ** 52);
      const alternating = Int32Array.from({ length: size }, (_, i) => (i % 2 === 0 ? most : -most));
      powerSpectrum(alternating, sineTable(size), 0, 3, power);
      expect(power[size / 2]).toBe(2 ** 52);
      const impulse = new Int32Array(size);
      impulse[size - 1] = 2 ** 29;
      powerSpectrum(impulse, sineTable(size), 0, 3, power);
      expect(Math.min(...power) / 2 ** 52).toBeCloseTo(1, 4);
    }
  });
});

describe('logarithm', () => {
  it('is within 5e-5 of log2', () => {
    const table = logTable();
    for (let m = 1; m < 2 ** 53; m = Math.ceil(m * 1.0137)) {
      expect(Math.abs(logarithm2(m, -7, table) / 65_536 - Math.log2(m) + 7)).toBeLessThan(5e-5);
    }
  });
});

describe('mel energies', () => {
  it('are those of triangles', () => {
    const bins = Uint16Array.of(0, 1, 2, 2, 5, 9, 20);
    const power = Float64Array.from(noise(33, 3), (v) => Math.floor(Math.abs(v) ** 8 * 2 ** 44));
    const out = new Int32Array(5);
    melLogarithms(power, melFilters(bins, -33), 4, out);
    for (let i = 0; i < 5; i++) {
      const [l, c, r] = [bins[i]!, bins[i + 1]!, bins[i + 2]!];
      let energy = power[c]!;
      for (let b = l + 1; b < c; b++) energy += (power[b]! * (b - l)) / (c - l);
      for (let b = c + 1; b < r; b++) energy += (power[b]! * (r - b)) / (r - c);
      expect(out[i]! / 65_536).toBeCloseTo(Math.log2(energy) + 4, 3);
    }
    melLogarithms(new Float64Array(33), melFilters(bins, -33), 4, out);
    expect([...out]).toEqual(Array(5).fill(-33 * 65_536));
  });

  it('stay exact for the widest filter', () => {
    const bins = Uint16Array.of(0, 500, 8000);
    expect(2 * (29 - melPowerShift(bins)) + 2 * Math.log2(7500)).toBeLessThanOrEqual(53);
  });
});

describe('DCT', () => {
  it.each([2, 5, 7, 32, 512])('of %d values is that of the definition', (size) => {
    const count = Math.min(size - 1, 20);
    const table = dctTable(size, count, 0.7);
    const x = Int32Array.from(noise(size, size), (v) => Math.round(v * 2 ** 21));
    const expected = Array.from(
      { length: count },
      (_, j) =>
        0.7 *
        Math.sqrt(2 / size) *
        x.reduce((sum, v, n) => sum + v * Math.cos((Math.PI * (j + 1) * (2 * n + 1)) / (2 * size)), 0),
    );
    const out = new Int32Array(count + 1);
    dct(x, table, count, out);
    const largest = Math.max(...expected.map(Math.abs));
    expected.forEach((v, j) => {
      expect(Math.abs(out[j + 1]! - v) / largest).toBeLessThan(2e-4);
    });
  });

  it('keeps its sums within 32 bits at the extremes', () => {
    for (const size of [2, 3, 40, 200]) {
      const { values, shift } = dctTable(size, size - 1, 1);
      const half = Math.ceil(size / 2);
      for (let row = 0; row < values.length; row += half) {
        expect(values.slice(row, row + half).reduce((sum, v) => sum + Math.abs(v), 0)).toBeLessThanOrEqual(2 ** 19);
      }
      expect(shift).toBeGreaterThanOrEqual(12);
    }
  });
});

describe('normalisation', () => {
  const mirrored = (i: number, rows: number): number => {
    const at = ((i % (2 * rows)) + 2 * rows) % (2 * rows);
    return at < rows ? at : 2 * rows - 1 - at;
  };
  const around = (column: readonly number[], k: number, size: number): number[] =>
    Array.from({ length: size }, (_, i) => column[mirrored(k - (size >> 1) + i, column.length)]!);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;

  it.each([3, 11, 101, 9999])('over %d rows is that of the definition', (size) => {
    const column = Array.from(noise(50, size), (v, k) => Math.round(v * 3e5 + 1e6 + 1e4 * k));
    const away = column.map((v, k) => v - mean(around(column, k, size)));
    const out = new Float32Array(100);
    normalise(Int32Array.from(column), size, out, 1, 2);
    away.forEach((v, k) => {
      const rows = around(away, k, size);
      const middle = mean(rows);
      const spread = Math.sqrt(mean(rows.map((r) => (r - middle) ** 2)));
      expect(out[1 + 2 * k]).toBeCloseTo(v / spread, size > 1000 ? 2 : 3);
    });
    expect(out[0]).toBe(0);
  });

  it('gives 0 where nothing changes', () => {
    const out = new Float32Array(20).fill(1);
    normalise(new Int32Array(20).fill(-1_508_999), 11, out, 0, 1);
    expect([...out]).toEqual(Array(20).fill(0));
    normalise(Int32Array.of(5), 1, out, 3, 1);
    expect(out[3]).toBe(0);
  });
});
