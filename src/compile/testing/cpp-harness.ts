/** Compiles emitted networks into one program for the tests of this folder. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Optimize } from '../../cpp.js';
import { run, WARNINGS, writeHeaders } from '../../testing/compilers.js';
import { networkStage } from '../emit/network.js';
import type { Graph } from '../graph.js';
import { interpret, interpreter } from '../interpret/interpreter.js';
import { elements } from '../op.js';
import { randomRows } from './random-graph.js';

/** Apart from the C++ kernels that it judges. */
const REFERENCE = { engine: 'typescript' } as const;

/** Writes networks `Net0`, `Net1`, ... and their headers to a new folder, as `networks.cpp`. */
export function writeNetworks(graphs: readonly Graph[], extra = '', optimize?: Optimize): string {
  const dir = mkdtempSync(join(tmpdir(), 'impulsekit-compile-'));
  const stages = graphs.map((graph) => networkStage(graph));
  writeHeaders(
    join(dir, 'impulsekit'),
    stages.flatMap((stage) => stage.headers),
  );
  const includes = [...new Set(stages.flatMap((stage) => stage.headers.map((h) => `#include "impulsekit/${h.path}"`)))];
  const sources = stages.map((stage, i) => {
    const { declaration, definition } = stage.emit(`Net${i}`, optimize);
    return `${declaration}\n${definition}`;
  });
  writeFileSync(join(dir, 'networks.cpp'), [...includes, ...sources, extra].join('\n'));
  return dir;
}

/** A `main` that runs every network on `rows` inputs from stdin: float32 in, float32 scores out, then the stored ones. */
export function mainFor(graphs: readonly Graph[], rows: number): string {
  const size = (graph: Graph, end: 'input' | 'output'): number => elements(graph.tensors[graph[end]]!.shape);
  const calls = graphs.map((graph, i) => {
    const [inputs, outputs] = [size(graph, 'input'), size(graph, 'output')];
    const stored = [
      `    static int8_t q[${outputs}]; static int8_t p[${inputs}];`,
      `    memcpy(p, x, sizeof p); Net${i}::invoke(p, q, arena); fwrite(q, 1, sizeof q, stdout);`,
    ];
    return [
      `  for (int row = 0; row < ${rows}; ++row) {`,
      `    static float x[${inputs}]; static float y[${outputs}];`,
      `    static uint8_t memory[Net${i}::kScratchBytes + 32]; uint8_t* arena = aligned(memory);`,
      '    memset(memory, 0xa5, sizeof memory);',
      '    if (fread(x, sizeof x, 1, stdin) != 1) return 1;',
      `    Net${i}::run(x, y, arena); fwrite(y, sizeof y, 1, stdout);`,
      ...(graph.tensors[graph.input]!.dtype === 'int8' ? stored : []),
      `    if (arena[Net${i}::kScratchBytes] != 0xa5) return 2;`,
      '  }',
    ].join('\n');
  });
  const align = 'static uint8_t* aligned(uint8_t* p) { return p + (16 - reinterpret_cast<uintptr_t>(p) % 16) % 16; }';
  return ['#include <stdio.h>', align, 'int main() {', ...calls, '  return 0;', '}'].join('\n');
}

/**
 * Compiles networks, runs them on random rows over poisoned arenas of exactly the planned size, and compares with the
 * interpreter: stored values bit for bit, float32 networks within 1e-5.
 */
export function expectTwins(
  graphs: readonly Graph[],
  {
    compiler,
    flags,
    rows,
    optimize,
  }: { compiler: string; flags: readonly string[]; rows: number; optimize?: Optimize },
): void {
  const inputs = graphs.map((graph) => randomRows(graph, rows, 5));
  const dir = writeNetworks(graphs, mainFor(graphs, rows), optimize);
  try {
    run(compiler, ['-I.', ...WARNINGS, ...flags, '-o', 'program', 'networks.cpp'], dir);
    const input = Buffer.concat(inputs.flat().map((row) => Buffer.from(row.buffer)));
    const output = execFileSync(join(dir, 'program'), { input, maxBuffer: 1 << 26 });
    let at = 0;
    const take = (bytes: number): ArrayBuffer => {
      at += bytes;
      return Uint8Array.from(output.subarray(at - bytes, at)).buffer;
    };
    graphs.forEach((graph, g) => {
      const scoresOf = interpreter(graph, REFERENCE);
      for (const row of inputs[g]!) expectRow(graph, row, scoresOf(row), take, `network ${g}`);
    });
    expect(at).toBe(output.length);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function expectRow(
  graph: Graph,
  row: Float32Array,
  scores: Float32Array,
  take: (bytes: number) => ArrayBuffer,
  what: string,
): void {
  const actual = new Float32Array(take(scores.byteLength));
  if (graph.tensors[graph.input]!.dtype === 'int8') {
    const expected = interpret(graph, new Int8Array(row.buffer, 0, row.length), REFERENCE);
    expect([...new Int8Array(take(expected.length))], what).toEqual([...expected]);
    expect([...actual], what).toEqual([...scores]);
    return;
  }
  const worst = scores.reduce((most, s, i) => Math.max(most, Math.abs(actual[i]! - s) / Math.max(1, Math.abs(s))), 0);
  expect(worst, what).toBeLessThanOrEqual(1e-5);
}
