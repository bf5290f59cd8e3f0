import { logarithm } from '../../logarithm.js';
import { Statistics } from '../primitives/stats/stats.js';

const f32 = Math.fround;

/** The options, as declared in flatten.ts. */
export interface FlattenParams {
  readonly scale: number;
  readonly average: boolean;
  readonly minimum: boolean;
  readonly maximum: boolean;
  readonly rms: boolean;
  readonly stdev: boolean;
  readonly skewness: boolean;
  readonly kurtosis: boolean;
  readonly log: boolean;
}

/** What is known of one axis; fields that no chosen statistic needs are 0. */
export interface Summary {
  /** The mean in parts. */
  first: number;
  rest: number;
  tail: number;
  deviation: number;
  skewness: number;
  kurtosis: number;
  smallest: number;
  largest: number;
}

export function newSummary(): Summary {
  return { first: 0, rest: 0, tail: 0, deviation: 0, skewness: 0, kurtosis: 0, smallest: 0, largest: 0 };
}

export function needsShape(p: FlattenParams): boolean {
  return p.stdev || p.rms || p.skewness || p.kurtosis;
}

/** Summarises `x[start]`, `x[start + stride]`, ... */
export type Summarise = (x: Float32Array, start: number, count: number, stride: number, into: Summary) => void;

export function summariser(p: FlattenParams): Summarise {
  const s = new Statistics();
  const hasShape = needsShape(p);
  return (x, start, count, stride, into) => {
    if (p.average || hasShape) {
      s.meanOf(x, start, count, stride);
      into.first = s.first;
      into.rest = s.rest;
      into.tail = s.tail;
    }
    if (hasShape) {
      s.shapeOf(x, start, count, stride);
      into.deviation = s.standardDeviation;
      into.skewness = s.skewness;
      into.kurtosis = s.kurtosis;
    }
    if (p.minimum || p.maximum) {
      into.smallest = x[start]!;
      into.largest = x[start]!;
      for (let i = 1; i < count; i++) {
        const value = x[start + i * stride]!;
        if (value < into.smallest) into.smallest = value;
        if (value > into.largest) into.largest = value;
      }
    }
  };
}

/** Least level that a logarithm is taken of. */
const FAINTEST = f32(1e-6);

/** Writes the chosen statistics from `at` on; returns where the next axis starts. */
export type Emit = (s: Summary, out: Float32Array, at: number) => number;

/** The factor is applied to the statistics, which loses nothing. */
export function emitter(p: FlattenParams): Emit {
  const scale = f32(p.scale);
  const size = Math.abs(scale);
  const sign = scale < 0 ? -1 : 1;
  const level = (v: number): number => (p.log ? logarithm(Math.max(v, FAINTEST)) : v);
  return (s, out, start) => {
    let at = start;
    const mean = f32(f32(s.first + s.rest) + s.tail);
    const { deviation } = s;
    if (p.average) out[at++] = scale * mean;
    if (p.minimum) out[at++] = scale * (sign > 0 ? s.smallest : s.largest);
    if (p.maximum) out[at++] = scale * (sign > 0 ? s.largest : s.smallest);
    if (p.rms) out[at++] = level(f32(size * f32(Math.sqrt(f32(f32(deviation * deviation) + f32(mean * mean))))));
    if (p.stdev) out[at++] = level(f32(size * deviation));
    if (p.skewness) out[at++] = size > 0 ? sign * s.skewness : 0;
    if (p.kurtosis) out[at++] = size > 0 ? s.kurtosis : -3;
    return at;
  };
}
