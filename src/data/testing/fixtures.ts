import { expect } from 'vitest';
import { ImpulseError } from '../../errors.js';
import { random } from '../../random.js';

/** Chunks of a RIFF file: an id and its bytes; padding is added. */
export function riff(chunks: readonly (readonly [string, Uint8Array])[], riffSize?: number): Uint8Array {
  const body = chunks.flatMap(([id, bytes]) => [
    ...text(id),
    ...u32(bytes.length),
    ...bytes,
    ...(bytes.length % 2 ? [0] : []),
  ]);
  return Uint8Array.from([...text('RIFF'), ...u32(riffSize ?? body.length + 4), ...text('WAVE'), ...body]);
}

export interface WavFormat {
  readonly tag?: number;
  readonly channels?: number;
  readonly rateHz?: number;
  readonly bits?: number;
}

export function fmt({ tag = 1, channels = 1, rateHz = 16_000, bits = 16 }: WavFormat = {}): Uint8Array {
  const frame = (channels * bits) / 8;
  return Uint8Array.from([
    ...u16(tag),
    ...u16(channels),
    ...u32(rateHz),
    ...u32(rateHz * frame),
    ...u16(frame),
    ...u16(bits),
  ]);
}

/** A WAV file of 16-bit values. */
export function wav16(values: readonly number[], format: WavFormat = {}): Uint8Array {
  return riff([
    ['fmt ', fmt(format)],
    ['data', bytesOf(Int16Array.from(values))],
  ]);
}

export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function u16(value: number): number[] {
  return [value & 255, (value >>> 8) & 255];
}

export function u32(value: number): number[] {
  return [...u16(value), ...u16(value >>> 16)];
}

/** The error a call throws; anything but an ImpulseError fails the test. */
export function errorOf(call: () => unknown): ImpulseError {
  try {
    call();
  } catch (error) {
    if (error instanceof ImpulseError) return error;
    throw error;
  }
  return expect.unreachable('no error was thrown');
}

/** Damaged copies of a file: cut, bytes changed, pieces repeated. */
export function damaged(bytes: Uint8Array, count: number, seed: number): Uint8Array[] {
  const { below } = random(seed);
  const at = () => below(bytes.length);
  return Array.from({ length: count }, (_, i) => {
    if (i % 3 === 0) return bytes.slice(0, at());
    if (i % 3 === 1) return Uint8Array.from([...bytes.slice(0, at()), ...bytes.slice(at())]);
    const copy = bytes.slice();
    for (let k = 0; k <= i % 5; k++) copy[at()] = below(256);
    return copy;
  });
}

/** Parses damaged copies: each gives finite values or an ImpulseError that names the file. */
export function survives(
  parse: (bytes: Uint8Array) => { signal: { values: Float32Array } },
  files: readonly Uint8Array[],
  name: string,
) {
  let refused = 0;
  for (const file of files) {
    try {
      expect(parse(file).signal.values.every(Number.isFinite)).toBe(true);
    } catch (error) {
      if (!(error instanceof ImpulseError)) throw error;
      expect(error.where).toContain(name);
      refused++;
    }
  }
  return refused;
}
