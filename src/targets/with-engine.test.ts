import { describe, expect, it } from 'vitest';
import type { CppStage } from '../cpp.js';
import { native } from '../engine.js';
import { sizeOf } from '../spec.js';
import { tinyProgram } from './testing/tiny-program.js';
import { withEngine } from './with-engine.js';

const stage = (scratchBytes: number): CppStage => ({
  headers: [],
  scratchBytes,
  constBytes: 0,
  codeBytes: {},
  emit: () => ({ declaration: '', definition: '' }),
});
const engine = (scratchBytes: number) => ({ name: 'test', emit: () => stage(scratchBytes) });

describe('withEngine', () => {
  const program = tinyProgram({ anomaly: true });

  it('leaves a program as it is where the engine has nothing', () => {
    expect(withEngine(program, native()).learn).toEqual(program.learn);
    const kept = program.learn.map(({ block }) => block.cpp);
    expect(withEngine(program, native()).learn.map(({ block }) => block.cpp)).toEqual(kept);
  });

  it('gives memory back that networks no longer need', () => {
    const { arenaBytes, learn } = withEngine(program, engine(0));
    expect(arenaBytes).toBeLessThanOrEqual(program.arenaBytes);
    expect(learn.map(({ block }) => block.cpp.scratchBytes)).toEqual(learn.map(() => 0));
  });

  it('puts what is larger behind everything else', () => {
    const { arenaBytes, dsp, learn } = withEngine(program, engine(100_000));
    const features = dsp.map(({ stage: { output }, outputOffset }) => outputOffset + 4 * sizeOf(output));
    for (const { scratchOffset } of learn) {
      expect(scratchOffset).toBeGreaterThanOrEqual(Math.max(...features));
      expect(scratchOffset % 16).toBe(0);
      expect(arenaBytes).toBeGreaterThanOrEqual(scratchOffset + 100_000);
    }
    expect(arenaBytes).toBeLessThan(program.arenaBytes + 100_100);
  });
});
