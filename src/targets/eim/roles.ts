import type { Answers } from '../../block.js';
import { fail, show } from '../../errors.js';
import type { LearnStep, Program } from '../../program.js';

/** The members of a result that hold what learners say. */
type Place = 'classification' | 'objects' | 'anomaly';

/** Which member a learner answers in; cells that make no boxes have none, as the protocol has no grid of scores. */
const PLACES: Readonly<Record<Answers, (step: LearnStep) => Place | undefined>> = {
  classes: () => 'classification',
  // As the incumbent does it: a value is the score of one label.
  value: () => 'classification',
  anomaly: () => 'anomaly',
  cells: ({ block }) => (block.boxes ? 'objects' : undefined),
};

/** The learners of a program by what the protocol makes of them, as indices into {@link Program.learn}. */
export type Roles = { readonly [P in Place]?: number };

/** What clients find the scores of a learner under. */
export const keysOf = ({ block }: LearnStep): readonly string[] =>
  block.answers === 'value' ? ['value'] : block.labels;

/**
 * Finds a place for every learner.
 *
 * @throws `UNSUPPORTED` for two learners in one place or a learner without one, `BAD_LABEL` for labels with braces
 */
export function rolesOf(where: string, { learn }: Program): Roles {
  const roles: { -readonly [P in Place]?: number } = {};
  learn.forEach((step, i) => {
    const place = PLACES[step.block.answers](step) ?? refusePlace(where, step);
    const labelled = place !== 'anomaly' && (roles.classification ?? roles.objects) !== undefined;
    if (labelled || roles[place] !== undefined) refuseSecond(where, learn);
    roles[place] = i;
    keysOf(step).forEach((label) => {
      checkLabel(where, label);
    });
  });
  return roles;
}

function refusePlace(where: string, { name, block }: LearnStep): never {
  return fail({
    code: 'UNSUPPORTED',
    where,
    got: `learner ${name}, which answers with ${block.answers}`,
    expected: 'a classifier, a regression, a detector of objects or an anomaly score',
    fix: 'Deploy it as a C++ library: the protocol has no place for its answer.',
  });
}

function refuseSecond(where: string, learn: readonly LearnStep[]): never {
  return fail({
    code: 'UNSUPPORTED',
    where,
    got: learn.map((step) => step.name).join(', '),
    expected: 'at most one classifier, regression or detector, and one anomaly score',
    fix: 'The protocol has one place for each: deploy the others as separate impulses.',
  });
}

function checkLabel(where: string, label: string): void {
  if (!/[{}]/.test(label)) return;
  fail({
    code: 'BAD_LABEL',
    where,
    got: show(label),
    expected: 'a label without braces',
    fix: 'Clients of the protocol count braces to find the end of an answer: rename the label.',
  });
}
