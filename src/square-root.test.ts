import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import header from './square-root.h.js';
import { has, run, WARNINGS } from './testing/compilers.js';

const MAIN = `#include <cmath>
#include <cstdio>
#include "square-root.h"
int main() {
  uint32_t bits = 1, wrong = 0;
  for (int i = 0; i < 4000000; ++i, bits += 2147u * 251u) {
    const uint32_t positive = bits & 0x7fffffffu;
    float x;
    memcpy(&x, &positive, sizeof x);
    if (!(x <= 3.4028235e38f)) continue;
    const float want = std::sqrt(x);
    if (impulsekit::squareRootByBits(x) != want || impulsekit::squareRoot(x) != want) ++wrong;
  }
  std::printf("%u %g %g", wrong, static_cast<double>(impulsekit::squareRootByBits(0.0f)), static_cast<double>(impulsekit::squareRootByBits(4.0f)));
  return 0;
}
`;

it.skipIf(!has('g++'))('is correctly rounded for normal and subnormal numbers', () => {
  const dir = mkdtempSync(join(tmpdir(), 'impulsekit-test-'));
  writeFileSync(join(dir, 'square-root.h'), header.text);
  writeFileSync(join(dir, 'main.cpp'), MAIN);
  run('g++', [...WARNINGS.filter((flag) => flag !== '-Wdouble-promotion'), '-O2', '-o', 'main', 'main.cpp'], dir);
  expect(execFileSync('./main', { cwd: dir, encoding: 'utf8' })).toBe('0 0 2');
  rmSync(dir, { recursive: true });
});
