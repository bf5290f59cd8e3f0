import type { Work } from '../../../cost.js';
import { fail } from '../../../errors.js';

const f32 = Math.fround;

export interface ButterworthDesign {
  readonly filter: 'low' | 'high' | 'band';
  /** Cut-off of a low- or high-pass. */
  readonly cutoffHz: number;
  /** Edges of a band-pass. */
  readonly lowHz: number;
  readonly highHz: number;
  /** Of the low-pass it is made from: a band-pass has twice as many poles. */
  readonly order: number;
}

interface Complex {
  readonly re: number;
  readonly im: number;
}

/** b0, b1, b2, d1, d2 of `y = b0 x + b1 x' + b2 x'' + d1 y' + d2 y''`. */
export type SectionCoefficients = readonly [number, number, number, number, number];

/** Most that rounding to float32 may change the gain inside the band, relative. */
const TOLERANCE = 0.02;

/**
 * Second-order sections of a Butterworth filter of order 1 to 8, rounded to float32, least resonant first.
 *
 * Poles of the analogue low-pass on the unit circle, moved to the band, then the bilinear transform with pre-warped
 * edges, all in double precision (Oppenheim and Schafer, "Discrete-Time Signal Processing", 7.2 and 7.3). Every section
 * has gain 1 at 0 Hz, half the rate or the middle of the band, so that none overflows before the last.
 *
 * @throws `BAD_OPTION` for edges outside 0..rateHz/2 or not in order, and where float32 cannot hold the filter
 */
export function butterworthDesign(where: string, rateHz: number, design: ButterworthDesign): SectionCoefficients[] {
  const edges = checkedEdges(where, rateHz, design);
  const exact = sectionsOf(
    design,
    edges.map((hz) => Math.tan((Math.PI * hz) / rateHz)),
  );
  const rounded = exact.map((section) => section.map(f32) as unknown as SectionCoefficients);
  const { filter } = design;
  const probes = filter === 'band' ? [...edges, Math.sqrt(edges[0]! * edges[1]!)] : edges;
  const isClose = (got: readonly SectionCoefficients[], want: readonly SectionCoefficients[]): boolean =>
    [...probes, filter === 'high' ? rateHz / 2 : 0].every((hz) => {
      const gain = gainAt(want, hz / rateHz);
      return Math.abs(gainAt(got, hz / rateHz) - gain) <= TOLERANCE * Math.max(gain, 0.1);
    });
  // Sections one by one too: their errors may cancel where one looks, and not elsewhere.
  const faithful =
    rounded.every((section, k) => isStable(section) && isClose([section], [exact[k]!])) && isClose(rounded, exact);
  return faithful ? rounded : refuseUnfaithful(where, design);
}

/** Gain at a frequency in cycles per sample. */
export function gainAt(sections: readonly SectionCoefficients[], frequency: number): number {
  const w = 2 * Math.PI * frequency;
  const size = (c0: number, c1: number, c2: number): number =>
    Math.hypot(c0 + c1 * Math.cos(w) + c2 * Math.cos(2 * w), c1 * Math.sin(w) + c2 * Math.sin(2 * w));
  return sections.reduce((gain, [b0, b1, b2, d1, d2]) => (gain * size(b0, b1, b2)) / size(1, -d1, -d2), 1);
}

/** States of every section, per unit of a constant input that has lasted for ever. */
export function steadyStates(sections: readonly SectionCoefficients[]): [number, number][] {
  let level = 1;
  return sections.map(([b0, b1, b2, d1, d2]) => {
    const out = (level * (b0 + b1 + b2)) / (1 - d1 - d2);
    const states: [number, number] = [out - b0 * level, b2 * level + d2 * out];
    level = out;
    return states;
  });
}

/** Sections one after another: 5 floats each, or 7 with the states of a steady start. */
export interface SectionTable {
  readonly floats: number;
  readonly sections: Float32Array;
}

export function sectionTable(design: readonly SectionCoefficients[], steady: boolean): SectionTable {
  const states = steadyStates(design);
  return {
    floats: steady ? 7 : 5,
    sections: Float32Array.from(design.flatMap((section, k) => [...section, ...(steady ? states[k]! : [])])),
  };
}

/** Counts of {@link filterWindow}. */
export function filterWork(values: number, sections: number): Work {
  return { flop: 9 * values * sections, int: 6 * values * sections };
}

/**
 * Filters a window of interleaved axes, from zero state or, with 7 floats per section, as if the first value had lasted
 * for ever; `x` may be `out`. Performs the same float32 operations as butterworth.h.
 */
export function filterWindow(x: Float32Array, out: Float32Array, axes: number, table: SectionTable): void {
  const { sections, floats } = table;
  for (let a = 0; a < axes; a++) {
    const first = x[a]!;
    for (let s = 0; s < sections.length; s += floats) {
      const z0 = floats === 7 ? f32(first * sections[s + 5]!) : 0;
      const z1 = floats === 7 ? f32(first * sections[s + 6]!) : 0;
      filterAxis(s === 0 ? x : out, out, a, axes, sections.subarray(s, s + 5), z0, z1);
    }
  }
}

function filterAxis(
  x: Float32Array,
  out: Float32Array,
  axis: number,
  axes: number,
  section: Float32Array,
  start0: number,
  start1: number,
): void {
  const [b0, b1, b2, d1, d2] = section as unknown as SectionCoefficients;
  let z0 = start0;
  let z1 = start1;
  for (let i = axis; i < x.length; i += axes) {
    const input = x[i]!;
    const output = f32(f32(b0 * input) + z0);
    z0 = f32(f32(f32(b1 * input) + f32(d1 * output)) + z1);
    z1 = f32(f32(b2 * input) + f32(d2 * output));
    out[i] = output;
  }
}

/** States of sections of 7 floats, two per section, as if `first` had lasted for ever. */
export function startSteady(first: number, sections: Float32Array, z: Float32Array): void {
  for (let s = 0, i = 0; s < sections.length; s += 7, i += 2) {
    z[i] = first * sections[s + 5]!;
    z[i + 1] = first * sections[s + 6]!;
  }
}

/** One sample through all sections; `z` keeps two states per section. */
export function filterSample(input: number, sections: Float32Array, floats: number, z: Float32Array): number {
  let value = input;
  for (let s = 0, i = 0; s < sections.length; s += floats, i += 2) {
    const output = f32(f32(sections[s]! * value) + z[i]!);
    z[i] = f32(f32(sections[s + 1]! * value) + f32(sections[s + 3]! * output)) + z[i + 1]!;
    z[i + 1] = f32(sections[s + 2]! * value) + f32(sections[s + 4]! * output);
    value = output;
  }
  return value;
}

function isStable([, , , d1, d2]: SectionCoefficients): boolean {
  return Math.abs(d2) < 1 && Math.abs(d1) < 1 - d2;
}

function sectionsOf({ filter, order }: ButterworthDesign, warped: readonly number[]): SectionCoefficients[] {
  const sections: SectionCoefficients[] = [];
  // Poles on the upper half and the real one; conjugates are implied. The last of them are the most resonant.
  for (let k = Math.floor((order - 1) / 2); k >= 0; k--) {
    const angle = (Math.PI * (2 * k + 1 + order)) / (2 * order);
    const pole = { re: Math.cos(angle), im: 2 * k + 1 === order ? 0 : Math.sin(angle) };
    if (filter === 'band') sections.push(...bandSections(pole, warped[0]!, warped[1]!));
    else sections.push(edgeSection(pole, warped[0]!, filter === 'low' ? 1 : -1));
  }
  return sections;
}

/** A pole pair, or the real pole, of a low-pass (sign 1) or a high-pass (sign -1). */
function edgeSection(pole: Complex, edge: number, sign: 1 | -1): SectionCoefficients {
  // |pole| = 1: the high-pass pole edge / pole is edge times the conjugate, which is in the pair anyway.
  const z = bilinear({ re: edge * pole.re, im: edge * pole.im });
  if (pole.im === 0) return normalised([1, sign, 0], z.re, 0, { re: sign, im: 0 });
  return normalised([1, 2 * sign, 1], 2 * z.re, -(z.re * z.re + z.im * z.im), { re: sign, im: 0 });
}

/** The sections a pole of the low-pass turns into: s^2 - p B s + W^2 has two roots. */
function bandSections(pole: Complex, low: number, high: number): SectionCoefficients[] {
  const half = { re: (pole.re * (high - low)) / 2, im: (pole.im * (high - low)) / 2 };
  const root = squareRoot({ re: half.re * half.re - half.im * half.im - low * high, im: 2 * half.re * half.im });
  const roots = [1, -1].map((sign) => bilinear({ re: half.re + sign * root.re, im: half.im + sign * root.im }));
  const [p, q] = roots as [Complex, Complex];
  const middle = bilinear({ re: 0, im: Math.sqrt(low * high) });
  // The real pole gives a conjugate pair or two real poles: one section. Others give one section with each conjugate.
  const pairs =
    pole.im === 0
      ? [[p, q]]
      : [
          [p, conjugate(p)],
          [q, conjugate(q)],
        ];
  return pairs.map(([a, b]) => normalised([1, 0, -1], a!.re + b!.re, -(a!.re * b!.re - a!.im * b!.im), middle));
}

/** A section whose gain is 1 at `z`. */
function normalised(b: readonly [number, number, number], d1: number, d2: number, z: Complex): SectionCoefficients {
  const frequency = Math.atan2(z.im, z.re) / (2 * Math.PI);
  const gain = gainAt([[...b, d1, d2]], frequency);
  return [b[0] / gain, b[1] / gain, b[2] / gain, d1, d2];
}

/** z = (1 + s) / (1 - s). */
function bilinear({ re, im }: Complex): Complex {
  const size = (1 - re) ** 2 + im * im;
  return { re: (1 - re * re - im * im) / size, im: (2 * im) / size };
}

function conjugate({ re, im }: Complex): Complex {
  return { re, im: -im };
}

function squareRoot({ re, im }: Complex): Complex {
  const size = Math.hypot(re, im);
  const part = Math.sqrt((size + re) / 2);
  const other = Math.sqrt((size - re) / 2);
  return { re: part, im: im < 0 ? -other : other };
}

function checkedEdges(where: string, rateHz: number, { filter, cutoffHz, lowHz, highHz }: ButterworthDesign): number[] {
  const named: [string, number][] =
    filter === 'band'
      ? [
          ['lowHz', lowHz],
          ['highHz', highHz],
        ]
      : [['cutoffHz', cutoffHz]];
  for (const [name, hz] of named) {
    if (!(hz > 0 && hz < rateHz / 2))
      refuseEdge(`${where}.${name}`, hz, `between 0 and ${rateHz / 2} Hz, half the rate`);
  }
  if (filter === 'band' && lowHz >= highHz) refuseEdge(`${where}.lowHz`, lowHz, `below highHz, ${highHz} Hz`);
  return named.map(([, hz]) => hz);
}

function refuseEdge(where: string, hz: number, expected: string): never {
  return fail({
    code: 'BAD_OPTION',
    where,
    got: `${hz} Hz`,
    expected,
    fix: 'Move the edge, or record at a higher rate.',
  });
}

function refuseUnfaithful(where: string, { filter, cutoffHz, lowHz, highHz, order }: ButterworthDesign): never {
  const band = filter === 'band' ? `${lowHz} to ${highHz} Hz` : `${cutoffHz} Hz`;
  return fail({
    code: 'BAD_OPTION',
    where: `${where}.${filter === 'band' ? 'lowHz' : 'cutoffHz'}`,
    got: `${band} at order ${order}, which single precision cannot hold`,
    expected: 'edges further from 0 and half the rate, or from each other',
    fix: 'Move the edges, lower order, or bring the signal to a lower rate first.',
  });
}
