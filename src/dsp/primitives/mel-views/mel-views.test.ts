import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../../spec.js';
import { mfcc } from '../../mfcc/mfcc.js';
import { mfe } from '../../mfe/mfe.js';
import { bindSignal } from '../../testing/index.js';

const tone = Float32Array.from({ length: 8000 }, (_, t) =>
  Math.round(8000 * Math.sin((2 * Math.PI * 1000 * t) / 8000)),
);

describe('views of mel blocks', () => {
  const mfeViews = bindSignal(mfe({ filters: 24 }), 8000, ['audio'], 8000).views(tone);
  const mfccViews = bindSignal(mfcc({ preEmphasis: 0 }), 8000, ['audio'], 8000).views(tone);

  it('go from the window to the features', () => {
    const names = ['window', 'pre-emphasised window', 'power spectrum', 'mel energies', 'features'];
    for (const views of [mfeViews, mfccViews]) {
      expect(views.map((view) => view.name)).toEqual(names);
      for (const { spec, values } of views) {
        expect(values.length).toBe(sizeOf(spec));
        expect([...values].every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('have the tone where their axes say', () => {
    const loudestHz = (view: (typeof mfeViews)[number]): number => {
      const axis = view.spec.axes[1]!;
      const row = [...view.values.slice(0, axis.size)];
      const at = row.indexOf(Math.max(...row));
      return axis.positions?.[at] ?? at * axis.step!;
    };
    for (const views of [mfeViews, mfccViews]) {
      expect(Math.abs(loudestHz(views[2]!) - 1000)).toBeLessThan(40);
      expect(Math.abs(loudestHz(views[3]!) - 1000)).toBeLessThan(100);
    }
    expect(Math.abs(loudestHz(mfeViews[4]!) - 1000)).toBeLessThan(100);
    expect(mfeViews[3]!.spec.axes[0]).toMatchObject({ step: 0.01, unit: 's' });
  });

  it('show the window after the high-pass, which is none at 0', () => {
    expect(mfccViews[1]!.values).toEqual(tone);
    const emphasised = mfeViews[1]!.values;
    for (const t of [1, 777, 7999]) expect(emphasised[t]).toBeCloseTo(tone[t]! - 0.98 * tone[t - 1]!, 2);
  });

  it('measure decibels of full scale in mfe and of the sample in mfcc', () => {
    const peak = (views: typeof mfeViews) => Math.max(...views[2]!.values);
    // A sine of amplitude a has the power N a^2 / 4 in its bin, spread by a frame shorter than the transform.
    expect(peak(mfccViews)).toBeCloseTo(10 * Math.log10((160 ** 2 * 8000 ** 2) / 4 / 256), 0);
    expect(peak(mfeViews)).toBeLessThan(20);
  });
});
