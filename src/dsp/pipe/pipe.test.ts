import { describe, expect, expectTypeOf, it } from 'vitest';
import { type ProcessingBlock, processingBlock, type SavedBlock } from '../../block.js';
import { float } from '../../params.js';
import { signalSpec, sizeOf } from '../../spec.js';
import { flatten } from '../flatten/flatten.js';
import { mfe } from '../mfe/mfe.js';
import { raw } from '../raw/raw.js';
import scalerHeader from '../scaler/scaler.h.js';
import { scaler } from '../scaler/scaler.js';
import {
  compiledSliceBySlice,
  difference,
  type StreamCase,
  sliceBySlice,
  streamsItself,
  windowByWindow,
} from '../stream/testing/index.js';
import { conforms, twins } from '../testing/conformance.js';
import { bindSignal, codeOf, hostCompilers, noise, runStage } from '../testing/index.js';
import { pipe } from './pipe.js';

const audio = signalSpec(4000, ['audio'], 8000);
const motion = signalSpec(50, ['x', 'y'], 50);
const small = { filters: 20, frameStrideMs: 20 } as const;
const scaled = pipe(mfe(small), scaler({ per: 'all', mean: [0.25], deviation: [0.5] }));

/** A signal block that changes nothing but the level, not in place. */
const gain = processingBlock({
  type: 'gain',
  version: 1,
  accepts: ['signal'],
  params: { factor: float(2, 'Factor.', { tune: [1, 2] }) },
  output: (input) => input,
  prepare: (_input, p) => (x, out) => {
    for (let i = 0; i < x.length; i++) out[i] = x[i]! * Math.fround(p.factor);
  },
  work: (input) => ({ flop: sizeOf(input) }),
  cpp: {
    header: scalerHeader,
    type: 'impulsekit::dsp::Scaler',
    traits: (input, p) => ({
      ints: { kSize: sizeOf(input), kCount: 1 },
      tables: { kMean: Float32Array.of(0), kScale: Float32Array.of(p.factor) },
    }),
    scratchBytes: () => 0,
    codeBytes: { gain: 10 },
  },
});

/** The factories load() would find. */
const revive = (saved: SavedBlock): ProcessingBlock => {
  if (saved.type === 'pipe') return pipe.compose(saved.params, revive);
  const factory = [mfe, scaler, gain, flatten].find((one) => one.type === saved.type)!;
  return factory(saved.params as never) as ProcessingBlock;
};

conforms({ name: 'pipe', schema: pipe.schema, stage: scaled.bind(audio) });

describe('pipe', () => {
  twins([
    scaled.bind(audio),
    pipe(gain(), mfe(small)).bind(audio),
    pipe(gain(), gain(), flatten()).bind(signalSpec(50, ['x', 'y'], 50)),
    pipe(pipe(gain(), gain({ factor: 0.1 })), pipe(raw(), scaler({ per: 'all', mean: [1], deviation: [3] }))).bind(
      signalSpec(50, ['x', 'y'], 50),
    ),
  ]);

  it('runs each block on what the one before gives', () => {
    const x = noise(4000).map((v) => Math.round(9000 * v));
    const alone = runStage(mfe(small).bind(audio), x);
    expect(runStage(scaled.bind(audio), x)).toEqual(alone.map((v) => Math.fround(v - 0.25) * 2));
    expect(scaled.output(audio)).toEqual(mfe(small).output(audio));
  });

  it('is typed by its ends', () => {
    expectTypeOf(scaled).toEqualTypeOf<ProcessingBlock<'signal', 'spectrogram'>>();
    expectTypeOf(pipe(gain(), gain(), flatten(), scaler())).toEqualTypeOf<ProcessingBlock<'signal', 'features'>>();
    // @ts-expect-error a spectrogram is no signal
    expect(codeOf(() => pipe(mfe(), flatten()).bind(audio))).toBe('SHAPE_MISMATCH');
  });

  it('adds up work, code and constants', () => {
    const [whole, first, second] = [
      scaled.bind(audio),
      mfe(small).bind(audio),
      scaler({ per: 'all' }).bind(mfe(small).output(audio)),
    ];
    expect(whole.work.flop).toBe(first.work.flop! + second.work.flop!);
    expect(whole.cpp.constBytes).toBe(first.cpp.constBytes + second.cpp.constBytes);
    expect(whole.cpp.codeBytes).toMatchObject({ ...first.cpp.codeBytes, ...second.cpp.codeBytes });
  });

  it('needs no memory for blocks that work in place, and overlaps what is not needed at the same time', () => {
    expect(scaled.bind(audio).cpp.scratchBytes).toBe(mfe(small).bind(audio).cpp.scratchBytes);
    const spec = signalSpec(50, ['x', 'y'], 50);
    const bytes = (block: ProcessingBlock<'signal'>) => block.bind(spec).cpp.scratchBytes;
    const statistics = 16 * Math.ceil(bytes(flatten()) / 16);
    expect(bytes(pipe(gain(), flatten()))).toBe(400 + statistics);
    expect(bytes(pipe(gain(), gain(), flatten()))).toBe(800);
    expect(bytes(pipe(gain(), gain(), gain(), flatten()))).toBe(800);
  });

  describe('slice by slice', () => {
    const sound = noise(8000).map((v) => Math.round(9000 * v));
    const cases: StreamCase[] = [
      { stage: scaled.bind(audio), strideSamples: 800, signal: sound },
      { stage: scaled.bind(audio), strideSamples: 800, signal: sound, sample: 'int16_t' },
      {
        stage: pipe(gain(), flatten()).bind(motion),
        strideSamples: 15,
        signal: sound.slice(0, 300),
        sample: 'int16_t',
      },
    ];

    it('gives the features of every window, the first block going slice by slice as it does alone', () => {
      for (const one of cases) expect(difference(sliceBySlice(one), windowByWindow(one), 1e-6)).toBeUndefined();
      expect(cases.map(streamsItself)).toEqual([true, true, false]);
    });

    it.skipIf(hostCompilers.length === 0)('gives the same bits in C++', () => {
      const flags = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover'];
      compiledSliceBySlice(hostCompilers.at(-1)!, flags, cases).forEach((features, i) => {
        expect(difference(features, sliceBySlice(cases[i]!)), `case ${i}`).toBeUndefined();
      });
    });
  });

  it('shows what happens inside and in between', () => {
    const views = scaled.bind(audio).views(noise(4000));
    const inner = mfe(small).bind(audio).views(noise(4000));
    expect(views.map(({ name }) => name)).toEqual([...inner.map(({ name }) => name), 'features']);
  });

  it('fits in order, each block on what the fitted ones before give', () => {
    const spec = signalSpec(50, ['x', 'y'], 50);
    const windows = [1, 2, 3].map((i) => noise(100).map((v) => v * i + i));
    const fitted = pipe(flatten({ skewness: false, kurtosis: false }), scaler()).fit!(spec, windows);
    const rows = windows.map((x) => runStage(fitted.bind(spec), x));
    const sums = rows.reduce((sum, row) => sum.map((v, i) => v + row[i]!), new Float32Array(rows[0]!.length));
    expect(Math.max(...sums.map(Math.abs))).toBeLessThan(1e-4);
    expect(pipe(gain(), flatten()).fit).toBeUndefined();
  });

  it('comes back from what was saved, with blocks of one’s own and pipes inside', () => {
    const spec = signalSpec(50, ['x', 'y'], 50);
    const block = pipe(
      pipe(gain({ factor: 3 }), flatten({ skewness: false })),
      scaler({ per: 'all', mean: [1], deviation: [4] }),
    );
    const { params } = JSON.parse(JSON.stringify(block)) as SavedBlock;
    const again = pipe.compose(params, revive) as ProcessingBlock<'signal'>;
    expect(JSON.stringify(again)).toBe(JSON.stringify(block));
    expect(runStage(again.bind(spec), noise(100))).toEqual(runStage(block.bind(spec), noise(100)));
    expect(codeOf(() => pipe.compose({ blocks: 3 }, revive))).toBe('BAD_FILE');
    expect(codeOf(() => pipe.compose({ blocks: [{ type: 'mfe' }] }, revive))).toBe('BAD_FILE');
  });

  it('changes parameters of its blocks by name, and lets the tuner find them', () => {
    const block = pipe(gain(), gain({ factor: 5 }), flatten());
    const changed = block.with({ 'gain2.factor': 7, 'flatten.rms': false });
    expect(changed.params['gain.factor']).toBe(2);
    expect(changed.params['gain2.factor']).toBe(7);
    expect(changed.params['flatten.rms']).toBe(false);
    expect(block.params['gain2.factor']).toBe(5);
    expect(block.with(changed.params).params).toEqual(changed.params);
    expect(block.schema['gain2.factor']!.tune).toEqual([1, 2]);
    expect(codeOf(() => block.with({ factor: 1 }))).toBe('UNKNOWN_OPTION');
    expect(codeOf(() => block.with({ 'gain3.factor': 1 }))).toBe('UNKNOWN_OPTION');
    expect(codeOf(() => block.with({ 'gain.size': 1 }))).toBe('UNKNOWN_OPTION');
    expect(codeOf(() => block.with({ blocks: [{ type: 'mfe', version: 4, params: {} }] }))).toBe('BAD_OPTION');
  });

  it('refuses sizes that do not meet where the block does', () => {
    expect(codeOf(() => bindSignal(pipe(gain(), mfe()), 10, ['audio'], 16_000))).toBe('SHAPE_MISMATCH');
  });
});
