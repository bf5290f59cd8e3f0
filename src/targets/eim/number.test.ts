import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { has, run, WARNINGS, writeHeaders } from '../../testing/compilers.js';
import json from './json.h.js';

const dir = mkdtempSync(join(tmpdir(), 'impulsekit-number-'));
afterAll(() => rmSync(dir, { recursive: true }));

// strtof is the independent reference: correctly rounded, by the C library.
const PROGRAM = `
#include <stdio.h>
#include "targets/eim/json.h"
using namespace impulsekit::eim;
static uint64_t state = 88172645463325252u;
static uint64_t draw() { state ^= state << 13; state ^= state >> 7; state ^= state << 17; return state; }
static int wrong = 0;
static void check(const char* text) {
  char padded[256];
  const int length = snprintf(padded, sizeof padded, "%s,", text);
  float got = 0.0f;
  const float want = strtof(text, nullptr);
  const char* const end = takeFloat(padded, padded + length, &got);
  if (end == padded + length - 1 && memcmp(&got, &want, sizeof got) == 0) return;
  if (++wrong < 10) printf("%s: %.9g, not %.9g\\n", text, static_cast<double>(got), static_cast<double>(want));
}
static float anyFloat() {
  for (;;) {
    const uint32_t bits = static_cast<uint32_t>(draw() >> 32);
    float value;
    memcpy(&value, &bits, sizeof value);
    if ((bits & 0x7f800000u) != 0x7f800000u) return value;
  }
}
int main() {
  char text[200];
  for (int i = 0; i < 300000; ++i) {
    const float value = anyFloat();
    // As C, JavaScript and careless programs print floats; and the middle to the next float, which is hardest.
    snprintf(text, sizeof text, "%.*g", 1 + i % 20, static_cast<double>(value));
    check(text);
    snprintf(text, sizeof text, "%.17g", static_cast<double>(static_cast<float>(i) / 3.0f));
    check(text);
    uint32_t bits = 0x30000000u + static_cast<uint32_t>(draw() % 0x20000000u);
    float low, high;
    memcpy(&low, &bits, 4);
    ++bits;
    memcpy(&high, &bits, 4);
    const double middle = (static_cast<double>(low) + static_cast<double>(high)) / 2.0;
    snprintf(text, sizeof text, "%.*g", 15 + i % 20, middle);
    check(text);
    snprintf(text, sizeof text, "%.*f", i % 30, static_cast<double>(static_cast<int64_t>(draw() % 2000001) - 1000000) / 64.0);
    check(text);
    snprintf(text, sizeof text, "%llue%d", static_cast<unsigned long long>(draw() >> (i % 60)), i % 90 - 60);
    check(text);
  }
  const char* const edges[] = {"0", "-0", "0.0", "1e-60", "1e60", "3.4028236e38", "1.17549435e-38", "1e-45", "16777217",
    "9007199254740993", "0.000000000000000000000000000000001234567890123456789", "1E+2", "100000000000000000000000000000"};
  for (const char* edge : edges) check(edge);
  const char* const broken[] = {"", "-", "01", "-01", ".5", "1.", "1.e3", "1e", "1e+", "+1", "x", "Infinity"};
  for (const char* text2 : broken) {
    float ignored;
    if (takeFloat(text2, text2 + strlen(text2), &ignored) != nullptr && ++wrong < 20) printf("took %s\\n", text2);
  }
  printf("%d wrong\\n", wrong);
}
`;

describe.skipIf(!has('g++'))('numbers of JSON', () => {
  it('are the floats that strtof gives, bit for bit, and nothing else is a number', () => {
    writeHeaders(dir, [json]);
    writeFileSync(join(dir, 'main.cpp'), PROGRAM);
    run('g++', [...WARNINGS, '-std=c++11', '-O2', '-I.', '-o', 'numbers', 'main.cpp'], dir);
    expect(run('./numbers', [], dir)).toBe('0 wrong\n');
  });
});
