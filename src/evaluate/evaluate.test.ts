import { describe, expect, it } from 'vitest';
import { classScore, detectionScore, valueScore } from '../metrics/index.js';
import {
  compareEvaluations,
  type Evaluation,
  evaluationHtml,
  evaluationOf,
  showEvaluation,
  type WindowOrigin,
} from './index.js';
import { checkScoreOptions } from './options.js';

const rows = (...scores: number[][]) => scores.map((s) => Float32Array.from(s));
const classes = { score: classScore.bind(undefined, ['a', 'b']) };

const windows: WindowOrigin[] = [
  { sample: 'a.1', startMs: 0, truth: 'a', group: 'ann' },
  { sample: 'a.1', startMs: 500, truth: 'a', group: 'ann' },
  { sample: 'b.1', startMs: 0, truth: 'b', group: 'bob' },
  { sample: 'b.2', startMs: 0, truth: 'b', group: 'bob' },
  { sample: 'b.3', startMs: 0, truth: 'b' },
];
const scores = rows([0.9, 0.1], [0.7, 0.3], [0.55, 0.45], [0.8, 0.2], [0.1, 0.9]);
const evaluation = evaluationOf(windows, [{ name: 'word', block: classes, rows: scores }]);

describe('evaluationOf', () => {
  it('says which windows are wrong, the most confident first', () => {
    expect(evaluation).toMatchObject({ accuracy: 0.6, auc: Number.NaN, mae: Number.NaN, windows: 5 });
    const { mistakes, results } = evaluation.learners.word!;
    expect(results).toHaveLength(5);
    expect(results[1]).toMatchObject({ sample: 'a.1', startMs: 500, truth: 'a', predicted: 'a', wrong: false });
    expect(mistakes.map(({ sample, predicted, uncertain }) => [sample, predicted, uncertain])).toEqual([
      ['b.2', 'a', false],
      ['b.1', 'a', true],
    ]);
    expect(mistakes[0]!.confidence).toBeCloseTo(0.8, 6);
  });

  it('shows which group fails', () => {
    const { groups } = evaluation.learners.word!;
    expect(Object.keys(groups!)).toEqual(['ann', 'bob']);
    expect(groups!.ann).toMatchObject({ accuracy: 1, windows: 2 });
    expect(groups!.bob).toMatchObject({ accuracy: 0, windows: 2 });
    expect(groups!.bob!.classification!.curves).toBeUndefined();
  });

  it('judges groups by the threshold and tolerance of the whole', () => {
    const origins = ['n', 'n', 'x', 'x'].map((truth, i) => ({ sample: `${i}`, startMs: 0, truth, group: `g${i % 2}` }));
    const strange = { score: detectionScore.bind(undefined, ['n']) };
    const { learners, auc } = evaluationOf(origins, [{ name: 'odd', block: strange, rows: rows([0], [1], [3], [5]) }]);
    expect(auc).toBe(1);
    expect(Object.values(learners.odd!.groups!).map(({ detection }) => [detection!.threshold, detection!.f1])).toEqual([
      [2, 1],
      [2, 1],
    ]);
    const counts = origins.map((origin, i) => ({ ...origin, truth: String(10 * i) }));
    const value = evaluationOf(counts, [
      { name: 'load', block: { score: valueScore }, rows: rows([0], [12], [20], [34]) },
    ]);
    expect(value.mae).toBe(1.5);
    expect(value.learners.load!.regression!.tolerance).toBeCloseTo(3, 12);
    expect(value.learners.load!.groups!.g1!.regression).toMatchObject({ withinTolerance: 0.5 });
    expect(value.learners.load!.mistakes).toMatchObject([{ sample: '3', predicted: 34, error: 4 }]);
  });

  it('is plain data', () => {
    expect(structuredClone(evaluation)).toEqual(evaluation);
  });

  it('refuses options that make no sense', () => {
    const bad = [
      { confidence: 60 },
      { bins: 0 },
      { tolerance: -1 },
      { threshold: Number.NaN },
      { threshold: { quantile: 99 } },
      { threshold: 'best' as never },
      { threshold: null as never },
    ];
    for (const options of bad) {
      expect(() => checkScoreOptions(options)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
    }
    checkScoreOptions({ confidence: 0.6, bins: 10, tolerance: 0, threshold: { quantile: 0.9 } });
  });
});

const int8Scores = rows([0.9, 0.1], [0.4, 0.6], [0.45, 0.55], [0.8, 0.2], [0.1, 0.9]);
const int8 = evaluationOf(windows, [{ name: 'word', block: classes, rows: int8Scores }]);

describe('compareEvaluations', () => {
  it('finds the windows where two models differ', () => {
    const { word } = compareEvaluations(evaluation, int8).learners;
    expect(word).toMatchObject({ lost: 1, gained: 1 });
    expect(word!.agreement).toBeCloseTo(0.6, 12);
    expect(word!.figures.accuracy).toEqual([0.6, 0.6]);
    expect(word!.disagreements).toMatchObject([
      { sample: 'a.1', startMs: 500, truth: 'a', first: { predicted: 'a' }, second: { predicted: 'b', wrong: true } },
      { sample: 'b.1', startMs: 0, truth: 'b', first: { predicted: 'a', wrong: true }, second: { predicted: 'b' } },
    ]);
    expect(compareEvaluations(evaluation, evaluation).learners.word).toMatchObject({ agreement: 1, disagreements: [] });
  });

  it('lets values differ by the tolerance', () => {
    const origins = ['0', '10'].map((truth, i) => ({ sample: `${i}`, startMs: 0, truth }));
    const load = (...values: number[]) =>
      evaluationOf(origins, [
        { name: 'load', block: { score: valueScore }, rows: values.map((v) => Float32Array.of(v)) },
      ]);
    const { disagreements } = compareEvaluations(load(0, 10), load(0.5, 12)).learners.load!;
    expect(disagreements.map(({ sample }) => sample)).toEqual(['1']);
  });

  it('refuses evaluations of other windows', () => {
    const other = evaluationOf(
      windows.map((one) => ({ ...one, sample: 'x' })),
      [{ name: 'word', block: classes, rows: scores }],
    );
    const fewer = evaluationOf(windows.slice(1), [{ name: 'word', block: classes, rows: scores.slice(1) }]);
    for (const second of [other, fewer]) {
      expect(() => compareEvaluations(evaluation, second)).toThrow(expect.objectContaining({ code: 'BAD_DATA' }));
    }
  });
});

/** Names of all elements, and all attribute names, as an HTML tokenizer finds them. */
function markupOf(html: string) {
  const tags = [...html.matchAll(/<(\/?)([^\s>/]+)((?:\s+[^\s=>/]+="[^"]*")*)\s*\/?>/g)];
  const attributes = tags.flatMap((tag) => [...tag[3]!.matchAll(/([^\s=]+)="/g)].map((match) => match[1]!));
  return { tags: tags.length, elements: new Set(tags.map((tag) => tag[2]!)), attributes: new Set(attributes) };
}

const ELEMENTS = (
  'html head meta title body section style h1 h2 p table caption thead tbody tr th td div svg rect text line ' +
  'polyline circle'
).split(' ');

describe('evaluationHtml', () => {
  const hostile = [
    '<img src=x onerror=alert(1)>',
    '"><script>alert(1)</script>',
    "' onload='alert(1)",
    '</style></table><b>&amp;',
    '__proto__',
    'a\u0000\ud800\nb',
  ];
  const wild = (): Evaluation => {
    const truth = hostile.map((label, i) => ({ sample: `${label}/${i}`, startMs: i, truth: label, group: label }));
    const block = { score: classScore.bind(undefined, hostile) };
    const shifted = hostile.map((_, i) => Float32Array.from(hostile, (_, k) => (k === (i + 1) % 6 ? 0.75 : 0.05)));
    return evaluationOf(truth, [{ name: '<i>learner', block, rows: shifted }]);
  };

  it('escapes whatever labels, ids, groups and names hold', () => {
    const html = evaluationHtml(wild(), { title: '</title><script>', beside: wild(), names: ['<u>', '<s>'] });
    const { tags, elements, attributes } = markupOf(html);
    expect([...elements].filter((name) => !ELEMENTS.includes(name))).toEqual([]);
    expect([...attributes].filter((name) => name.startsWith('on') || name === 'src' || name === 'href')).toEqual([]);
    // Every < but that of the doctype opens one of these tags: none comes from the data.
    expect(html.split('<').length - 2).toBe(tags);
    expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;');
    expect(html).not.toContain('\u0000');
  });

  it('holds figures, an accessible confusion matrix, groups, curves and wrong windows', () => {
    const html = evaluationHtml(evaluation, { beside: int8 });
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain('<caption>Confusion matrix');
    expect(html).toContain('<th scope="row">a</th>');
    expect(html).toContain('<th scope="col">b</th>');
    expect(html).toContain('Groups, the worst first');
    expect(html.indexOf('<th scope="row">bob</th>')).toBeLessThan(html.indexOf('<th scope="row">ann</th>'));
    for (const title of ['ROC', 'Precision and recall', 'Reliability']) expect(html).toContain(`<title>${title}: `);
    expect(html).toContain('Wrong windows: 2, the worst first');
    expect(html).toContain('float and int8, side by side');
    expect(html).toContain('Windows where they differ: 2');
    expect(html).not.toMatch(/<script|http-equiv|NaN|undefined/);
    expect(evaluationHtml(evaluation, { rows: 1 })).toContain('Wrong windows: 1 of 2, the worst first');
  });

  it('shows anomalies and values, and nothing at all', () => {
    const origins = ['1', '2', '30'].map((truth, i) => ({ sample: `${i}`, startMs: 0, truth, group: 'all' }));
    const outputs = rows([1], [3], [20]);
    const html = evaluationHtml(
      evaluationOf(origins, [
        { name: 'odd', block: { score: detectionScore.bind(undefined, ['1', '2']) }, rows: outputs },
        { name: 'load', block: { score: valueScore }, rows: outputs },
      ]),
    );
    expect(html).toContain('Confusion matrix at the threshold 11.5 (f1)');
    expect(html).toContain('mean absolute error');
    expect(html).not.toMatch(/NaN|undefined/);
    const cup = { truePositives: 3, falsePositives: 1, falseNegatives: 0, precision: 0.75, recall: 1, f1: 6 / 7 };
    const objects = { ...cup, perClass: { cup } };
    const image = evaluationOf([], [{ name: 'image', block: { score: () => ({ windows: 0, objects }) }, rows: [] }]);
    expect(evaluationHtml(image)).toContain('<tr><th scope="row">cup</th><td class="n">3</td><td class="n">1</td>');
    expect(evaluationHtml(evaluationOf([], [{ name: 'word', block: classes, rows: [] }]))).toContain('0 windows');
  });

  it('goes into a notebook as a part of a page', () => {
    const shown: string[] = [];
    showEvaluation(evaluation, { html: (text) => shown.push(text) });
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatch(/^<section class="impulsekit-evaluation">/);
    expect(shown[0]).not.toContain('<html');
  });
});
