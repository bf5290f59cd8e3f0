import { describe, expect, it } from 'vitest';
import { OPS } from './index.js';

describe('operators', () => {
  it.each(Object.entries(OPS))('%s says what it is and where it comes from', (_kind, definition) => {
    expect(definition.doc).toMatch(/^.{10,140}\.$/);
    for (const name of definition.tflite ?? []) expect(name).toMatch(/^[A-Z0-9_]+$/);
    expect(definition.inputs.indexOf('activations')).toBeLessThanOrEqual(0);
  });

  it('no operator of TensorFlow Lite has two counterparts', () => {
    const names = Object.values(OPS).flatMap(({ tflite = [] }) => tflite);
    expect(new Set(names).size).toBe(names.length);
  });
});
