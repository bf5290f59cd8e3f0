/** Compiles emitted networks into one program for the tests of this folder. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHeaders } from '../../testing/compilers.js';
import type { Graph } from '../graph.js';
import { networkStage } from '../network.js';
import { elements } from '../op.js';

/** Writes networks `Net0`, `Net1`, ... and their headers to a new folder, as `networks.cpp`. */
export function writeNetworks(graphs: readonly Graph[], extra = ''): string {
  const dir = mkdtempSync(join(tmpdir(), 'impulsekit-compile-'));
  const stages = graphs.map((graph) => networkStage(graph));
  writeHeaders(
    join(dir, 'impulsekit'),
    stages.flatMap((stage) => stage.headers),
  );
  const includes = [...new Set(stages.flatMap((stage) => stage.headers.map((h) => `#include "impulsekit/${h.path}"`)))];
  const sources = stages.map((stage, i) => {
    const { declaration, definition } = stage.emit(`Net${i}`);
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
