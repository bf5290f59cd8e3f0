import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded stream of random numbers. */
export interface Random {
  /** Uniform in `[0, 1)`. */
  readonly uniform: () => number;
  /** A whole number in `[0, below)`. */
  readonly below: (below: number) => number;
  /** 32 random bits, as a signed number. */
  readonly bits: () => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** Shuffles in place (Fisher-Yates). */
  readonly shuffle: <T extends number[] | Int32Array>(items: T) => T;
}

/** A stream of its own for each purpose, so that a change in one leaves the others as they were. */
export function seededRandom(seed: number, purpose: string): Random {
  const generator = xoroshiro128plus([...purpose].reduce((h, c) => Math.imul(h, 31) + c.charCodeAt(0), seed) | 0);
  // The first outputs of close seeds are alike.
  for (let i = 0; i < 16; i++) generator.next();

  const uniform = (): number => (generator.next() >>> 0) / 4294967296;
  const below = (limit: number): number => Math.floor(uniform() * limit);
  return {
    uniform,
    below,
    bits: () => generator.next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle: (items) => {
      for (let i = items.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [items[i], items[j]] = [items[j]!, items[i]!];
      }
      return items;
    },
  };
}
