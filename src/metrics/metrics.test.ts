// Figures against hand fixtures and against scikit-learn 1.2.1 on the same made-up data (committed as numbers).
import { describe, expect, it } from 'vitest';
import {
  areaUnderRoc,
  averagePrecision,
  classScore,
  confusionOf,
  curvesOf,
  detectionScore,
  expectedCalibrationError,
  rankingOf,
  reliabilityOf,
  valueScore,
} from './index.js';

const rows = (...scores: number[][]) => scores.map((s) => Float32Array.from(s));
const column = (...scores: number[]) => scores.map((s) => Float32Array.of(s));

/** The generator both sides drew from: 200 windows of three classes, 150 anomaly scores with ties, 80 values. */
function madeUp() {
  let state = 42;
  const u = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  const truth: string[] = [];
  const scores = Array.from({ length: 200 }, () => {
    const t = u() < 0.5 ? 0 : u() < 0.7 ? 1 : 2;
    truth.push('abc'[t]!);
    const v = [0, 1, 2].map((k) => u() + (k === t ? 0.5 : 0));
    const total = v[0]! + v[1]! + v[2]!;
    return Float32Array.from(v, (x) => x / total);
  });
  const states: string[] = [];
  const strange = Array.from({ length: 150 }, () => {
    const anomaly = u() < 0.3;
    states.push(anomaly ? 'broken' : 'fine');
    return Float32Array.of(Math.round((u() + (anomaly ? 0.35 : 0)) * 40) / 40 - 0.5);
  });
  const wanted: string[] = [];
  const values = Array.from({ length: 80 }, () => {
    const w = Math.floor(u() * 5);
    wanted.push(String(w));
    return Float32Array.of(w * 0.9 + 0.4 + (u() - 0.5));
  });
  return { truth, scores, states, strange, wanted, values };
}
const data = madeUp();

describe('classScore', () => {
  it('counts by hand', () => {
    const scores = rows([0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]);
    const score = classScore(['a', 'b'], scores, ['a', 'a', 'b', 'b']);
    expect(score.accuracy).toBe(0.75);
    expect(score.confusion).toEqual({ a: { a: 2, b: 0 }, b: { a: 1, b: 1 } });
    expect(score.perClass!.a).toMatchObject({ precision: 2 / 3, recall: 1, f1: 0.8, windows: 2 });
    expect(score.perClass!.b).toMatchObject({ precision: 1, recall: 0.5, f1: 2 / 3, windows: 2 });
    expect(score.windows).toBe(4);
    expect(score.classification!.logLoss).toBeCloseTo(-Math.log(0.9 * 0.8 * 0.4 * 0.7) / 4, 6);
    expect(score.verdicts!.map(({ predicted, wrong }) => [predicted, wrong])).toEqual([
      ['a', false],
      ['a', false],
      ['a', true],
      ['b', false],
    ]);
  });

  it('keeps labels it was not trained on out of the accuracy', () => {
    const score = classScore(['a', 'b'], rows([1, 0], [0, 1], [1, 0]), ['a', 'b', '__proto__']);
    expect(score.accuracy).toBe(1);
    expect(Object.keys(score.confusion!)).toEqual(['a', 'b', '__proto__']);
    expect(score.perClass!.a!.precision).toBe(0.5);
    expect(score.windows).toBe(3);
    expect(score.verdicts!.some(({ wrong }) => wrong)).toBe(false);
    expect(score.classification!.logLoss).toBe(0);
  });

  it('has no division by zero', () => {
    expect(classScore(['a', 'b'], [], [])).toMatchObject({ accuracy: 0, windows: 0 });
    const one = classScore(['a', 'b'], rows([0, 0]), ['b']);
    expect(one.accuracy).toBe(0);
    expect(one.classification!.logLoss).toBeCloseTo(23 * Math.log(2), 6);
    expect(one.perClass!.a!.auc).toBeUndefined();
    expect(one.classification!.macro.auc).toBeUndefined();
  });

  it('agrees with scikit-learn', () => {
    const { accuracy, confusion, perClass, classification } = classScore(['a', 'b', 'c'], data.scores, data.truth);
    expect(accuracy).toBe(0.815);
    expect(confusion).toEqual({ a: { a: 82, b: 15, c: 7 }, b: { a: 4, b: 56, c: 4 }, c: { a: 3, b: 4, c: 25 } });
    const figures = Object.values(perClass!);
    const close = (key: 'precision' | 'recall' | 'f1' | 'auc' | 'averagePrecision', expected: number[]) => {
      for (const [i, one] of figures.entries()) expect(one[key]).toBeCloseTo(expected[i]!, 8);
    };
    close('precision', [0.92134831, 0.74666667, 0.69444444]);
    close('recall', [0.78846154, 0.875, 0.78125]);
    close('f1', [0.84974093, 0.8057554, 0.73529412]);
    close('auc', [0.9471153846153847, 0.9409466911764706, 0.9484747023809523]);
    close('averagePrecision', [0.9547713251303671, 0.9101959296514086, 0.8351968177274103]);
    const { macro, weighted, logLoss, certain } = classification!;
    expect(macro.precision).toBeCloseTo(0.7874864752392842, 12);
    expect(macro.recall).toBeCloseTo(0.8149038461538461, 12);
    expect(macro.f1).toBeCloseTo(0.7969301486576663, 12);
    expect(macro.auc).toBeCloseTo(0.9455122593909359, 12);
    expect(macro.averagePrecision).toBeCloseTo(0.9000546908363954, 12);
    expect(weighted.precision).toBeCloseTo(0.8291455680399501, 12);
    expect(weighted.f1).toBeCloseTo(0.8173540704163277, 12);
    expect(weighted.auc).toBeCloseTo(0.9453588935574231, 12);
    expect(weighted.averagePrecision).toBeCloseTo(0.9213752773926273, 12);
    expect(logLoss).toBeCloseTo(0.6825596476537186, 7);
    expect(certain).toMatchObject({ confidence: 0.6, uncertain: 143, accuracy: 1, accuracyOfAll: 0.285 });
    const bold = classScore(['a', 'b', 'c'], data.scores, data.truth, { confidence: 0.45 }).classification!.certain;
    expect(bold).toMatchObject({ uncertain: 57, accuracyOfAll: 0.675 });
    expect(bold.accuracy).toBeCloseTo(0.9440559440559441, 12);
    expect(Object.values(bold.uncertainByClass).reduce((a, b) => a + b)).toBe(57);
  });

  it('keeps curves for drawing, or none', () => {
    const { curves } = classScore(['a', 'b', 'c'], data.scores, data.truth).classification!;
    expect(Object.keys(curves!)).toEqual(['a', 'b', 'c']);
    expect(curves!.a!.roc[0]).toEqual([0, 0]);
    expect(curves!.a!.roc.at(-1)).toEqual([1, 1]);
    const none = classScore(['a', 'b', 'c'], data.scores, data.truth, { curves: false });
    expect(none.classification!.curves).toBeUndefined();
  });
});

describe('confusionOf', () => {
  it('averages over the classes that occur', () => {
    const { macro, weighted } = confusionOf(['a', 'b', 'absent'], ['a', 'a', 'a', 'b'], ['a', 'a', 'b', 'b']);
    expect(macro.f1).toBeCloseTo((0.8 + 2 / 3) / 2, 12);
    expect(weighted.recall).toBeCloseTo((3 * (2 / 3) + 1) / 4, 12);
  });
});

describe('calibration error', () => {
  const verdict = (confidence: number, wrong: boolean) => ({ predicted: 'a', confidence, wrong });

  it('is the mean gap between confidence and accuracy, weighted by windows', () => {
    // Two bins: (0, 0.5] holds 0.5 right: gap 0.5; (0.5, 1] holds 0.9 right, 0.7 wrong: confidence 0.8, accuracy 0.5.
    const bins = reliabilityOf([verdict(0.5, false), verdict(0.9, false), verdict(0.7, true)], 2);
    expect(bins.map(({ windows }) => windows)).toEqual([1, 2]);
    expect(bins[1]!.confidence).toBeCloseTo(0.8, 12);
    expect(bins[1]!.accuracy).toBe(0.5);
    expect(expectedCalibrationError(bins)).toBeCloseTo((0.5 + 2 * 0.3) / 3, 12);
  });

  it('puts the ends into the first and last bin', () => {
    expect(reliabilityOf([verdict(0, true), verdict(1, false)], 4).map(({ windows }) => windows)).toEqual([1, 0, 0, 1]);
    expect(expectedCalibrationError(reliabilityOf([verdict(0, true), verdict(1, false)], 4))).toBe(0);
  });

  it('agrees with numpy on timid and on bold scores', () => {
    const errorOf = (scores: Float32Array[], bins: number) =>
      classScore(['a', 'b', 'c'], scores, data.truth, { bins }).classification!.calibrationError;
    expect(errorOf(data.scores, 15)).toBeCloseTo(0.27535598531365396, 10);
    const bold = data.scores.map((row) => {
      const powers = [...row].map((x) => x ** 6);
      const total = powers.reduce((a, b) => a + b);
      return Float32Array.from(powers, (x) => x / total);
    });
    expect(errorOf(bold, 15)).toBeCloseTo(0.04686410561203957, 7);
    expect(errorOf(bold, 10)).toBeCloseTo(0.04530334249138832, 7);
    expect(classScore(['a', 'b', 'c'], bold, data.truth).classification!.logLoss).toBeCloseTo(0.42323645652624947, 7);
  });
});

describe('areaUnderRoc', () => {
  it('is the chance that an anomaly scores higher', () => {
    expect(areaUnderRoc([1, 2, 3, 4], [false, false, true, true])).toBe(1);
    expect(areaUnderRoc([4, 3, 2, 1], [false, false, true, true])).toBe(0);
    expect(areaUnderRoc([1, 3, 2, 4], [false, false, true, true])).toBe(0.75);
    expect(areaUnderRoc([5, 5, 5], [false, true, true])).toBe(0.5);
    expect(areaUnderRoc([1, 2], [true, true])).toBeUndefined();
    expect(averagePrecision([1, 2], [true, true])).toBeUndefined();
  });
});

describe('curvesOf', () => {
  it('steps through the thresholds', () => {
    const { roc, precisionRecall } = curvesOf(rankingOf([4, 3, 2, 1], [true, false, true, false])!);
    expect(roc).toEqual([
      [0, 0],
      [0, 0.5],
      [0.5, 0.5],
      [0.5, 1],
      [1, 1],
    ]);
    expect(precisionRecall).toEqual([
      [0.5, 1],
      [0.5, 0.5],
      [1, 2 / 3],
      [1, 0.5],
    ]);
  });

  it('keeps few points of many', () => {
    const scores = Array.from({ length: 5000 }, (_, i) => (i * 16807) % 4999);
    const positive = scores.map((score, i) => (score + i) % 3 === 0);
    const { roc } = curvesOf(rankingOf(scores, positive)!);
    expect(roc.length).toBe(200);
    expect([roc[0], roc.at(-1)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });
});

describe('detectionScore', () => {
  it('agrees with scikit-learn, ties included', () => {
    const { auc, detection, windows } = detectionScore(['fine'], data.strange, data.states);
    expect(windows).toBe(150);
    expect(auc).toBeCloseTo(0.8010291595197255, 12);
    expect(detection!.averagePrecision).toBeCloseTo(0.672718776440916, 12);
    expect(detection!.rule).toBe('f1');
    expect(detection!.f1).toBeCloseTo(0.6029411764705883, 12);
    expect(detection!.precision).toBeCloseTo(0.44565217391304346, 12);
    expect(detection!.recall).toBeCloseTo(0.9318181818181818, 12);
    expect(detection!.threshold).toBeLessThanOrEqual(Math.fround(-0.075));
    expect(detection!.threshold).toBeGreaterThan(-0.1);
    const { truePositives, falsePositives, trueNegatives, falseNegatives } = detection!;
    expect([truePositives + falseNegatives, truePositives + falsePositives + trueNegatives + falseNegatives]).toEqual([
      44, 150,
    ]);
    const youden = detectionScore(['fine'], data.strange, data.states, { threshold: 'youden' }).detection!;
    expect(youden.recall - youden.falsePositives / 106).toBeCloseTo(0.45068610634648365, 12);
  });

  it('takes a quantile of the normal windows', () => {
    const by = (quantile: number) =>
      detectionScore(['fine'], data.strange, data.states, { threshold: { quantile } }).detection!.threshold;
    expect(by(0.99)).toBeCloseTo(0.4749999940395355, 7);
    expect(by(0.9)).toBeCloseTo(0.4000000059604645, 7);
    const calm = detectionScore(['a'], column(1, 2, 3, 4), ['a', 'a', 'a', 'a']);
    expect(calm.detection).toMatchObject({ rule: 'quantile', falsePositives: 1, trueNegatives: 3 });
    expect(calm.detection!.threshold).toBeCloseTo(3.97, 6);
    expect(calm.auc).toBeUndefined();
  });

  it('puts the threshold between the two sides', () => {
    const { detection, verdicts } = detectionScore(['n'], column(0, 1, 3, 5), ['n', 'n', 'x', 'y']);
    expect(detection).toMatchObject({ threshold: 2, f1: 1, truePositives: 2, trueNegatives: 2 });
    expect(verdicts!.map(({ predicted, confidence }) => [predicted, confidence])).toEqual([
      ['normal', 2],
      ['normal', 1],
      ['anomaly', 1],
      ['anomaly', 3],
    ]);
  });

  it('takes a threshold as the device does, in float32, and refuses rules that need both sides', () => {
    const given = detectionScore(['n'], column(0.7, 0.6), ['x', 'n'], { threshold: 0.7 });
    expect(given.detection).toMatchObject({ threshold: 0.7, rule: 'given', truePositives: 1 });
    expect(() => detectionScore(['n'], column(1), ['n'], { threshold: 'f1' })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    );
    expect(detectionScore(['n'], [], [])).toEqual({ windows: 0 });
  });
});

describe('valueScore', () => {
  it('agrees with scikit-learn', () => {
    const { regression } = valueScore(data.values, data.wanted);
    expect(regression!.mse).toBeCloseTo(0.1329176922832444, 12);
    expect(regression!.rmse).toBeCloseTo(0.36457878748391875, 12);
    expect(regression!.mae).toBeCloseTo(0.3052649927325547, 12);
    expect(regression!.r2).toBeCloseTo(0.936630420842315, 12);
    expect(regression!.explainedVariance).toBeCloseTo(0.9554922523929175, 12);
    expect(regression!.tolerance).toBeCloseTo(0.4, 12);
    expect(regression!.withinTolerance).toBe(0.65);
    expect(valueScore(data.values, data.wanted, { tolerance: 0.25 }).regression!.withinTolerance).toBe(0.4625);
  });

  it('has an answer where all true values are the same', () => {
    expect(valueScore(column(2, 2), ['2', '2']).regression).toMatchObject({ r2: 1, explainedVariance: 1, mae: 0 });
    expect(valueScore(column(2, 3), ['2', '2']).regression).toMatchObject({ r2: 0, explainedVariance: 0, mae: 0.5 });
    expect(valueScore([], [])).toEqual({ windows: 0 });
  });

  it('refuses labels that are no numbers', () => {
    for (const label of ['two', '', ' ', 'Infinity']) {
      expect(() => valueScore(column(1), [label])).toThrow(expect.objectContaining({ code: 'BAD_LABEL' }));
    }
  });
});
