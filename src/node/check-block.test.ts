import { describe, expect, it } from 'vitest';
import { rms } from '../../examples/custom-block/rms.js';
import { processingBlock } from '../block.js';
import { featuresSpec, int, signalSpec, sizeOf } from '../index.js';
import { has } from '../testing/compilers.js';
import { checkBlock } from './index.js';

const input = signalSpec(60, ['x', 'y'], 50);

/** A block that keeps all promises, and what a test breaks of it. */
function block(broken: { run?: (x: Float32Array, out: Float32Array) => void; text?: string; scratch?: number } = {}) {
  const { run, scratch = 0 } = broken;
  const body = 'out[0] = static_cast<float>(in[0]) + static_cast<float>(in[P::kLast]);';
  const text = broken.text ?? body;
  return processingBlock({
    type: 'ends',
    version: 1,
    accepts: ['signal'],
    params: { unused: int(1, 'Nothing.') },
    output: () => featuresSpec(1),
    prepare: () =>
      run ??
      ((x, out) => {
        out[0] = Math.fround(x[0]! + x.at(-1)!);
      }),
    work: (spec) => ({ flop: sizeOf(spec) }),
    cpp: {
      header: {
        path: 'user/ends.h',
        includes: [],
        text: `#pragma once\n#include <stdint.h>\nnamespace user {\ntemplate <class P> struct Ends {\n  static constexpr int32_t kScratchBytes = ${scratch};\n  template <class In> static void run(In in, float* out, void* scratch) { static_cast<void>(scratch); ${text} }\n};\n}\n`,
      },
      type: 'user::Ends',
      traits: (spec) => ({ ints: { kLast: sizeOf(spec) - 1 } }),
      scratchBytes: () => scratch,
      codeBytes: {},
    },
  });
}

const failures = async (factory: ReturnType<typeof block>): Promise<string[]> =>
  (await checkBlock(factory(), { input })).checks.filter(({ ok }) => !ok).map(({ name }) => name);

const compiled = describe.skipIf(!['g++', 'clang++', 'c++'].some(has));

compiled('checkBlock', () => {
  it('passes the example and a block that keeps its promises', async () => {
    expect(await failures(block())).toEqual([]);
    const report = await checkBlock(rms({ frames: 4 }), { input });
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.checks.length).toBeGreaterThan(8);
  });

  it.each([
    ['fills its output with finite values', { run: () => undefined }],
    [
      'leaves its input alone',
      {
        run: (x: Float32Array, out: Float32Array) => {
          x[0] = 5;
          out[0] = 5;
        },
      },
    ],
    ['compiles without warnings', { text: 'int32_t big = in[0] * 2.5; out[0] = static_cast<float>(big);' }],
    ['compiles without warnings', { text: 'out[0] = 1.0 * in[0];' }],
    [
      'keeps to its working memory',
      { text: 'static_cast<float*>(scratch)[1] = static_cast<float>(in[0]) + 1.0f; out[0] = 0.0f;', scratch: 4 },
    ],
    ['gives the same in C++', { text: 'out[0] = static_cast<float>(in[0]);' }],
  ])('finds a block that breaks “%s”', async (name, broken) => {
    expect(await failures(block(broken))).toEqual([name]);
  });

  it('finds a block that depends on what came before', async () => {
    let calls = 0;
    const run = (_: Float32Array, out: Float32Array): void => {
      out[0] = calls++;
    };
    expect(await failures(block({ run }))).toContain('is a function of the window');
  });
});
