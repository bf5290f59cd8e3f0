import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { CORES, has, run, SANITIZERS, sanitizes, WARNINGS } from '../../testing/compilers.js';
import type { Graph } from '../graph.js';
import { elements } from '../op.js';
import { optimize } from '../optimize/optimize.js';
import { plan } from '../plan/plan.js';
import { calibrate, quantize, sketchQuantize } from '../quantize/quantize.js';
import { expectTwins, writeNetworks } from '../testing/cpp-harness.js';
import { Builder, randomGraph, randomRows } from '../testing/random-graph.js';
import { constBytes, networkStage, work } from './network.js';

const ROWS = 4;
const floats = Array.from({ length: 40 }, (_, seed) => optimize(randomGraph(seed + 1000)));
const graphs: readonly Graph[] = floats.flatMap((graph) => [
  graph,
  quantize(graph, calibrate(graph, randomRows(graph, ROWS))),
]);

const arm = has('arm-none-eabi-g++');
const folders: string[] = [];
const folder = (extra: string): string => {
  const dir = writeNetworks(graphs, extra);
  folders.push(dir);
  return dir;
};
afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true });
});

describe('emitted networks equal the interpreter', () => {
  const variants = ['g++', 'clang++'].flatMap((compiler) => [
    { compiler, flags: ['-O2'] },
    { compiler, flags: ['-O1', ...SANITIZERS] },
    { compiler, flags: ['-O1', ...SANITIZERS, '-DIMPULSEKIT_PORTABLE'] },
  ]);
  for (const { compiler, flags } of variants) {
    const runs = flags.includes(SANITIZERS[0]!) ? sanitizes(compiler) : has(compiler);
    it.skipIf(!runs)(`${compiler} ${flags.join(' ')}`, () => {
      expectTwins(graphs, { compiler, flags, rows: ROWS, optimize: flags.length > 1 ? 'speed' : 'size' });
    });
  }
});

describe.skipIf(!arm)('emitted networks on Cortex-M', () => {
  const symbols = (dir: string, args: readonly string[]): string[][] => {
    const text = execFileSync('arm-none-eabi-nm', args, { cwd: dir, encoding: 'utf8', maxBuffer: 1 << 26 });
    return text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
  };

  for (const [core, flags] of Object.entries(CORES)) {
    it(`compiles for ${core} without heap and double`, () => {
      const dir = folder('');
      run(
        'arm-none-eabi-g++',
        ['-I.', ...WARNINGS, ...flags, '-Os', '-fno-exceptions', '-fno-rtti', '-c', 'networks.cpp'],
        dir,
      );
      const needed = symbols(dir, ['-u', 'networks.o']).map((line) => line.at(-1)!);
      // Whole-number and 64-bit helpers and, without an FPU, float32 ones; memcpy, memmove and memset are the only library functions.
      const allowed =
        /^(mem(cpy|move|set)|__aeabi_(memcpy4?|memmove4?|l(mul|asr|lsl|lsr)|u?idiv(mod)?|f\w+|u?i2f|f2iz|f2uiz|cf\w+)|__clzsi2|__gnu_thumb1_case_\w+)$/;
      expect(needed.filter((name) => !allowed.test(name))).toEqual([]);
    });
  }

  it('counts exactly the constants it emits', () => {
    for (const graph of graphs.slice(0, 12)) {
      const dir = writeNetworks([graph]);
      folders.push(dir);
      run(
        'arm-none-eabi-g++',
        ['-I.', ...WARNINGS, ...CORES['Cortex-M4F']!, '-O0', '-fkeep-static-consts', '-c', 'networks.cpp'],
        dir,
      );
      const sizes = symbols(dir, ['-S', '-C', 'networks.o'])
        .filter((line) => /^Net0(Table|Call)\d+$/.test(line.at(-1)!))
        .map((line) => Number.parseInt(line[1]!, 16));
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(constBytes(graph));
      expect(networkStage(graph).constBytes).toBe(constBytes(graph));
    }
  });

  it('states no less machine code than the compiler makes, and a fifth more at most on the whole', () => {
    let [stated, made] = [0, 0];
    for (const graph of graphs.slice(0, 24)) {
      const dir = writeNetworks([graph]);
      folders.push(dir);
      const flags = [...CORES['Cortex-M4F']!, '-Os', '-fno-exceptions', '-fno-rtti'];
      run('arm-none-eabi-g++', ['-I.', ...WARNINGS, ...flags, '-c', 'networks.cpp'], dir);
      const sections = execFileSync('arm-none-eabi-size', ['-A', 'networks.o'], { cwd: dir, encoding: 'utf8' });
      const bytes = [...sections.matchAll(/^\.(?:text|rodata)\S*\s+(\d+)/gm)].reduce((sum, m) => sum + Number(m[1]), 0);
      const code = Object.values(networkStage(graph).codeBytes).reduce((sum, n) => sum + n, 0);
      // Kernels called once get their descriptor compiled in and come out smaller.
      expect(code).toBeGreaterThanOrEqual(bytes - constBytes(graph));
      stated += code;
      made += bytes - constBytes(graph);
    }
    expect(stated / made).toBeLessThan(1.2);
  });
});

describe('networkStage', () => {
  it('gives the same text for the same graph', () => {
    for (const graph of graphs.slice(0, 6))
      expect(networkStage(graph).emit('A')).toEqual(networkStage(graph).emit('A'));
  });

  it('states the plan and the kernels', () => {
    for (const graph of graphs) {
      const stage = networkStage(graph);
      expect(stage.scratchBytes).toBe(plan(graph).arenaBytes);
      expect(stage.emit('A').declaration).toContain(`kScratchBytes = ${stage.scratchBytes};`);
      expect(Object.values(stage.codeBytes).every((bytes) => bytes > 0)).toBe(true);
    }
  });

  it('copies a network that does nothing', () => {
    const b = new Builder([2, 3]);
    const graph = b.graph(b.op('reshape', [0], {}, [6]));
    expect(networkStage(graph).emit('A').definition).toContain('memcpy(out, in, 24)');
  });

  it('sketches the sizes of the calibrated network', () => {
    for (const graph of floats) {
      const [sketch, real] = [sketchQuantize(graph), quantize(graph, calibrate(graph, randomRows(graph, 2)))];
      expect(constBytes(sketch)).toBe(constBytes(real));
      expect(plan(sketch)).toEqual(plan(real));
      expect(work(sketch)).toEqual(work(real));
      const [before, after] = [networkStage(sketch).codeBytes, networkStage(real).codeBytes];
      // Which kernel a layer needs can depend on its weights.
      if (!Object.keys(after).some((piece) => piece.includes('<Plain>'))) expect(before).toEqual(after);
    }
  });

  it('counts multiply-accumulates and rescalings', () => {
    const b = new Builder([1, 10, 4]);
    const weights = b.constant([8, 1, 3, 4], new Float32Array(96).fill(0.5));
    const graph = b.graph(b.op('conv2d', [0, weights, b.constant([8], new Float32Array(8))], { padding: 'same' }));
    expect(work(graph)).toEqual({ convF32: 10 * 8 * 12, gather: 10 * 12, call: 1 });
    expect(work(sketchQuantize(graph))).toMatchObject({ convInt8: 10 * 8 * 12, requantize: 80, call: 3 });
    expect(elements(graph.tensors[graph.output]!.shape)).toBe(80);
  });
});
