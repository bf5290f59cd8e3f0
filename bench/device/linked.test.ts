import { describe, expect, it } from 'vitest';
import { estimate, rpPico } from '../../src/targets/index.js';
import { LINKED_M0_PLUS } from './linked.js';
import { workloads } from './workloads.js';

describe('estimated flash on Cortex-M0+ against linked images', () => {
  it.each(workloads().map(({ name, program }) => [name, program] as const))('%s: within 5 %%', (name, program) => {
    const off = estimate(program, rpPico).flashBytes / LINKED_M0_PLUS[name]! - 1;
    expect(Math.abs(off)).toBeLessThan(0.05);
  });
});
