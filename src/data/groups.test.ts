import { expect, it } from 'vitest';
import { groupsOf } from './groups.js';
import type { Sample } from './sample.js';

const sample = (id: string, metadata?: Record<string, string>): Sample => ({
  id,
  label: 'a',
  signal: { rateHz: 1, axes: ['x'], values: Float32Array.of(0) },
  ...(metadata && { metadata }),
});
const samples = [sample('a.1', { speaker: 'ann', room: '' }), sample('a.2', { speaker: '' }), sample('b.3')];

it('finds groups by a metadata key or a function; blank ones are none', () => {
  expect(groupsOf(samples, 'speaker', 'fit')).toEqual(['ann', undefined, undefined]);
  expect(groupsOf(samples, ({ id }) => (id.startsWith('a') ? 'A' : undefined), 'fit')).toEqual(['A', 'A', undefined]);
  expect(groupsOf([], 'speaker', 'fit')).toEqual([]);
});

it('refuses a key that no sample has, and names those there are', () => {
  for (const key of ['subject', 'room', 'toString', '__proto__']) {
    expect(() => groupsOf(samples, key, 'fit')).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        where: 'fit.group',
        expected: expect.stringContaining('"speaker"'),
      }),
    );
  }
  expect(() => groupsOf(samples, () => undefined, 'fit')).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
});
