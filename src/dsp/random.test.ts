// Blocks of random parameters on random windows: TypeScript and C++ agree. Parameters are drawn from the schemas, so that
// new blocks take part by being exported.
import { describe, expect, it } from 'vitest';
import type { ProcessingBlock, ProcessingStage } from '../block.js';
import { ImpulseError } from '../errors.js';
import type { Param, Schema } from '../params.js';
import { type Random, random } from '../random.js';
import { imageSpec, type Kind, type Spec, signalSpec, sizeOf, spectrogramSpec } from '../spec.js';
import { SANITIZERS, sanitizes } from '../testing/compilers.js';
import * as blocks from './index.js';
import { hostCompilers, runCompiled, runStage } from './testing/index.js';

const CONFIGURATIONS = 1000;
/** Stages that are compiled into one program. */
const BATCH = 50;

interface Factory {
  (options?: Readonly<Record<string, unknown>>): ProcessingBlock<Kind>;
  readonly type: string;
  readonly schema: Schema;
}

/** Blocks that options alone make; a pipe is made of blocks. */
const factories = (Object.values(blocks) as unknown[]).filter(
  (member) => typeof member === 'function' && 'schema' in member && member !== blocks.pipe,
) as readonly Factory[];

function draw(param: Param<unknown>, source: Random): unknown {
  if (param.choices) return source.pick(param.choices);
  if (param.type === 'boolean') return source.uniform() < 0.5;
  if (param.tune && source.uniform() < 0.7) return source.pick(param.tune);
  if (typeof param.default !== 'number') return param.default;
  const { min = -10, max = 10 } = param;
  // Mostly around the default: the ends of wide ranges suit few windows.
  const low = Math.max(min, param.default / 3);
  const high = Math.min(max, Math.max(low, param.default * 3, 1));
  const value = low + (high - low) * source.uniform();
  return param.type === 'int' ? Math.round(value) : value;
}

/** Half of the parameters keep their defaults. */
function options(schema: Schema, source: Random): Record<string, unknown> {
  const names = Object.keys(schema).filter(() => source.uniform() < 0.5);
  return Object.fromEntries(names.map((name) => [name, draw(schema[name]!, source)]));
}

function input(source: Random): Spec {
  const kind = source.below(5);
  if (kind === 4) {
    const packed = source.uniform() < 0.5;
    const size = { width: 1 + source.below(20), height: 1 + source.below(20), frames: 1 + source.below(2) };
    return imageSpec({ ...size, packed, channels: packed ? 1 : 3 });
  }
  if (kind === 0) return signalSpec(400 + source.below(6000), ['audio'], source.pick([4000, 8000, 11_025, 16_000]));
  if (kind === 1) return signalSpec(1 + source.below(40), ['a', 'b'].slice(0, 1 + source.below(2)), 10);
  if (kind === 2) return spectrogramSpec(1 + source.below(30), 2 + source.below(20), 0.01);
  const axes = ['x', 'y', 'z', 'w'].slice(0, 1 + source.below(4));
  return signalSpec(60 + source.below(400), axes, source.pick([25, 50, 62.5, 100, 3200]));
}

interface Case {
  readonly name: string;
  readonly stage: ProcessingStage;
  readonly window: Float32Array;
}

/** A stage that binds; combinations that are refused are drawn anew, and must be refused properly. */
function configuration(factory: Factory, source: Random): Case {
  for (let attempt = 0; attempt < 2000; attempt++) {
    const spec = input(source);
    const axes = (spec.axes[1]?.labels ?? []).filter(() => source.uniform() < 0.7);
    // What only makes sense for one input is drawn from that input.
    const chosen = { ...options(factory.schema, source), ...('axes' in factory.schema && { axes }) };
    try {
      const block = factory(chosen);
      const noise = [1, 2, 3].map(() => Float32Array.from({ length: sizeOf(spec) }, () => source.uniform()));
      const stage = (block.fit?.(spec, noise) ?? block).bind(spec);
      if (sizeOf(stage.output) > 50_000) continue;
      const name = `${factory.type} ${JSON.stringify(chosen)} on ${spec.kind} ${spec.axes.map((a) => a.size).join('x')}`;
      const scale = source.pick([1, 100, 10_000]);
      const tone = source.uniform();
      const window = Float32Array.from({ length: sizeOf(spec) }, (_, i) =>
        spec.kind === 'image'
          ? source.below(spec.unit ? 0x1000000 : 256)
          : Math.round(scale * (Math.sin(i * tone) + source.uniform() - 0.5)),
      );
      return { name, stage, window };
    } catch (error) {
      if (!(error instanceof ImpulseError)) throw error;
    }
  }
  throw new Error(`no configuration of ${factory.type} binds`);
}

const sanitized = hostCompilers.find(sanitizes);

describe.skipIf(hostCompilers.length === 0)('random configurations', () => {
  const source = random(4);
  const cases = Array.from({ length: CONFIGURATIONS }, (_, i) =>
    configuration(factories[i % factories.length]!, source),
  );
  const batches = Array.from({ length: CONFIGURATIONS / BATCH }, (_, i) => cases.slice(i * BATCH, (i + 1) * BATCH));

  it.each(batches.map((batch, i) => [i, batch] as const))(
    'batch %i agrees in TypeScript and C++',
    (i, batch) => {
      const compiler = hostCompilers[i % hostCompilers.length]!;
      const outputs = runCompiled(
        compiler,
        ['-O0'],
        batch.map(({ stage }) => stage),
        batch.map(({ window }) => window),
      );
      outputs.forEach((got, j) => {
        const { name, stage, window } = batch[j]!;
        const expected = runStage(stage, window);
        const range = Math.max(...expected) - Math.min(...expected) || 1;
        const away = Math.max(...expected.map((value, k) => Math.abs(value - got[k]!)));
        expect(away / range, name).toBeLessThanOrEqual(1e-4);
      });
    },
    120_000,
  );

  it.skipIf(sanitized === undefined)(
    'is defined for values that are no numbers: nothing but the output suffers',
    () => {
      const few = cases.slice(0, 3 * factories.length);
      const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.4e38];
      runCompiled(
        sanitized!,
        ['-O1', ...SANITIZERS, '-fsanitize=float-cast-overflow'],
        few.map(({ stage }) => stage),
        few.map(({ window }) => window.map((v, i) => (i % 7 === 3 ? v : strange[i % strange.length]!))),
      );
    },
    120_000,
  );
});
