import { fail } from '../errors.js';
import { checkSignal, type Recording, type Signal } from './sample.js';

export interface WavOptions {
  /** `mix` (default): the mean of all channels as one axis `audio`; `axes`: channels as axes `audio0`, `audio1`, ... */
  readonly channels?: 'mix' | 'axes';
}

interface Format {
  readonly float: boolean;
  readonly channels: number;
  readonly rateHz: number;
  readonly bytesPerValue: number;
}

const PCM = 1;
const IEEE_FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const UNKNOWN_SIZE = 0xffffffff;
/** The end of the GUID that carries a plain format tag in WAVE_FORMAT_EXTENSIBLE. */
const GUID_TAIL = '000000001000800000aa00389b71';

/**
 * Reads a RIFF WAV file: PCM of 8, 16, 24 or 32 bits or IEEE float of 32 or 64 bits.
 *
 * bytes -> signal [time T, axis 1], T = data bytes / bytes per frame, on the int16 scale (-32768..32767):
 * 8-bit (v - 128) * 256, 24-bit v / 256, 32-bit v / 65536, float v * 32768.
 * Errors: `BAD_FILE` (not a WAV, truncated), `UNSUPPORTED` (compressed), `BAD_DATA` (empty, NaN).
 * Source: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0" (1991) and WAVEFORMATEXTENSIBLE.
 * We ignore the RIFF size, and take a data size of 0xFFFFFFFF (or 0 under a RIFF size of 0 or 0xFFFFFFFF), as
 * written by programs that stream, for "to the end of the file".
 *
 * @example
 * ```ts
 * const { signal } = parseWav(bytes, 'yes.01.wav');
 * console.log(signal.rateHz, signal.values.length);
 * ```
 */
export function parseWav(bytes: Uint8Array, name: string, options: WavOptions = {}): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkRiff(view, name);
  const { format, start, end } = findData(view, name);
  const { channels, rateHz, bytesPerValue } = format;
  const values = readValues(view, format, start, (end - start) / bytesPerValue);
  const keep = channels > 1 && options.channels === 'axes';
  const signal: Signal = keep
    ? { rateHz, axes: Array.from({ length: channels }, (_, c) => `audio${c}`), values }
    : { rateHz, axes: ['audio'], values: mixDown(values, channels) };
  return { signal: checkSignal(signal, name) };
}

function badWav(
  name: string,
  got: string,
  expected: string,
  fix = 'Export the recording again as 16-bit PCM WAV.',
): never {
  return fail({ code: 'BAD_FILE', where: name, got, expected, fix });
}

function checkRiff(view: DataView, name: string): void {
  if (view.byteLength < 12) badWav(name, `${view.byteLength} bytes`, 'a WAV file');
  const magic = ascii(view, 0);
  if (magic === 'RIFX' || magic === 'RF64') unsupported(name, `a ${magic} file`);
  if (magic !== 'RIFF' || ascii(view, 8) !== 'WAVE') badWav(name, 'other bytes', 'a header of RIFF and WAVE');
}

function unsupported(name: string, got: string): never {
  return fail({
    code: 'UNSUPPORTED',
    where: name,
    got,
    expected: 'PCM of 8, 16, 24 or 32 bits or IEEE float of 32 or 64 bits',
    fix: 'Convert the recording to 16-bit PCM WAV.',
  });
}

/** Walks the chunks up to the data and returns its byte range, cut to whole frames only when its size is unknown. */
function findData(view: DataView, name: string): { format: Format; start: number; end: number } {
  let format: Format | undefined;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const id = ascii(view, at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (id === 'data') {
      if (!format) badWav(name, 'a data chunk before the fmt chunk', 'the format first');
      return { format, start, end: dataEnd(view, name, format, start, size) };
    }
    if (start + size > view.byteLength) badWav(name, `a ${JSON.stringify(id)} chunk cut short`, `${size} bytes`);
    if (id === 'fmt ') format = readFormat(view, name, start, size);
    // Chunks start at even offsets; the padding byte is not part of the size.
    at = start + size + (size % 2);
  }
  return badWav(name, 'no data chunk', 'a fmt and a data chunk');
}

function dataEnd(view: DataView, name: string, format: Format, start: number, size: number): number {
  const available = view.byteLength - start;
  const frameBytes = format.channels * format.bytesPerValue;
  const riffSize = view.getUint32(4, true);
  const streamed = size === UNKNOWN_SIZE || (size === 0 && (riffSize === 0 || riffSize === UNKNOWN_SIZE));
  if (streamed) return start + available - (available % frameBytes);
  if (size > available)
    badWav(name, `${available} bytes of samples`, `${size}: the file is truncated`, 'Copy or record it again.');
  if (size % frameBytes !== 0) badWav(name, `${size} bytes of samples`, `a multiple of ${frameBytes} bytes per frame`);
  return start + size;
}

function readFormat(view: DataView, name: string, start: number, size: number): Format {
  if (size < 16) badWav(name, `a fmt chunk of ${size} bytes`, 'at least 16');
  const channels = view.getUint16(start + 2, true);
  const rateHz = view.getUint32(start + 4, true);
  const frameBytes = view.getUint16(start + 12, true);
  const bits = view.getUint16(start + 14, true);
  let tag = view.getUint16(start, true);
  if (tag === EXTENSIBLE) {
    if (size < 40) badWav(name, `an extensible fmt chunk of ${size} bytes`, 'at least 40');
    tag = hex(view, start + 26, 14) === GUID_TAIL ? view.getUint16(start + 24, true) : EXTENSIBLE;
  }
  const known = (tag === PCM && [8, 16, 24, 32].includes(bits)) || (tag === IEEE_FLOAT && [32, 64].includes(bits));
  if (!known) unsupported(name, `format 0x${tag.toString(16)} of ${bits} bits`);
  if (channels === 0 || rateHz === 0) badWav(name, `${channels} channels at ${rateHz} Hz`, 'at least one of each');
  if (frameBytes !== (channels * bits) / 8)
    badWav(name, `${frameBytes} bytes per frame`, String((channels * bits) / 8));
  return { float: tag === IEEE_FLOAT, channels, rateHz, bytesPerValue: bits / 8 };
}

function readValues(view: DataView, format: Format, start: number, count: number): Float32Array {
  const values = new Float32Array(count);
  if (!format.float && format.bytesPerValue === 2) {
    // Nearly all files: a direct loop is several times faster than one call per value.
    for (let i = 0; i < count; i++) values[i] = view.getInt16(start + i * 2, true);
    return values;
  }
  const read = reader(view, format);
  for (let i = 0, at = start; i < count; i++, at += format.bytesPerValue) values[i] = read(at);
  return values;
}

function reader(view: DataView, { float, bytesPerValue }: Format): (at: number) => number {
  if (float) {
    return bytesPerValue === 4 ? (at) => view.getFloat32(at, true) * 32768 : (at) => view.getFloat64(at, true) * 32768;
  }
  if (bytesPerValue === 1) return (at) => (view.getUint8(at) - 128) * 256;
  if (bytesPerValue === 3) return (at) => (view.getInt8(at + 2) * 65536 + view.getUint16(at, true)) / 256;
  return (at) => view.getInt32(at, true) / 65536;
}

function mixDown(values: Float32Array, channels: number): Float32Array {
  if (channels === 1) return values;
  const mono = new Float32Array(values.length / channels);
  for (let t = 0; t < mono.length; t++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += values[t * channels + c]!;
    mono[t] = sum / channels;
  }
  return mono;
}

function ascii(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

function hex(view: DataView, at: number, count: number): string {
  return Array.from({ length: count }, (_, i) =>
    view
      .getUint8(at + i)
      .toString(16)
      .padStart(2, '0'),
  ).join('');
}
