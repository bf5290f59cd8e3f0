import type { Score, Verdict } from '../score.js';
import { escaped } from '../svg.js';
import { type Line, lineChart, reliabilityChart } from './charts.js';
import { compareEvaluations, type LearnerComparison } from './compare.js';
import type { Evaluation, LearnerEvaluation, WindowResult } from './evaluation.js';
import { headlines } from './headlines.js';
import { type Cell, figureText, table } from './table.js';

export interface HtmlOptions {
  /** Heading of the page, default `Evaluation`. */
  readonly title?: string | undefined;
  /** Another model on the same recordings, such as the int8 one, to put beside it. */
  readonly beside?: Evaluation | undefined;
  /** What the two are called, default `float` and `int8`. */
  readonly names?: readonly [string, string] | undefined;
  /** Rows of each list of windows, default 50. */
  readonly rows?: number | undefined;
  /** Whether it is a whole page (default) or a part of one. */
  readonly page?: boolean | undefined;
}

/** What shows HTML in a notebook. */
export interface Display {
  html(text: string): unknown;
}

/**
 * An evaluation as a page that stands alone: figures, confusion matrix, classes, groups, curves, reliability diagram and
 * the windows that are wrong. Labels and ids are escaped, whatever they hold; there are no scripts and nothing is loaded.
 *
 * @throws `BAD_DATA` when `beside` is of other windows
 * @example
 * ```ts
 * const [float, int8] = [await model.evaluate(test), await small.evaluate(test)];
 * await writeFile('evaluation.html', evaluationHtml(float, { beside: int8 }));
 * ```
 */
export function evaluationHtml(evaluation: Evaluation, options: HtmlOptions = {}): string {
  const { title = 'Evaluation', beside, names = ['float', 'int8'], rows = 50, page = true } = options;
  const comparison = beside && compareEvaluations(evaluation, beside);
  const learners = Object.entries(evaluation.learners).map(([name, learner]) => {
    const compared = comparison && Object.hasOwn(comparison.learners, name) ? comparison.learners[name] : undefined;
    return `<h2>${escaped(name)}</h2>\n${learnerHtml(learner, rows)}\n${compared ? comparedHtml(compared, names, rows) : ''}`;
  });
  const section = [
    `<section class="impulsekit-evaluation"><style>${STYLE}</style>`,
    `<h1>${escaped(title)}</h1>`,
    `<p>${evaluation.windows} windows</p>`,
    ...learners,
    '</section>',
  ].join('\n');
  if (!page) return section;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escaped(title)}</title></head>`,
    `<body>${section}</body>`,
    '</html>',
    '',
  ].join('\n');
}

/**
 * Shows an evaluation in a notebook through its display object, such as that of tslab.
 *
 * @example
 * ```ts
 * import { display } from 'tslab';
 * showEvaluation(await model.evaluate(test), display);
 * ```
 */
export function showEvaluation(evaluation: Evaluation, display: Display, options: HtmlOptions = {}): void {
  display.html(evaluationHtml(evaluation, { page: false, ...options }));
}

const STYLE = `
.impulsekit-evaluation{font:14px/1.4 system-ui,sans-serif;color:#1c2126;background:#fff;max-width:72em;margin:1em;overflow-wrap:anywhere}
.impulsekit-evaluation table{border-collapse:collapse;margin:0 0 1.2em;font-variant-numeric:tabular-nums}
.impulsekit-evaluation caption{text-align:left;font-weight:600;padding:.2em 0}
.impulsekit-evaluation th,.impulsekit-evaluation td{border:1px solid #d5d9dd;padding:.15em .5em;text-align:left;font-weight:400}
.impulsekit-evaluation thead th{font-weight:600;background:#f2f4f6}
.impulsekit-evaluation td.n{text-align:right}
.impulsekit-evaluation svg{max-width:100%}`;

function learnerHtml(learner: LearnerEvaluation, rows: number): string {
  const { classification, detection, groups, mistakes, objects } = learner;
  const parts = [table('Figures', ['figure', 'value'], figureRows(learner))];
  if (learner.confusion) parts.push(confusionTable(learner.confusion));
  if (learner.perClass) parts.push(classTable(learner));
  if (detection) parts.push(detectionTable(detection));
  if (objects) parts.push(objectTable(objects));
  if (groups) parts.push(groupTable(groups));
  const curves = detection?.curves ? { anomaly: detection.curves } : classification?.curves;
  const charts = curves ? curveCharts(Object.entries(curves)) : [];
  if (classification) charts.push(reliabilityChart(classification.reliability));
  if (charts.length > 0) parts.push(`<div>${charts.join('\n')}</div>`);
  parts.push(mistakeTable(mistakes, rows));
  return parts.join('\n');
}

const NAMES: Readonly<Record<string, string>> = {
  accuracy: 'accuracy',
  macroF1: 'F1, mean over classes',
  weightedF1: 'F1, weighted by windows',
  macroAuc: 'ROC AUC, mean over classes',
  macroAveragePrecision: 'average precision, mean over classes',
  logLoss: 'log loss',
  calibrationError: 'expected calibration error',
  uncertain: 'uncertain windows',
  accuracyOfCertain: 'accuracy without the uncertain',
  accuracyOfAll: 'accuracy, the uncertain counted as wrong',
  auc: 'ROC AUC',
  averagePrecision: 'average precision',
  f1: 'F1',
  mae: 'mean absolute error',
  rmse: 'root mean squared error',
  mse: 'mean squared error',
  r2: 'R\u00b2',
  explainedVariance: 'explained variance',
  withinTolerance: 'share within the tolerance',
};

function figureRows(score: Omit<Score, 'verdicts'>): Cell[][] {
  const rows = Object.entries(headlines(score)).map(([key, value]): Cell[] => [NAMES[key] ?? key, value]);
  return rows.filter(([, value]) => value !== undefined);
}

function confusionTable(confusion: NonNullable<Score['confusion']>): string {
  const predicted = Object.keys(Object.values(confusion)[0] ?? {});
  const rows = Object.entries(confusion).map(([actual, line]): Cell[] => {
    const total = Object.values(line).reduce((a, b) => a + b, 0);
    const cells = predicted.map((label) => {
      const count = line[label] ?? 0;
      return { text: String(count), shade: total === 0 ? 0 : count / total, right: label === actual };
    });
    return [actual, ...cells];
  });
  return table(
    'Confusion matrix: a row per true label, a column per prediction',
    ['true \\ predicted', ...predicted],
    rows,
  );
}

function classTable({ perClass, classification }: LearnerEvaluation): string {
  const uncertain = classification?.certain.uncertainByClass;
  const rows = Object.entries(perClass!).map(([label, one]): Cell[] => {
    const { windows, precision, recall, f1, auc, averagePrecision } = one;
    return [label, windows, precision, recall, f1, auc, averagePrecision, uncertain?.[label]];
  });
  const means = ([name, one]: [string, NonNullable<typeof classification>['macro']]): Cell[] => {
    return [name, undefined, one.precision, one.recall, one.f1, one.auc, one.averagePrecision, undefined];
  };
  if (classification) {
    const { macro, weighted } = classification;
    rows.push(means(['(mean over classes)', macro]), means(['(weighted by windows)', weighted]));
  }
  const columns = ['label', 'windows', 'precision', 'recall', 'F1', 'ROC AUC', 'average precision', 'uncertain'];
  return table('Classes', columns, rows);
}

function detectionTable(detection: NonNullable<Score['detection']>): string {
  const { truePositives, falsePositives, trueNegatives, falseNegatives, threshold, rule } = detection;
  const line = (actual: string, normal: number, anomaly: number): Cell[] => {
    const total = normal + anomaly;
    const cell = (count: number, right: boolean) => ({ text: String(count), shade: total ? count / total : 0, right });
    return [actual, cell(normal, actual === 'normal'), cell(anomaly, actual === 'anomaly')];
  };
  return table(
    `Confusion matrix at the threshold ${figureText(threshold)} (${rule})`,
    ['true \\ predicted', 'normal', 'anomaly'],
    [line('normal', trueNegatives, falsePositives), line('anomaly', falseNegatives, truePositives)],
  );
}

function objectTable({ perClass }: NonNullable<Score['objects']>): string {
  const rows = Object.entries(perClass).map(([label, one]): Cell[] => {
    const { truePositives, falsePositives, falseNegatives, precision, recall, f1 } = one;
    return [label, truePositives, falsePositives, falseNegatives, precision, recall, f1];
  });
  return table('Objects', ['label', 'found', 'made up', 'missed', 'precision', 'recall', 'F1'], rows);
}

/** Groups, the worst first. */
function groupTable(groups: Readonly<Record<string, Score>>): string {
  const keys = [
    'accuracy',
    'macroF1',
    'uncertain',
    'auc',
    'precision',
    'recall',
    'f1',
    'mae',
    'rmse',
    'withinTolerance',
  ];
  const all = Object.entries(groups).map(([name, score]) => ({ name, score, figures: headlines(score) }));
  const used = keys.filter((key) => all.some(({ figures }) => figures[key] !== undefined));
  const merit = ({ figures }: (typeof all)[number]): number => {
    return figures.accuracy ?? figures.f1 ?? -(figures.mae ?? 0);
  };
  const rows = [...all]
    .sort((a, b) => merit(a) - merit(b))
    .map(({ name, score, figures }): Cell[] => [name, score.windows, ...used.map((key) => figures[key])]);
  return table('Groups, the worst first', ['group', 'windows', ...used.map((key) => NAMES[key] ?? key)], rows);
}

function curveCharts(curves: readonly (readonly [string, { roc: Line['points']; precisionRecall: Line['points'] }])[]) {
  const roc = curves.map(([name, one]) => ({ name, points: one.roc }));
  const precisionRecall = curves.map(([name, one]) => ({ name, points: one.precisionRecall }));
  return [
    lineChart({ title: 'ROC', x: 'false positive rate', y: 'true positive rate' }, roc, true),
    lineChart({ title: 'Precision and recall', x: 'recall', y: 'precision' }, precisionRecall, false),
  ];
}

function mistakeTable(mistakes: readonly WindowResult[], most: number): string {
  if (mistakes.length === 0) return '<p>No window is wrong.</p>';
  const values = mistakes.some(({ error }) => error !== undefined);
  const rows = mistakes.slice(0, most).map((one): Cell[] => {
    const { sample, startMs, truth, predicted, group, error, confidence } = one;
    return [sample, startMs, truth, predicted, error ?? confidence, group];
  });
  const columns = ['sample', 'start (ms)', 'truth', 'predicted', values ? 'error' : 'confidence', 'group'];
  return table(`Wrong windows: ${counted(rows.length, mistakes.length)}, the worst first`, columns, rows);
}

function comparedHtml(compared: LearnerComparison, [first, second]: readonly [string, string], most: number): string {
  const { agreement, figures, lost, gained, disagreements } = compared;
  const rows = Object.entries(figures).map(([key, [a, b]]): Cell[] => [NAMES[key] ?? key, a, b, b - a]);
  const said = ({ predicted, confidence, error }: Verdict): string => {
    const size = error ?? confidence;
    const shown = typeof predicted === 'number' ? figureText(predicted) : predicted;
    return size === undefined ? shown : `${shown} (${figureText(size)})`;
  };
  const differing = disagreements
    .slice(0, most)
    .map((one): Cell[] => [one.sample, one.startMs, one.truth, said(one.first), said(one.second)]);
  const caption = `Windows where they differ: ${counted(differing.length, disagreements.length)}`;
  return [
    table(`${first} and ${second}, side by side`, ['figure', first, second, 'change'], rows),
    `<p>They agree on ${figureText(100 * agreement)} % of the windows; ${lost} are right in ${escaped(first)} alone, ` +
      `${gained} in ${escaped(second)} alone.</p>`,
    differing.length === 0 ? '' : table(caption, ['sample', 'start (ms)', 'truth', first, second], differing),
  ].join('\n');
}

function counted(shown: number, all: number): string {
  return shown < all ? `${shown} of ${all}` : String(all);
}
