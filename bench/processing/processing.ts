/**
 * Time of processing blocks in TypeScript on one core, and of a plain double-precision MFCC with fft.js beside them:
 * `npm run bench:processing`. Medians of several rounds over one-second clips at 16 kHz.
 */
import FFT from 'fft.js';
import * as dsp from '../../src/dsp/index.js';
import { random } from '../../src/random.js';
import { signalSpec, sizeOf } from '../../src/spec.js';

const CLIPS = 1000;
const ROUNDS = 5;
const SAMPLES = 16_000;

const { uniform } = random(1);
const clips = Array.from({ length: 20 }, () =>
  Float32Array.from({ length: SAMPLES }, (_, n) =>
    Math.round(6000 * Math.sin((2 * Math.PI * (200 + 800 * uniform()) * n) / SAMPLES) + 2000 * uniform()),
  ),
);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Milliseconds for all clips, median over the rounds. */
function time(run: (clip: Float32Array) => void): number {
  for (const clip of clips) run(clip);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    for (let i = 0; i < CLIPS; i++) run(clips[i % clips.length]!);
    return performance.now() - start;
  });
  return median(rounds);
}

/** What one would write with fft.js alone: pre-emphasis, FFT, triangles as a matrix, logarithm, cosines; no normalisation. */
function plainMfcc(): (clip: Float32Array) => void {
  const [size, stride, filters, coefficients] = [256, 320, 32, 13];
  const fft = new FFT(size);
  const [frame, spectrum] = [new Float64Array(size), fft.createComplexArray() as number[]];
  const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const corners = Array.from({ length: filters + 2 }, (_, i) => {
    const hz = 700 * (Math.exp((mel(8000) * i) / (filters + 1) / 1127) - 1);
    return Math.floor(((size + 1) * hz) / 16_000);
  });
  const weights = Array.from({ length: filters }, (_, i) =>
    Float64Array.from({ length: size / 2 + 1 }, (__, b) => {
      const [left, middle, right] = corners.slice(i, i + 3) as [number, number, number];
      if (b === middle) return 1;
      if (b > left && b < middle) return (b - left) / (middle - left);
      return b > middle && b < right ? (right - b) / (right - middle) : 0;
    }),
  );
  const energies = new Float64Array(filters);
  const out = new Float64Array(50 * coefficients);
  return (clip) => {
    for (let k = 0; k < 50; k++) {
      for (let i = 0; i < size; i++) {
        const at = k * stride + i;
        frame[i] = clip[at]! - 0.98 * (at > 0 ? clip[at - 1]! : 0);
      }
      fft.realTransform(spectrum, frame as unknown as number[]);
      for (let f = 0; f < filters; f++) {
        let sum = 0;
        const row = weights[f]!;
        for (let b = 0; b <= size / 2; b++) {
          sum += (row[b]! * (spectrum[2 * b]! ** 2 + spectrum[2 * b + 1]! ** 2)) / size;
        }
        energies[f] = Math.log(sum || 1e-10);
      }
      for (let j = 0; j < coefficients; j++) {
        let sum = 0;
        for (let f = 0; f < filters; f++) sum += energies[f]! * Math.cos((Math.PI * j * (2 * f + 1)) / (2 * filters));
        out[k * coefficients + j] = sum;
      }
    }
  };
}

const input = signalSpec(SAMPLES, ['audio'], 16_000);
const plain = time(plainMfcc());
console.log(`${CLIPS} clips of one second, one core, median of ${ROUNDS} rounds`);
console.log(`plain mfcc with fft.js  ${plain.toFixed(0).padStart(6)} ms`);
for (const [name, block] of Object.entries({ mfcc: dsp.mfcc(), mfe: dsp.mfe(), spectrogram: dsp.spectrogram() })) {
  const stage = block.bind(input);
  const out = new Float32Array(sizeOf(stage.output));
  const ms = time((clip) => stage.run(clip, out));
  console.log(
    `${name.padEnd(22)}  ${ms.toFixed(0).padStart(6)} ms, ${(plain / ms).toFixed(2)} x the speed of plain mfcc`,
  );
}
