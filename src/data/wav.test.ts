import { describe, expect, it } from 'vitest';
import { random } from '../random.js';
import { bytesOf, damaged, errorOf, fmt, riff, survives, text, u16, u32, wav16 } from './testing/fixtures.js';
import { parseWav } from './wav.js';

const GUID_TAIL = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const values = (bytes: Uint8Array) => [...parseWav(bytes, 'a.wav').signal.values];
const wav = (format: Parameters<typeof fmt>[0], data: Uint8Array) =>
  riff([
    ['fmt ', fmt(format)],
    ['data', data],
  ]);

describe('parseWav', () => {
  it('reads 16-bit values as they are', () => {
    const { signal } = parseWav(wav16([0, 1, -1, 32767, -32768], { rateHz: 8000 }), 'a.wav');
    expect(signal).toEqual({ rateHz: 8000, axes: ['audio'], values: Float32Array.of(0, 1, -1, 32767, -32768) });
  });

  it('brings every depth to the int16 scale', () => {
    expect(values(wav({ bits: 8 }, Uint8Array.of(0, 128, 255)))).toEqual([-32768, 0, 32512]);
    expect(values(wav({ bits: 24 }, Uint8Array.of(0, 0, 0x80, 0, 1, 0, 0xff, 0xff, 0xff)))).toEqual([
      -32768,
      1,
      -1 / 256,
    ]);
    expect(values(wav({ bits: 32 }, bytesOf(Int32Array.of(-(2 ** 31), 65536, -32768))))).toEqual([-32768, 1, -0.5]);
    expect(values(wav({ tag: 3, bits: 32 }, bytesOf(Float32Array.of(-1, 0.5, 1.25))))).toEqual([-32768, 16384, 40960]);
    expect(values(wav({ tag: 3, bits: 64 }, bytesOf(Float64Array.of(-1, 0.5))))).toEqual([-32768, 16384]);
  });

  it('reads WAVE_FORMAT_EXTENSIBLE by its GUID', () => {
    const extensible = (tag: number, tail = GUID_TAIL) =>
      Uint8Array.from([...fmt({ tag: 0xfffe }), ...u16(22), ...u16(16), ...u32(4), ...u16(tag), ...tail]);
    const file = (chunk: Uint8Array) =>
      riff([
        ['fmt ', chunk],
        ['data', bytesOf(Int16Array.of(7, -7))],
      ]);
    expect(values(file(extensible(1)))).toEqual([7, -7]);
    expect(
      errorOf(() =>
        values(
          file(
            extensible(
              1,
              GUID_TAIL.map(() => 1),
            ),
          ),
        ),
      ).code,
    ).toBe('UNSUPPORTED');
    expect(errorOf(() => values(file(extensible(1).slice(0, 24)))).code).toBe('BAD_FILE');
  });

  it('mixes channels down, or keeps them as axes', () => {
    const stereo = wav16([100, 200, -3, 4], { channels: 2 });
    expect(values(stereo)).toEqual([150, 0.5]);
    const { signal } = parseWav(stereo, 'a.wav', { channels: 'axes' });
    expect(signal.axes).toEqual(['audio0', 'audio1']);
    expect([...signal.values]).toEqual([100, 200, -3, 4]);
  });

  it('steps over other chunks, with padding after odd ones', () => {
    const data = bytesOf(Int16Array.of(5, 6));
    expect(
      values(
        riff([
          ['LIST', text('odd')],
          ['fmt ', fmt()],
          ['fact', text('x')],
          ['data', data],
          ['id3 ', text('y')],
        ]),
      ),
    ).toEqual([5, 6]);
  });

  it('does not trust the RIFF size', () => {
    expect(
      values(
        riff(
          [
            ['fmt ', fmt()],
            ['data', bytesOf(Int16Array.of(5))],
          ],
          3,
        ),
      ),
    ).toEqual([5]);
  });

  it('takes the data of streamed files to the end, in whole frames', () => {
    const streamed = (dataSize: number, riffSize: number) => {
      const file = riff(
        [
          ['fmt ', fmt()],
          ['data', Uint8Array.of(1, 0, 2, 0, 9, 9)],
        ],
        riffSize,
      ).slice(0, -1);
      file.set(u32(dataSize), 40);
      return file;
    };
    expect(values(streamed(0xffffffff, 0xffffffff))).toEqual([1, 2]);
    expect(values(streamed(0xffffffff, 100))).toEqual([1, 2]);
    expect(values(streamed(0, 0))).toEqual([1, 2]);
    expect(errorOf(() => values(streamed(0, 42))).code).toBe('BAD_DATA');
  });

  it('refuses a truncated file', () => {
    const whole = wav16(Array.from({ length: 100 }, (_, i) => i));
    for (let length = 0; length < whole.length; length++) {
      const error = errorOf(() => values(whole.slice(0, length)));
      expect(error.code).toBe('BAD_FILE');
      expect(error.where).toBe('a.wav');
    }
    expect(errorOf(() => values(whole.slice(0, 100))).message).toContain('truncated');
  });

  it.each([
    ['compressed', wav({ tag: 2, bits: 4, channels: 2 }, Uint8Array.of(1)), 'UNSUPPORTED'],
    ['mu-law', wav({ tag: 7, bits: 8 }, Uint8Array.of(1)), 'UNSUPPORTED'],
    ['12 bits', wav({ bits: 12 }, Uint8Array.of(1)), 'UNSUPPORTED'],
    ['no channels', wav({ channels: 0 }, Uint8Array.of(1)), 'BAD_FILE'],
    ['no rate', wav({ rateHz: 0 }, Uint8Array.of(1, 2)), 'BAD_FILE'],
    ['half a frame', wav({}, Uint8Array.of(1, 2, 3)), 'BAD_FILE'],
    ['no samples', wav({}, new Uint8Array()), 'BAD_DATA'],
    ['no data chunk', riff([['fmt ', fmt()]]), 'BAD_FILE'],
    [
      'data first',
      riff([
        ['data', Uint8Array.of(1, 2)],
        ['fmt ', fmt()],
      ]),
      'BAD_FILE',
    ],
    [
      'a short fmt chunk',
      riff([
        ['fmt ', fmt().slice(0, 14)],
        ['data', Uint8Array.of(1, 2)],
      ]),
      'BAD_FILE',
    ],
    ['another file', text('#!/bin/sh\necho this is no sound\n'), 'BAD_FILE'],
    ['NaN', wav({ tag: 3, bits: 32 }, bytesOf(Float32Array.of(0, Number.NaN))), 'BAD_DATA'],
    ['infinity after scaling', wav({ tag: 3, bits: 64 }, bytesOf(Float64Array.of(1e300))), 'BAD_DATA'],
  ])('refuses %s', (_, bytes, code) => {
    expect(errorOf(() => values(bytes)).code).toBe(code);
  });

  it('names the row of a NaN', () => {
    const error = errorOf(() => values(wav({ tag: 3, bits: 32 }, bytesOf(Float32Array.of(0, 1, Number.NaN)))));
    expect(error.where).toBe('a.wav, row 2, axis "audio"');
  });

  it('reads what was written, at any offset in a buffer', () => {
    const next = random(1).uniform;
    const written = Array.from({ length: 500 }, () => Math.floor(next() * 65536) - 32768);
    const shifted = new Uint8Array([9, ...wav16(written), 9]).subarray(1, -1);
    expect(values(shifted)).toEqual(written);
  });

  it('survives damaged files', () => {
    const files = damaged(wav16([1, 2, 3, 4, 5, 6, 7, 8]), 5000, 2);
    expect(survives((bytes) => parseWav(bytes, 'a.wav'), files, 'a.wav')).toBeGreaterThan(1000);
  });
});
