import { fail, show } from '../errors.js';
import type { ScoreOptions } from '../score.js';

/** Checks what the figures depend on. Throws `BAD_OPTION`. */
export function checkScoreOptions({ confidence, bins, threshold, tolerance }: ScoreOptions): void {
  const share = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
  if (confidence !== undefined && !share(confidence)) refuse('confidence', confidence, 'a score from 0 to 1');
  if (bins !== undefined && !(Number.isInteger(bins) && bins >= 1 && bins <= 1000)) {
    refuse('bins', bins, 'a whole number from 1 to 1000');
  }
  if (tolerance !== undefined && !(Number.isFinite(tolerance) && tolerance >= 0)) {
    refuse('tolerance', tolerance, 'an error of at least 0, in the unit of the value');
  }
  const rule =
    typeof threshold === 'object' && threshold !== null
      ? share(threshold.quantile)
      : threshold === 'f1' || threshold === 'youden' || Number.isFinite(threshold);
  if (threshold !== undefined && !rule) {
    refuse('threshold', threshold, "a number, 'f1', 'youden' or { quantile: 0 to 1 }");
  }
}

function refuse(option: string, got: unknown, expected: string): never {
  return fail({
    code: 'BAD_OPTION',
    where: `evaluate.${option}`,
    got: show(got),
    expected,
    fix: 'Correct it or leave it out.',
  });
}
