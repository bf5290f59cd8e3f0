import { addWork, timesWork, type Work } from '../../cost.js';
import { type Spec, signalOf } from '../../spec.js';
import type { StreamDefinition } from '../../stream.js';
import { Sum } from '../primitives/compensated/compensated.js';
import { Statistics } from '../primitives/stats/stats.js';
import header from './flatten.h.js';
import { emitter, type FlattenParams, needsShape, newSummary, type Summary, summariser } from './summary.js';

const f32 = Math.fround;

/** Samples below which joining the summaries of chunks costs as much as the window. */
const LEAST_CHUNK = 8;
const FAINTEST = f32(1e-37);
const LOUDEST = f32(1e37);

/**
 * Keeps a summary of every chunk of the window and joins them: the work of a slice is that of its own samples and of one
 * step per kept chunk. A chunk is the greatest common divisor of window and slice; undefined when chunks are too short.
 */
export function flattenStream(
  input: Spec<'signal'>,
  p: FlattenParams,
  slice: number,
  work: { readonly value: Work; readonly window: Work },
): StreamDefinition | undefined {
  const { samples, axes } = signalOf(input);
  const chunk = Number.isInteger(slice) && slice > 0 ? greatestDivisor(samples, slice) : 0;
  if (chunk < Math.min(LEAST_CHUNK, samples)) return undefined;
  const chunks = samples / chunk;
  const fresh = Math.min(slice / chunk, chunks);
  const perChunk = { flop: 24 + (needsShape(p) ? 29 : 0) };
  return {
    open: () => {
      const summarise = summariser(p);
      const emit = emitter(p);
      const join = joiner(p, chunks);
      const ring = axes.map(() => Array.from({ length: chunks }, newSummary));
      const all = newSummary();
      let filled = 0;
      let next = 0;
      return {
        push: (values, out) => {
          for (let i = 0; i < fresh; i++) {
            const start = (slice - (fresh - i) * chunk) * axes.length;
            ring.forEach((kept, axis) => {
              summarise(values, start + axis, chunk, axes.length, kept[next]!);
            });
            next = next + 1 < chunks ? next + 1 : 0;
            filled = Math.min(filled + 1, chunks);
          }
          if (filled < chunks) return false;
          let at = 0;
          for (const kept of ring) {
            join(kept, all);
            at = emit(all, out, at);
          }
          return true;
        },
        reset: () => {
          filled = 0;
          next = 0;
        },
      };
    },
    work: addWork(
      timesWork(fresh * chunk * axes.length, work.value),
      timesWork(fresh * axes.length, { div: 9 }),
      timesWork(chunks * axes.length, perChunk),
      work.window,
    ),
    cpp: {
      header,
      type: 'impulsekit::dsp::FlattenStream',
      stateBytes: () => 8 + 32 * chunks * axes.length,
      codeBytes: { 'dsp/flatten stream': 550 },
    },
  };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Distance of a chunk's mean from another mean. */
function offset(chunk: Summary, first: number, rest: number): number {
  return f32(f32(f32(chunk.first - first) + chunk.rest) - rest);
}

/** Joins the summaries of equal chunks. */
function joiner(p: FlattenParams, chunks: number): (kept: readonly Summary[], all: Summary) => void {
  const s = new Statistics();
  const total = new Sum();
  return (kept, all) => {
    const head = kept[0]!;
    all.first = head.first;
    all.smallest = head.smallest;
    all.largest = head.largest;
    total.clear();
    for (const chunk of kept) {
      total.add(f32(chunk.first - head.first));
      total.add(chunk.rest);
      total.add(chunk.tail);
      if (chunk.smallest < all.smallest) all.smallest = chunk.smallest;
      if (chunk.largest > all.largest) all.largest = chunk.largest;
    }
    s.meanFrom(head.first, total, chunks);
    all.rest = s.rest;
    all.tail = s.tail;
    if (needsShape(p)) joinShapes(kept, chunks, all);
  };
}

/**
 * Moments of the whole from those of equal parts and the offsets of their means: T. F. Chan, G. H. Golub and
 * R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979); P. Pebay, "Formulas
 * for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments" (2008).
 */
function joinShapes(kept: readonly Summary[], chunks: number, all: Summary): void {
  let largest = 0;
  for (const chunk of kept) {
    const away = Math.abs(offset(chunk, all.first, all.rest));
    if (away > largest) largest = away;
    if (chunk.deviation > largest) largest = chunk.deviation;
  }
  all.deviation = 0;
  all.skewness = 0;
  all.kurtosis = -3;
  if (!(largest > FAINTEST && largest < LOUDEST)) return;
  const unit = f32(1 / largest);
  let two = 0;
  let three = 0;
  let four = 0;
  for (const chunk of kept) {
    const e = f32(offset(chunk, all.first, all.rest) * unit);
    const e2 = f32(e * e);
    const a = f32(chunk.deviation * unit);
    const a2 = f32(a * a);
    const a3 = f32(f32(a2 * a) * chunk.skewness);
    const a4 = f32(f32(a2 * a2) * f32(chunk.kurtosis + 3));
    two = f32(two + f32(a2 + e2));
    three = f32(three + f32(a3 + f32(e * f32(f32(3 * a2) + e2))));
    four = f32(four + f32(a4 + f32(e * f32(f32(4 * a3) + f32(e * f32(f32(6 * a2) + e2))))));
  }
  two = f32(two / chunks);
  const root = f32(Math.sqrt(two));
  all.deviation = f32(root / unit);
  all.skewness = f32(f32(three / chunks) / f32(two * root));
  all.kurtosis = f32(f32(f32(four / chunks) / f32(two * two)) - 3);
}
