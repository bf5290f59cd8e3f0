import { fail, show } from '../../errors.js';
import type { LearnerPrediction, Prediction } from '../../impulse/index.js';
import type { EimHello, EimLearner, EimParameters } from '../../targets/eim/hello.js';

/** What a server of the protocol says, parsed but not yet believed. */
export type Message = Readonly<Record<string, unknown>>;

/** `features_shm` of a hello answer. */
export interface SharedOffer {
  readonly name: string;
  readonly elements: number;
}

/** An object of the protocol. */
export const isRecord = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** @throws `PROCESS_FAILED` */
export function refuseAnswer(where: string, got: unknown, expected: string): never {
  return fail({
    code: 'PROCESS_FAILED',
    where,
    got: show(got),
    expected,
    fix: 'Use an executable that follows the EIM protocol, such as one made with eim().',
  });
}

/**
 * Checks what a server says of itself, as far as anything here builds on it.
 *
 * @throws `PROCESS_FAILED`
 */
export function checkHello(where: string, answer: Message): EimHello {
  const { model_parameters: parameters, project } = answer;
  if (!isRecord(parameters)) refuseAnswer(where, parameters, 'model_parameters');
  const {
    labels,
    input_features_count: features,
    slice_size: slice = 0,
    thresholds = [],
    model_type: type,
  } = parameters;
  if (!isCount(features) || features === 0) refuseAnswer(where, features, 'input_features_count');
  if (!isCount(slice)) refuseAnswer(where, slice, 'slice_size');
  if (!Array.isArray(thresholds)) refuseAnswer(where, thresholds, 'a list of thresholds');
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === 'string')) {
    refuseAnswer(where, labels, 'a list of labels');
  }
  const model = { ...parameters, slice_size: slice, thresholds, model_type: type ?? 'classification' };
  const learners = checkLearners(answer.learners);
  return {
    project: (isRecord(project) ? project : {}) as EimHello['project'],
    model_parameters: model as unknown as EimParameters,
    ...(learners && { learners }),
  };
}

const KINDS: readonly unknown[] = ['classes', 'anomaly', 'value', 'cells'];

/** Only our servers name their learners. */
function checkLearners(list: unknown): readonly EimLearner[] | undefined {
  const named = (entry: unknown): entry is EimLearner =>
    isRecord(entry) && typeof entry.name === 'string' && KINDS.includes(entry.answers);
  return Array.isArray(list) && list.every(named) ? list : undefined;
}

/** Learners by what the parameters say, named as the members of a result. */
function guessedLearners({ labels, has_anomaly, model_type }: EimParameters): readonly EimLearner[] {
  const main: EimLearner =
    model_type === 'classification'
      ? { name: 'classification', answers: labels.length === 1 ? 'value' : 'classes' }
      : { name: 'bounding_boxes', answers: 'cells' };
  return [
    ...(labels.length > 0 ? [main] : []),
    ...(has_anomaly > 0 ? [{ name: 'anomaly', answers: 'anomaly' as const }] : []),
  ];
}

/**
 * The block that `features_shm` offers; nothing when there is none.
 *
 * @throws `PROCESS_FAILED` for a name that leads elsewhere
 */
export function sharedOffer(where: string, answer: Message, elements: number): SharedOffer | undefined {
  const { features_shm: offer } = answer;
  if (offer === undefined) return undefined;
  const valid =
    isRecord(offer) && typeof offer.name === 'string' && /^\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}$/.test(offer.name);
  if (!valid || offer.type !== 'float32' || offer.elements !== elements) {
    refuseAnswer(where, offer, `a name, the type float32 and ${elements} elements`);
  }
  return { name: offer.name as string, elements };
}

/** One part of a prediction for every kind of answer. */
const PARTS: Readonly<
  Record<EimLearner['answers'], (where: string, result: Message, parameters: EimParameters) => LearnerPrediction>
> = {
  classes: (where, result, { labels, has_performance_calibration: detects }) => {
    const values = scoresOf(where, result, labels);
    const top = values.reduce((best, score, i) => (score > values[best]! ? i : best), 0);
    const scores = Object.fromEntries(labels.map((label, i) => [label, values[i]!]));
    // All of them 0: nothing is detected now.
    return detects && values.every((score) => score === 0) ? { scores } : { label: labels[top]!, scores };
  },
  value: (where, result, { labels }) => ({ value: scoresOf(where, result, labels)[0]! }),
  anomaly: (where, { anomaly }) => ({ anomaly: numberOf(where, anomaly, 'an anomaly score') }),
  cells: (where, { bounding_boxes: boxes }) => ({
    boxes: Array.isArray(boxes) ? boxes.map((box) => boxOf(where, box)) : refuseAnswer(where, boxes, 'bounding boxes'),
  }),
};

/**
 * A result as `predict` gives it.
 *
 * @throws `PROCESS_FAILED` for a result that lacks something
 */
export function predictionOf(where: string, { model_parameters, learners }: EimHello, result: Message): Prediction {
  const all = (learners ?? guessedLearners(model_parameters)).map(({ name, answers }) => ({
    name,
    one: PARTS[answers](where, result, model_parameters),
  }));
  // From last to first, so that the first of a kind stays.
  const first: LearnerPrediction = Object.assign({}, ...all.map(({ one }) => one).reverse());
  return { ...first, learners: Object.fromEntries(all.map(({ name, one }) => [name, one])) };
}

function scoresOf(where: string, { classification }: Message, labels: readonly string[]): number[] {
  if (!isRecord(classification)) return refuseAnswer(where, classification, 'a classification');
  return labels.map((label) => {
    const score = Object.hasOwn(classification, label) ? classification[label] : undefined;
    return numberOf(where, score, `a score of ${show(label)}`);
  });
}

function boxOf(where: string, box: unknown) {
  if (!isRecord(box) || typeof box.label !== 'string') return refuseAnswer(where, box, 'a box with a label');
  const [x, y, width, height] = [box.x, box.y, box.width, box.height].map((v) => numberOf(where, v, 'pixels of a box'));
  return {
    label: box.label,
    x: x!,
    y: y!,
    width: width!,
    height: height!,
    score: numberOf(where, box.value, 'a score'),
  };
}

/** Servers print as many digits as a float32 needs. */
function numberOf(where: string, value: unknown, expected: string): number {
  return typeof value === 'number' ? Math.fround(value) : refuseAnswer(where, value, expected);
}
