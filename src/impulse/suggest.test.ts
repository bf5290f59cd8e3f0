import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { imageSignal, type Sample, type Signal } from '../data/index.js';
import { readDataset } from '../node/dataset.js';
import { random } from '../random.js';
import { nano33ble } from '../targets/index.js';
import type { TrainedImpulse } from './index.js';
import { type SuggestedImpulse, suggestImpulse } from './suggest.js';

const DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const hasData = existsSync(DATA);

function recordings(count: number, labels: readonly string[], signal: (label: string, i: number) => Signal): Sample[] {
  return Array.from({ length: count }, (_, i) => {
    const label = labels[i % labels.length]!;
    return { id: `${label}.${i}`, label, signal: signal(label, i) };
  });
}

function timeSeries(
  rateHz: number,
  axes: readonly string[],
  seconds: number,
  value: (t: number, axis: number, noisy: number) => number,
  seed: number,
): Signal {
  const { uniform } = random(seed + 1);
  const values = Float32Array.from({ length: Math.round(rateHz * seconds) * axes.length }, (_, i) => {
    return value(Math.floor(i / axes.length) / rateHz, i % axes.length, 2 * uniform() - 1);
  });
  return { rateHz, axes, values };
}

const sounds = recordings(16, ['low', 'high'], (label, i) => {
  const hz = label === 'low' ? 400 : 1700;
  return timeSeries(16_000, ['audio'], 1, (t, _a, n) => Math.round(4000 * Math.sin(6.28 * hz * t + i) + 300 * n), i);
});

const moves = recordings(12, ['slow', 'fast'], (label, i) => {
  const hz = label === 'slow' ? 1 : 4;
  return timeSeries(62.5, ['accX', 'accY', 'accZ'], 10, (t, a, n) => Math.sin(6.28 * hz * t + a + i) + 0.2 * n, i);
});

/** One epoch of its learner. */
function briefly(proposal: SuggestedImpulse, samples: readonly Sample[]): Promise<TrainedImpulse> {
  return proposal.with({ learn: { learn: { epochs: 1 } } }).fit(samples);
}

const typesOf = ({ design }: SuggestedImpulse) => [
  design.input.type,
  design.dsp.dsp!.type,
  design.learn.learn!.learner.type,
];

describe('suggestImpulse', () => {
  it('takes mel features for audio, at its rate and length', async () => {
    const proposal = suggestImpulse({ train: sounds });
    expect(typesOf(proposal)).toEqual(['audio', expect.stringMatching(/^mf(e|cc)$/), 'classifier']);
    expect(proposal.design.input.params).toMatchObject({ rateHz: 16_000, windowMs: 1000, strideMs: 0 });
    expect(proposal.reasons).toHaveLength(4);
    expect(proposal.reasons.join(' ')).toContain('nearest neighbours');
    expect((await briefly(proposal, sounds)).labels).toEqual(['high', 'low']);
  });

  it('brings fast audio to 16 kHz', () => {
    const fast = sounds.map((sample) => ({ ...sample, signal: { ...sample.signal, rateHz: 48_000 } }));
    const proposal = suggestImpulse({ train: fast });
    expect(proposal.design.input.params).toMatchObject({ rateHz: 16_000 });
    expect(proposal.reasons[0]).toContain('brought to 16000 Hz');
  });

  it('takes tuned spectra for motion, in several windows a recording', async () => {
    const proposal = suggestImpulse({ train: moves });
    expect(typesOf(proposal)).toEqual(['motion', 'spectral', 'classifier']);
    expect(proposal.design.input.params).toMatchObject({ rateHz: 62.5, windowMs: 2000, strideMs: 496 });
    expect(proposal.design.dsp.dsp!.params.scale).not.toBe(1);
    await briefly(proposal, moves);
    expect(proposal.estimate(nano33ble).ramBytes).toBeGreaterThan(0);
  });

  it('uses the axes that all recordings have', () => {
    const more = moves.map((sample, i) => {
      const axes = i === 0 ? ['accX', 'accY', 'temperature'] : sample.signal.axes;
      return { ...sample, signal: { ...sample.signal, axes } };
    });
    expect(suggestImpulse({ train: more }).design.input.params.axes).toEqual(['accX', 'accY']);
  });

  it('takes statistics for slow signals and raw values for single readings', async () => {
    const slow = recordings(12, ['warm', 'cold'], (label, i) => {
      return timeSeries(1, ['temperature'], 60, (_t, _a, n) => (label === 'warm' ? 30 : 5) + n, i);
    });
    const proposal = suggestImpulse({ train: slow });
    expect(typesOf(proposal)).toEqual(['motion', 'flatten', 'classifier']);
    expect(proposal.design.input.params).toMatchObject({ rateHz: 1, windowMs: 20_000 });
    await briefly(proposal, slow);
    const single = slow.map((sample) => ({
      ...sample,
      signal: { rateHz: 0, axes: ['a', 'b'], values: sample.signal.values.slice(0, 2) },
    }));
    const reading = suggestImpulse({ train: single });
    expect(typesOf(reading)).toEqual(['motion', 'raw', 'classifier']);
    await briefly(reading, single);
  });

  it('takes colour only where it tells more', async () => {
    const pictures = (colour: number) =>
      recordings(16, ['disc', 'square'], (label, i) => {
        const [width, height] = [20 + (i % 3), 18];
        const values = Array.from({ length: width * height }, (_, p) => {
          const [x, y] = [(p % width) - 9 - (i % 2), Math.floor(p / width) - 9];
          if (colour > 0) return (label === 'disc' ? 0x640000 : 0x003300) + (p % 5);
          return (label === 'disc' ? Math.hypot(x, y) < 6 : Math.max(Math.abs(x), Math.abs(y)) < 4) ? 0xffffff : i;
        });
        return imageSignal({ width, height, format: 'packed', values });
      });
    const shapes = suggestImpulse({ train: pictures(0) });
    expect(typesOf(shapes)).toEqual(['image', 'pixels', 'classifier']);
    expect(shapes.design.input.params).toMatchObject({ width: 18, height: 18, channels: 3, resizeMode: 'fit-short' });
    expect(shapes.design.dsp.dsp!.params.channels).toBe('Grayscale');
    await briefly(shapes, pictures(0));
    const grey = pictures(0).map((sample) => ({
      ...sample,
      signal: imageSignal({
        width: 18,
        height: 18,
        format: 'grey',
        values: new Uint8Array(324).fill(sample.label === 'disc' ? 9 : 200),
      }),
    }));
    expect(suggestImpulse({ train: grey }).design.input.params).toMatchObject({ channels: 1 });
  });

  it('looks for anomalies where there is one label', async () => {
    const normal = moves.map((sample) => ({ ...sample, label: 'normal' }));
    const proposal = suggestImpulse({ train: normal });
    expect(typesOf(proposal)).toEqual(['motion', 'spectral', 'k-means']);
    await proposal.fit(normal);
  });

  it('cuts windows no longer than what is labelled', () => {
    const segments = Array.from({ length: 20 }, (_, i) => ({
      startIndex: i * 31,
      endIndex: i === 19 ? 624 : i * 31 + 30,
      label: i % 2 ? 'a' : 'b',
    }));
    const labelled = moves.map(({ id, signal }): Sample => ({ id, label: undefined, segments, signal }));
    const proposal = suggestImpulse({ train: labelled });
    expect(proposal.design.input.params.windowMs).toBe(496);
    expect(proposal.reasons.join(' ')).toContain('labelled stretch');
  });

  it('gives the same twice, and refuses what it cannot use', () => {
    const [first, second] = [suggestImpulse({ train: moves }), suggestImpulse({ train: moves })];
    expect(first.reasons).toEqual(second.reasons);
    expect(first.design.dsp.dsp!.params).toEqual(second.design.dsp.dsp!.params);
    const code = (train: readonly Sample[]) => {
      try {
        suggestImpulse({ train });
      } catch (error) {
        return (error as { code: string }).code;
      }
      return undefined;
    };
    expect(code([])).toBe('NO_DATA');
    expect(code(moves.map((sample) => ({ ...sample, label: undefined })))).toBe('NO_DATA');
    const apart = moves.map((sample, i) => ({
      ...sample,
      signal: { ...sample.signal, axes: [`a${i}`, `b${i}`, `c${i}`] },
    }));
    expect(code(apart)).toBe('BAD_DATA');
    const picture = imageSignal({ width: 2, height: 2, format: 'grey', values: [1, 2, 3, 4] });
    expect(code([{ id: 'x', label: 'x', signal: picture }])).toBe('ONE_CLASS');
  });
});

describe.skipIf(!hasData)('suggestImpulse on real recordings', () => {
  it.each([
    ['imu-gestures', 'motion', /^spectral$/],
    ['har-smartwatch', 'motion', /^(spectral|flatten)$/],
    ['pump-station', 'motion', /^flatten$/],
    ['fsdd', 'audio', /^mfcc$/],
  ])('%s', async (name, input, dsp) => {
    const { train } = await readDataset(`${DATA}/${name}`);
    const few = train.filter((_, i) => i % Math.ceil(train.length / 40) === 0);
    const proposal = suggestImpulse({ train: few });
    expect(typesOf(proposal)).toEqual([input, expect.stringMatching(dsp), 'classifier']);
    const model = await briefly(proposal, few);
    expect(model.labels.length).toBeGreaterThan(3);
  });
});
