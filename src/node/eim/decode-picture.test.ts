import { encode } from 'jpeg-js';
import { describe, expect, it, vi } from 'vitest';
import { decodePicture } from './decode-picture.js';

const missing = vi.hoisted(() => (): never => {
  throw new Error('not installed');
});
// Whether sharp is installed beside us is chance.
vi.mock('sharp', missing);

const jpegOf = (width: number, height: number, rgb: readonly number[]): Uint8Array => {
  const data = Buffer.from(Array.from({ length: width * height }, () => [...rgb, 255]).flat());
  return encode({ data, width, height }, 100).data;
};

describe('pictures', () => {
  it('are decoded by jpeg-js where sharp is not there', async () => {
    const { width, height, channels, values } = await decodePicture(jpegOf(16, 8, [200, 100, 50]));
    expect({ width, height, channels, size: values.length }).toEqual({ width: 16, height: 8, channels: 3, size: 384 });
    [200, 100, 50].forEach((want, c) => {
      expect(Math.abs(values[c]! - want)).toBeLessThan(4);
    });
  });

  it('of other kinds are refused, with the packages that could help', async () => {
    const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    await expect(decodePicture(png)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      expected: expect.stringMatching(/sharp.*jpeg-js/),
      fix: expect.stringContaining('npm install sharp'),
    });
  });

  it('are refused without jpeg-js as well', async () => {
    vi.doMock('jpeg-js', missing);
    await expect(decodePicture(jpegOf(8, 8, [0, 0, 0]))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      got: expect.stringContaining('JPEG'),
    });
    vi.doUnmock('jpeg-js');
  });

  it('that are broken, or say that they are huge, are refused before they take memory', async () => {
    const huge = jpegOf(8, 8, [9, 9, 9]);
    // Height and width stand behind the marker of the frame.
    const at = huge.findIndex((byte, i) => byte === 0xff && huge[i + 1] === 0xc0) + 5;
    huge.set([0xff, 0xff, 0xff, 0xff], at);
    for (const file of [huge, Uint8Array.from([0xff, 0xd8, 1, 2, 3])]) {
      await expect(decodePicture(file)).rejects.toMatchObject({ code: 'BAD_FILE' });
    }
  });
});
