import type { FitProgress } from '../block.js';
import { escaped } from '../svg.js';
import { lineChart } from './charts.js';
import type { Display } from './html.js';

/** Curves of a training as it goes on. */
export interface TrainingCurve {
  /** To be handed to `fit`. */
  readonly onProgress: (progress: FitProgress) => void;
  /** Loss and accuracy over the epochs so far, per learner, as a part of a page. */
  readonly toHtml: () => string;
}

/** Shows anew at most so often, and at the end of each learner's training. */
const PAUSE_MS = 250;

/**
 * Draws loss and accuracy of a training, on training and on validation windows, after every epoch.
 *
 * `display` is whatever shows HTML and replaces what it showed before, such as `tslab.newDisplay()` in a notebook;
 * without one the drawing is there for the asking.
 *
 * @example
 * ```ts
 * const curve = trainingCurve(tslab.newDisplay());
 * const model = await keyword.fit(speech.train, { onProgress: curve.onProgress });
 * ```
 */
export function trainingCurve(display?: Display): TrainingCurve {
  const seen = new Map<string, FitProgress[]>();
  let shown = Number.NEGATIVE_INFINITY;
  const toHtml = (): string => [...seen].map(([learner, steps]) => learnerHtml(learner, steps)).join('\n');
  return {
    toHtml,
    onProgress: (progress) => {
      // A learner that trains in two steps, or once more, starts over.
      const known = progress.epoch === 1 ? undefined : seen.get(progress.learner);
      if (known) known.push(progress);
      else seen.set(progress.learner, [progress]);
      const now = performance.now();
      if (now - shown < PAUSE_MS && progress.epoch < progress.epochs) return;
      shown = now;
      display?.html(toHtml());
    },
  };
}

function learnerHtml(learner: string, steps: readonly FitProgress[]): string {
  const last = steps.at(-1)!;
  const line = (name: string, value: (p: FitProgress) => number, most: number) => ({
    name,
    points: steps
      .map((p): [number, number] => [p.epoch / p.epochs, value(p) / most])
      .filter(([, y]) => Number.isFinite(y)),
  });
  const losses = steps.flatMap((p) => [p.loss, p.valLoss]).filter(Number.isFinite);
  const most = Math.max(...losses, Number.MIN_VALUE);
  const over = `epoch, 1 is ${last.epochs}`;
  const loss = lineChart(
    { title: 'Loss', x: over, y: `loss, 1 is ${most.toPrecision(3)}` },
    [line('training', (p) => p.loss, most), line('validation', (p) => p.valLoss, most)],
    false,
  );
  const accuracy = lineChart(
    { title: 'Accuracy', x: over, y: 'accuracy' },
    [line('training', (p) => p.accuracy, 1), line('validation', (p) => p.valAccuracy, 1)],
    false,
  );
  const known = steps.some((p) => Number.isFinite(p.accuracy));
  const seconds = Math.ceil(last.remainingMs / 1000);
  const state = `${learner}: epoch ${last.epoch} of ${last.epochs}, ${seconds} s left`;
  return `<figure><figcaption>${escaped(state)}</figcaption>${loss}${known ? accuracy : ''}</figure>`;
}
