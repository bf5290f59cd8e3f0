import type { TrainingSet } from '../block.js';
import { fail, show } from '../errors.js';

/**
 * Refuses feature rows that nothing can be learned from.
 *
 * @throws `NO_DATA`, `SHAPE_MISMATCH`, `BAD_DATA`
 */
export function checkRows(where: string, data: TrainingSet, size: number): void {
  if (data.features.length === 0) {
    fail({
      code: 'NO_DATA',
      where,
      got: 'no windows',
      expected: 'at least one',
      fix: 'Check that the recordings are at least one window long.',
    });
  }
  data.features.forEach((row, i) => {
    if (row.length !== size) {
      const got = `a row of ${row.length} features`;
      fail({
        code: 'SHAPE_MISMATCH',
        where,
        got,
        expected: `${size} features`,
        fix: 'Use the features of this impulse.',
      });
    }
    const bad = row.findIndex((v) => !Number.isFinite(v));
    if (bad < 0) return;
    fail({
      code: 'BAD_DATA',
      where,
      got: `${row[bad]} as feature ${bad} of a window of ${show(data.groups[i] ?? 'a recording')}`,
      expected: 'finite features',
      fix: 'Correct or remove that recording.',
    });
  });
}
