/** What every processing block promises; each block's test calls this once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Stage } from '../../block.js';
import type { Schema } from '../../params.js';
import { sizeOf } from '../../spec.js';
import { CORES, WARNINGS, writeHeaders } from '../../testing/compilers.js';
import {
  cppProgram,
  documentation,
  execute,
  goldenCases,
  hasArmCompiler,
  hasReference,
  hostCompilers,
  inputOf,
  inTemporaryFolder,
  misfits,
  noise,
  parameterTable,
  roughWindows,
  runCompiled,
  runStage,
  stageOf,
} from './index.js';

export function conforms(block: {
  /** Folder, and name of the documentation. */
  name: string;
  /** Name in the golden files; absent for blocks that have none. */
  golden?: string;
  version?: number;
  schema: Schema;
  /** The block bound to a window of usual size. */
  stage: Stage;
}): void {
  const { name, golden, version = 1, schema, stage } = block;

  if (golden !== undefined) {
    describe.skipIf(!hasReference)(`${name}, golden cases of version ${version}`, () => {
      it.each(goldenCases(golden, version).map((c) => [c.name, c] as const))('%s', (_name, c) => {
        const bound = stageOf(c);
        expect(misfits(c, runStage(bound, inputOf(c)))).toEqual([]);
      });
    });
  }

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

/**
 * The C++ twin on every window a block must survive, and on windows of one's own: the same bits, inside its buffers, no
 * double on small cores.
 */
export function twins(stages: readonly Stage[], own: readonly { stage: Stage; window: Float32Array }[] = []): void {
  const rough = stages.flatMap((stage) => roughWindows(sizeOf(stage.input)).map((window) => ({ stage, window })));
  const cases = [...rough, ...own];

  it.skipIf(hostCompilers.length === 0)('gives the same bits in C++', () => {
    const flags = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover'];
    const bound = cases.map(({ stage }) => stage);
    const outputs = runCompiled(
      hostCompilers[0]!,
      flags,
      bound,
      cases.map(({ window }) => window),
    );
    cases.forEach(({ stage, window }, i) => {
      expect(outputs[i], `stage ${stages.indexOf(stage)}, case ${i}`).toEqual(runStage(stage, window));
    });
  });

  it.skipIf(!hasArmCompiler)('compiles for small cores without double precision or heap', () => {
    const symbols = armSymbols(stages);
    expect(symbols).not.toMatch(/__aeabi_(d|[a-z]+2d)|malloc|free|operator new|operator delete|__cxa/);
  });
}

function armSymbols(stages: readonly Stage[]): string {
  return inTemporaryFolder((folder) => {
    const headers = stages.flatMap((stage) => stage.cpp.headers);
    writeHeaders(folder, headers);
    const [source, object] = [join(folder, 'stages.cpp'), join(folder, 'stages.o')];
    writeFileSync(source, cppProgram(stages, 'library'));
    const flags = [...WARNINGS, '-Os', '-fno-exceptions', '-fno-rtti', ...CORES['Cortex-M4F']!];
    execute('arm-none-eabi-g++', [...flags, '-I', folder, '-c', source, '-o', object]);
    return execute('arm-none-eabi-nm', ['-C', object]).toString();
  });
}
