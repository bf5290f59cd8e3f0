// Writes the synthetic recordings as users have them: WAV and data acquisition files in training/ and testing/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { motionRecordings } from './motion.js';
import { speechClips } from './speech.js';

/** Every fifth recording goes to testing/. */
const TEST_EVERY = 5;

export function writeSpeech(dir: string, perClass: number, seed = 1): void {
  writeAll(
    dir,
    speechClips(perClass, seed).map(({ label, clip }) => ({ label, extension: 'wav', bytes: wav(clip) })),
  );
}

export function writeMotion(dir: string, perClass: number, seconds: number, seed = 1): void {
  const recordings = motionRecordings(perClass, seconds, seed);
  writeAll(
    dir,
    recordings.map(({ label, json }) => ({ label, extension: 'json', bytes: Buffer.from(json) })),
  );
}

function writeAll(dir: string, files: readonly { label: string; extension: string; bytes: Buffer }[]): void {
  for (const category of ['training', 'testing']) mkdirSync(join(dir, category), { recursive: true });
  for (const [index, { label, extension, bytes }] of files.entries()) {
    const category = index % TEST_EVERY === 0 ? 'testing' : 'training';
    writeFileSync(join(dir, category, `${label}.${String(index).padStart(3, '0')}.${extension}`), bytes);
  }
}

/** A mono 16-bit PCM file at 16 kHz. */
export function wav(samples: Int16Array): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(32_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}
