import { describe, expect, it } from 'vitest';
import { signalSpec } from '../../spec.js';
import { features } from '../features.js';
import { raw } from '../raw/raw.js';
import { conforms, twins } from '../testing/conformance.js';
import { bindSignal, codeOf, noise } from '../testing/index.js';
import { select } from './select.js';

const axes = ['x', 'y', 'z'];
const stage = bindSignal(select({ axes: ['z', 'x'] }), 10, axes, 50);

conforms({ name: 'select', schema: select.schema, stage });

describe('select in C++', () => twins([stage, bindSignal(select({ axes: ['y'] }), 7, axes, 50)]));

describe('select', () => {
  it('keeps the axes asked for, in that order', () => {
    const window = { rateHz: 50, axes, values: [1, 2, 3, 4, 5, 6] };
    expect([...features(select({ axes: ['z', 'x'] }), window)]).toEqual([3, 1, 6, 4]);
    expect(stage.output).toEqual(signalSpec(10, ['z', 'x'], 50));
  });

  it('gives a block the features of those axes alone', () => {
    const values = noise(30);
    const out = new Float32Array(20);
    stage.run(values, out);
    const some = features(raw({ scale: 2 }), { rateHz: 50, axes: ['z', 'x'], values: out });
    const want = Array.from({ length: 10 }, (_, t) => [2 * values[3 * t + 2]!, 2 * values[3 * t]!]);
    expect([...some]).toEqual(want.flat());
  });

  it('refuses axes that are not there', () => {
    expect(codeOf(() => bindSignal(select({ axes: ['w'] }), 4, axes, 50))).toBe('BAD_OPTION');
    expect(codeOf(() => bindSignal(select(), 4, axes, 50))).toBe('BAD_OPTION');
    expect(codeOf(() => select({ axes: [] }))).toBe('BAD_OPTION');
    expect(codeOf(() => select({ axes: ['x', 'x'] }))).toBe('BAD_OPTION');
    expect(codeOf(() => select({ axes: 'x' as never }))).toBe('BAD_OPTION');
  });
});
