import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainedBlock } from '../../block.js';
import { sizeOf } from '../../spec.js';
import { WARNINGS, writeHeaders } from '../../testing/compilers.js';

/** Compiles the emitted block with g++ and runs it over rows; gives the outputs one after the other. */
export function runBlock(block: TrainedBlock, rows: readonly ArrayLike<number>[]): Float32Array {
  const folder = mkdtempSync(join(tmpdir(), 'run-block-'));
  try {
    writeHeaders(folder, block.cpp.headers);
    writeFileSync(join(folder, 'main.cpp'), program(block));
    const flags = ['-std=c++11', '-O2', '-ffp-contract=off', ...WARNINGS, '-I', folder];
    const executable = join(folder, 'program');
    execFileSync('g++', [...flags, join(folder, 'main.cpp'), '-o', executable]);
    const input = new Float32Array(rows.flatMap((row) => Array.from(row)));
    const output = execFileSync(executable, { input: new Uint8Array(input.buffer), maxBuffer: 1 << 26 });
    return new Float32Array(new Uint8Array(output).buffer);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function program(block: TrainedBlock): string {
  const { declaration, definition } = block.cpp.emit('Block');
  const [inputs, outputs] = [sizeOf(block.input), sizeOf(block.output)];
  return `
#include <stdio.h>
${block.cpp.headers.map((file) => `#include "${file.path}"`).join('\n')}
${declaration}
${definition}
static float in[${inputs}], out[${outputs}];
alignas(16) static unsigned char scratch[${Math.max(block.cpp.scratchBytes, 16)}];
int main() {
  while (fread(in, 4, ${inputs}, stdin) == ${inputs}) {
    Block::run(in, out, scratch);
    fwrite(out, 4, ${outputs}, stdout);
  }
}
`;
}
