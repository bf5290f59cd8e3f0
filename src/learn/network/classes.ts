import { classScore } from '../../metrics/index.js';
import type { NetworkKind } from './trained.js';

/** A network that gives one score per class, as a block of this type. */
export function classNetwork(type: string): NetworkKind {
  return {
    type,
    answers: 'classes',
    output: ({ labels }) => ({ kind: 'scores', axes: [{ name: 'class', size: labels.length, labels }] }),
    score: ({ labels }, scores, truth, options) => classScore(labels, scores, truth, options),
  };
}
