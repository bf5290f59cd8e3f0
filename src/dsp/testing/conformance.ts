/** What every processing block promises; each block's test calls this once. */
import { describe, expect, it } from 'vitest';
import type { Stage } from '../../block.js';
import type { Schema } from '../../params.js';
import { sizeOf } from '../../spec.js';
import {
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
} from './index.js';

export function conforms(block: {
  /** Folder, and name of the documentation. */
  name: string;
  /** Name in the golden files. */
  golden: string;
  version: number;
  schema: Schema;
  /** The block bound to a window of usual size. */
  stage: Stage;
}): void {
  const { name, golden, version, schema, stage } = block;

  describe.skipIf(!hasReference)(`${name}, golden cases of version ${version}`, () => {
    it.each(goldenCases(golden, version).map((c) => [c.name, c] as const))('%s', (_name, c) => {
      const bound = stageOf(c);
      expect(misfits(c, runStage(bound, inputOf(c)))).toEqual([]);
    });
  });

  describe(`${name}, as every block`, () => {
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
      expect(documentation(name)).toContain(parameterTable(schema));
    });
  });
}
