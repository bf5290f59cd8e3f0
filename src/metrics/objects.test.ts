import { describe, expect, it } from 'vitest';
import type { Box, FoundBox } from '../box.js';
import { f1Of, matchBoxes, objectScore } from './objects.js';

const box = (label: string, x: number, y: number): Box => ({ label, x, y, width: 10, height: 10 });
const found = (label: string, x: number, y: number, score: number, width = 8): FoundBox => {
  return { label, x, y, width, height: width, score };
};

describe('matchBoxes', () => {
  it('pairs a box with an object of its class whose middle it holds', () => {
    const matches = (...boxes: FoundBox[]) => matchBoxes(boxes, [box('cup', 3, 3)]);
    expect(matches(found('cup', 8, 8, 0.9))).toEqual({ truePositives: 1, falsePositives: 0, falseNegatives: 0 });
    expect(matches(found('cup', 0, 0, 0.9))).toEqual({ truePositives: 0, falsePositives: 1, falseNegatives: 1 });
    expect(matches(found('spoon', 8, 8, 0.9))).toEqual({ truePositives: 0, falsePositives: 1, falseNegatives: 1 });
    expect(matches()).toEqual({ truePositives: 0, falsePositives: 0, falseNegatives: 1 });
  });

  it('pairs each object once, for the box with the highest score its nearest', () => {
    const twice = [found('cup', 4, 4, 0.6), found('cup', 3, 3, 0.9)];
    expect(matchBoxes(twice, [box('cup', 2, 2)])).toEqual({ truePositives: 1, falsePositives: 1, falseNegatives: 0 });
    const both = [box('cup', 0, 0), box('cup', 12, 0)];
    const large = found('cup', 0, 0, 0.9, 24);
    expect(matchBoxes([large], both)).toEqual({ truePositives: 1, falsePositives: 0, falseNegatives: 1 });
    expect(matchBoxes([large, found('cup', 0, 0, 0.6)], both).truePositives).toBe(2);
  });

  it('counts an image without anything as right', () => {
    expect(f1Of(matchBoxes([], []))).toBe(1);
    expect(f1Of({ truePositives: 2, falsePositives: 1, falseNegatives: 3 })).toBe(0.5);
  });
});

describe('objectScore', () => {
  const truth = [[box('cup', 0, 0), box('spoon', 40, 40)], [], [box('cup', 20, 20), box('fork', 60, 60)]];
  const all = [[found('cup', 0, 0, 0.9), found('cup', 40, 40, 0.8)], [], [found('cup', 20, 20, 0.7)]];
  const score = objectScore(['cup', 'spoon'], all, truth);

  it('sums over images and classes, and leaves out classes it does not know', () => {
    expect(score.objects).toMatchObject({ truePositives: 2, falsePositives: 1, falseNegatives: 1 });
    expect(score.objects!.precision).toBeCloseTo(2 / 3);
    expect(score.objects!.recall).toBeCloseTo(2 / 3);
    expect(score.objects!.f1).toBeCloseTo(2 / 3);
    expect(score.objects!.perClass.cup).toMatchObject({ precision: 2 / 3, recall: 1, f1: 0.8 });
    expect(score.objects!.perClass.spoon).toMatchObject({ precision: 0, recall: 0, f1: 0, falseNegatives: 1 });
    expect(score.windows).toBe(3);
  });

  it('says of each image what was found, and how many are wrong', () => {
    expect(score.verdicts).toEqual([
      { predicted: 'cup, cup', wrong: true, error: 2 },
      { predicted: 'background', wrong: false, error: 0 },
      { predicted: 'cup', wrong: false, error: 0 },
    ]);
  });
});
