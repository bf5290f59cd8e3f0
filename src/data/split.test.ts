import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { random } from '../random.js';
import { md5 } from './md5.js';
import type { Sample } from './sample.js';
import { splitCategory, splitDataset } from './split.js';
import { text } from './testing/fixtures.js';

describe('md5', () => {
  it('gives the vectors of RFC 1321', () => {
    expect(md5(text(''))).toBe('d41d8cd98f00b204e9800998ecf8427e');
    expect(md5(text('abc'))).toBe('900150983cd24fb0d6963f7d28e17f72');
  });

  it('agrees with OpenSSL at every length around the block size', () => {
    const { below } = random(1);
    for (let length = 0; length < 300; length++) {
      const bytes = Uint8Array.from({ length }, () => below(256));
      expect(md5(bytes)).toBe(createHash('md5').update(bytes).digest('hex'));
    }
  });
});

describe('splitCategory', () => {
  it('puts abc into training', () => {
    expect(splitCategory(text('abc'))).toBe('training');
  });

  it('follows the rule: leading f dropped, then 0..b against c..e', () => {
    for (let i = 0; i < 2000; i++) {
      const bytes = text(`file ${i}`);
      const digit = createHash('md5').update(bytes).digest('hex').replace(/^f+/, '')[0]!;
      expect(splitCategory(bytes)).toBe('0123456789ab'.includes(digit) ? 'training' : 'testing');
    }
  });

  it('gives 80 % of many files to training', () => {
    const { below } = random(2);
    const files = Array.from({ length: 10_000 }, () => Uint8Array.from({ length: 16 }, () => below(256)));
    const share = files.filter((bytes) => splitCategory(bytes) === 'training').length / files.length;
    expect(Math.abs(share - 0.8)).toBeLessThan(0.015);
  });
});

describe('splitDataset', () => {
  const signal = { rateHz: 1, axes: ['x'], values: Float32Array.of(0) };
  const samples: Sample[] = Array.from({ length: 400 }, (_, i) => ({
    id: `a.${i}.wav`,
    label: 'a',
    signal,
    metadata: { speaker: `s${i % 40}` },
  }));
  const ids = (part: readonly Sample[]) => part.map(({ id }) => id);
  const speakers = (part: readonly Sample[]) => new Set(part.map(({ metadata }) => metadata!.speaker));

  it('depends on ids, not on their order', () => {
    const forward = splitDataset(samples);
    const backward = splitDataset([...samples].reverse());
    expect(ids(backward.test).reverse()).toEqual(ids(forward.test));
    expect(forward.train.length + forward.test.length).toBe(400);
    expect(forward.test.length).toBeGreaterThan(50);
    expect(forward.test.length).toBeLessThan(110);
  });

  it('keeps groups on one side', () => {
    const { train, test } = splitDataset(samples, { keepTogether: 'speaker' });
    expect(test.length).toBeGreaterThan(0);
    expect([...speakers(test)].filter((speaker) => speakers(train).has(speaker))).toEqual([]);
  });
});
