// Spoken-like keywords from a small source-filter synthesiser: a pulse train or noise through three resonators whose
// frequencies glide from sound to sound. Every clip has its own seeded speaker, tempo, loudness and background.
import { type Random, random } from './random.js';

const RATE_HZ = 16_000;
const CLIP_SAMPLES = RATE_HZ;

/** A speech sound: three formant frequencies in Hz, voiced or hissed, and its usual length. */
interface Sound {
  readonly formantsHz: readonly [number, number, number];
  readonly voiced: boolean;
  readonly ms: number;
}

const SOUNDS = {
  a: { formantsHz: [760, 1250, 2550], voiced: true, ms: 150 },
  e: { formantsHz: [450, 1950, 2600], voiced: true, ms: 130 },
  i: { formantsHz: [290, 2250, 2950], voiced: true, ms: 130 },
  o: { formantsHz: [480, 850, 2450], voiced: true, ms: 150 },
  u: { formantsHz: [320, 720, 2250], voiced: true, ms: 130 },
  m: { formantsHz: [260, 1000, 2100], voiced: true, ms: 80 },
  s: { formantsHz: [4200, 5200, 6400], voiced: false, ms: 130 },
  f: { formantsHz: [1500, 3600, 7000], voiced: false, ms: 110 },
  k: { formantsHz: [1400, 2100, 3800], voiced: false, ms: 40 },
  t: { formantsHz: [3000, 4300, 5600], voiced: false, ms: 35 },
} as const satisfies Record<string, Sound>;

export const WORDS = { mosa: 'mosa', kiti: 'kiti', fumo: 'fumo' } as const;

/** One-second clips on the int16 scale: `perClass` of every word, and as many of background noise. */
export function speechClips(perClass: number, seed: number): { label: string; clip: Int16Array }[] {
  const source = random(seed);
  const words = Object.entries(WORDS).flatMap(([label, word]) =>
    Array.from({ length: perClass }, () => ({ label, clip: speak(word, source) })),
  );
  const noise = Array.from({ length: perClass }, () => ({ label: 'noise', clip: background(source) }));
  return [...words, ...noise];
}

function speak(word: string, source: Random): Int16Array {
  const pitchHz = source.between(95, 230);
  const tract = source.between(0.88, 1.16);
  const tempo = source.between(0.8, 1.25);
  const samples = noiseFloor(source, source.between(10, 220));
  const sounds = [...word].map((letter) => SOUNDS[letter as keyof typeof SOUNDS]);
  const lengths = sounds.map((sound) => Math.round((sound.ms * tempo * RATE_HZ) / 1000));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let at = Math.floor(source.between(0, CLIP_SAMPLES - total - 1));
  const gain = source.between(1500, 9000);
  let phase = 0;
  let previous: readonly number[] = sounds[0]!.formantsHz;
  for (const [index, sound] of sounds.entries()) {
    const length = lengths[index]!;
    const filters = [0, 1, 2].map(() => resonator());
    for (let n = 0; n < length; n++) {
      const glide = Math.min(1, n / (0.35 * length));
      phase += (pitchHz * (1 - (0.15 * at) / CLIP_SAMPLES)) / RATE_HZ;
      const pulse = phase >= 1 ? 6 : 0;
      phase %= 1;
      const excitation = sound.voiced ? pulse + 0.05 * source.normal() : 0.35 * source.normal();
      const envelope = Math.sin((Math.PI * (n + 0.5)) / length) ** 0.4;
      let out = 0;
      for (let f = 0; f < 3; f++) {
        const hz = previous[f]! + (sound.formantsHz[f]! - previous[f]!) * glide;
        out += filters[f]!(excitation, hz * tract, 60 + 40 * f) / (f + 1);
      }
      samples[at++]! += gain * envelope * out;
    }
    previous = sound.formantsHz;
  }
  return Int16Array.from(samples, (v) => Math.max(-32768, Math.min(32767, Math.round(v))));
}

/** A two-pole resonance of unit peak gain. */
function resonator(): (x: number, hz: number, bandwidthHz: number) => number {
  let y1 = 0;
  let y2 = 0;
  return (x, hz, bandwidthHz) => {
    const r = Math.exp((-Math.PI * bandwidthHz) / RATE_HZ);
    const y = (1 - r) * x + 2 * r * Math.cos((2 * Math.PI * Math.min(hz, 7800)) / RATE_HZ) * y1 - r * r * y2;
    y2 = y1;
    y1 = y;
    return y;
  };
}

function background(source: Random): Int16Array {
  return Int16Array.from(noiseFloor(source, source.between(40, 1500)), (v) =>
    Math.round(Math.max(-32768, Math.min(32767, v))),
  );
}

/** White to brownish noise. */
function noiseFloor(source: Random, rms: number): Float64Array {
  const colour = source.between(0, 0.95);
  const samples = new Float64Array(CLIP_SAMPLES);
  let last = 0;
  for (let n = 0; n < CLIP_SAMPLES; n++) {
    last = colour * last + Math.sqrt(1 - colour * colour) * source.normal();
    samples[n] = rms * last;
  }
  return samples;
}
