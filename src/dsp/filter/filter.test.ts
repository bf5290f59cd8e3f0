import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signalSpec } from '../../spec.js';
import { WARNINGS, writeHeaders } from '../../testing/compilers.js';
import { raw } from '../raw/raw.js';
import { conforms, twins } from '../testing/conformance.js';
import { bindSignal, codeOf, execute, hostCompilers, inTemporaryFolder, noise, runStage } from '../testing/index.js';
import { filter } from './filter.js';
import { FilterStream } from './stream.js';

const RATE = 100;
type Options = NonNullable<Parameters<typeof filter>[0]>;

conforms({ name: 'filter', schema: filter.schema, stage: bindSignal(filter(), 200, ['x', 'y'], RATE) });

/** Gain by the textbook formula for the analogue filter at warped frequencies. */
function textbookGain(hz: number, { filter: kind = 'low', cutoffHz = 3, lowHz = 1, highHz = 5, order = 4 }: Options) {
  const warp = (f: number): number => Math.tan((Math.PI * f) / RATE);
  const w = warp(hz);
  const ratio =
    kind === 'low'
      ? w / warp(cutoffHz)
      : kind === 'high'
        ? warp(cutoffHz) / w
        : (w * w - warp(lowHz) * warp(highHz)) / (w * (warp(highHz) - warp(lowHz)));
  return 1 / Math.sqrt(1 + ratio ** (2 * order));
}

/** Gain as it is: the transform of what a single 1 becomes. */
function measuredGain(hz: number, options: Options): number {
  const pulse = new Float32Array(4000);
  pulse[0] = 1;
  const out = runStage(bindSignal(filter(options), pulse.length, ['x'], RATE), pulse);
  let [re, im] = [0, 0];
  out.forEach((v, t) => {
    re += v * Math.cos((2 * Math.PI * hz * t) / RATE);
    im += v * Math.sin((2 * Math.PI * hz * t) / RATE);
  });
  return Math.hypot(re, im);
}

describe('filter', () => {
  const cases: Options[] = [
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((order): Options => ({ filter: 'low', cutoffHz: 7, order })),
    ...[1, 2, 3, 8].map((order): Options => ({ filter: 'high', cutoffHz: 12, order })),
    ...[1, 2, 3, 4, 8].map((order): Options => ({ filter: 'band', lowHz: 8, highHz: 20, order })),
    { filter: 'band', lowHz: 0.5, highHz: 49, order: 1 },
    { filter: 'low', cutoffHz: 45, order: 4 },
  ];
  it.each(cases)('has the gain of a Butterworth filter: %j', (options) => {
    for (const hz of [0.3, 2, 6.5, 7, 8, 12, 20, 33, 48]) {
      expect(measuredGain(hz, options)).toBeCloseTo(textbookGain(hz, options), 4);
    }
  });

  twins([
    bindSignal(filter({ order: 5 }), 60, ['x', 'y', 'z'], RATE),
    bindSignal(filter({ filter: 'high', order: 2, start: 'steady' }), 60, ['x', 'y'], RATE),
    bindSignal(filter({ filter: 'band', order: 3, start: 'steady' }), 60, ['x'], RATE),
    bindSignal(filter({ filter: 'high', order: 8, cutoffHz: 30 }), 1, ['x'], RATE),
  ]);

  it('treats every axis alone', () => {
    const [x, y] = [noise(100, 3), noise(100, 99)];
    const both = Float32Array.from({ length: 200 }, (_, i) => (i % 2 ? y : x)[i >> 1]!);
    const out = runStage(bindSignal(filter(), 100, ['x', 'y'], RATE), both);
    expect(out.filter((_, i) => i % 2 === 0)).toEqual(runStage(bindSignal(filter(), 100, ['x'], RATE), x));
    expect(out.filter((_, i) => i % 2 === 1)).toEqual(runStage(bindSignal(filter(), 100, ['x'], RATE), y));
  });

  it('starts steady without a transient of the offset', () => {
    const level = new Float32Array(50).fill(981);
    const run = (options: Options) => runStage(bindSignal(filter(options), 50, ['x'], RATE), level);
    expect(Math.max(...run({ filter: 'high', start: 'steady' }).map(Math.abs))).toBe(0);
    expect(Math.max(...run({ filter: 'band', start: 'steady' }).map(Math.abs))).toBe(0);
    for (const v of run({ start: 'steady' })) expect(v / 981).toBeCloseTo(1, 4);
    expect(run({})[0]).toBeLessThan(1);
  });

  it('keeps what a signal is', () => {
    const spec = signalSpec(50, ['x', 'y'], RATE);
    expect(filter().output(spec)).toEqual(spec);
    expect(filter().bind(spec).cpp.inPlace).toBe(true);
  });

  it('refuses edges outside the band and filters that single precision cannot hold', () => {
    const bind = (options: Options, rateHz = RATE) => codeOf(() => bindSignal(filter(options), 50, ['x'], rateHz));
    expect(bind({ cutoffHz: 50 })).toBe('BAD_OPTION');
    expect(bind({ filter: 'band', highHz: 51 })).toBe('BAD_OPTION');
    expect(bind({ filter: 'band', lowHz: 5, highHz: 5 })).toBe('BAD_OPTION');
    expect(bind({ cutoffHz: 0.5 }, 44_100)).toBe('BAD_OPTION');
    expect(bind({ filter: 'band', lowHz: 20, highHz: 20.00001, order: 8 })).toBe('BAD_OPTION');
    expect(codeOf(() => filter({ cutoffHz: 0 }))).toBe('BAD_OPTION');
    expect(codeOf(() => filter({ order: 9 }))).toBe('BAD_OPTION');
    expect(() => bindSignal(filter({ cutoffHz: 60 }), 50, ['x'], RATE)).toThrow(/filter\.cutoffHz.*0 and 50 Hz/);
  });
});

describe('FilterStream', () => {
  const spec = signalSpec(120, ['x', 'y'], RATE);
  const block = filter({ filter: 'high', start: 'steady', order: 3 });
  const x = noise(240).map((v) => 981 + 5 * v);

  it('gives the output of the whole signal, however it is cut', () => {
    const stream = new FilterStream(block, spec);
    const parts = [0, 2, 30, 30, 122, 240].map((from, i, all) => [...stream.push(x.slice(all[i - 1] ?? 0, from))]);
    expect(Float32Array.from(parts.flat())).toEqual(runStage(block.bind(spec), x));
    stream.reset();
    expect(stream.push(x)).toEqual(runStage(block.bind(spec), x));
  });

  it('takes whole steps of a filter only', () => {
    expect(codeOf(() => new FilterStream(block, spec).push(new Float32Array(3)))).toBe('SHAPE_MISMATCH');
    expect(codeOf(() => new FilterStream(raw() as never, spec))).toBe('SHAPE_MISMATCH');
  });

  it.skipIf(hostCompilers.length === 0)('gives the same bits in C++', () => {
    const { cpp } = block.bind(spec);
    const { declaration, definition } = cpp.emit('High');
    const main = `
int main() {
  impulsekit::dsp::FilterStream<HighTraits> stream;
  float x[240];
  if (fread(x, sizeof(float), 240, stdin) != 240) return 1;
  stream.push(static_cast<const float*>(x), x, 7);
  stream.push(static_cast<const float*>(x + 14), x + 14, 113);
  fwrite(x, sizeof(float), 240, stdout);
  return 0;
}`;
    const bytes = inTemporaryFolder((folder) => {
      writeHeaders(folder, cpp.headers);
      const [source, program] = [join(folder, 'main.cpp'), join(folder, 'main')];
      const includes = ['#include <stdio.h>', ...cpp.headers.map(({ path }) => `#include "${path}"`)];
      writeFileSync(source, [...includes, declaration, definition, main, ''].join('\n'));
      execute(hostCompilers[0]!, [...WARNINGS, '-O2', '-I', folder, source, '-o', program]);
      return execute(program, [], Buffer.from(x.buffer));
    });
    expect(new Float32Array(new Uint8Array(bytes).buffer)).toEqual(new FilterStream(block, spec).push(x));
  });
});
