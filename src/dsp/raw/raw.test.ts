import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../spec.js';
import {
  bindSignal,
  codeOf,
  documentation,
  goldenCases,
  hasReference,
  inputOf,
  misfits,
  noise,
  parameterTable,
  roughWindows,
  runStage,
  stageOf,
} from '../testing/index.js';
import { raw } from './raw.js';

describe.skipIf(!hasReference)('raw, golden cases of version 1', () => {
  it.each(goldenCases('raw', 1).map((c) => [c.name, c] as const))('%s', (_name, c) => {
    expect(misfits(c, runStage(stageOf(c), inputOf(c)))).toEqual([]);
  });
});

describe('raw', () => {
  const stage = bindSignal(raw(), 10, ['x', 'y'], 50);

  it('scales images too', () => {
    const image = {
      kind: 'image',
      axes: [
        { name: 'height', size: 1 },
        { name: 'width', size: 2 },
      ],
    } as const;
    const bound = raw({ scale: 0.5 }).bind(image);
    expect([...runStage(bound, Float32Array.of(3, 5))]).toEqual([1.5, 2.5]);
  });

  it('refuses a factor that is not finite', () => {
    expect(codeOf(() => raw({ scale: Number.NaN }))).toBe('BAD_OPTION');
  });

  it('counts one operation per value', () => {
    expect(stage.work).toEqual({ flop: 20, call: 1 });
  });

  it('gives finite values for every finite window, and overwrites all of the output', () => {
    for (const window of roughWindows(sizeOf(stage.input))) {
      expect([...runStage(stage, window)].every(Number.isFinite)).toBe(true);
    }
  });

  it('leaves its input alone and gives the same twice', () => {
    const window = noise(sizeOf(stage.input)).map((v) => v * 1000);
    const before = window.slice();
    const first = runStage(stage, window);
    runStage(
      stage,
      window.map((v) => -v),
    );
    expect(runStage(stage, window)).toEqual(first);
    expect(window).toEqual(before);
  });

  it('documents every option', () => {
    expect(documentation('raw')).toContain(parameterTable(raw.schema));
  });
});
