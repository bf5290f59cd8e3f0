import type { FitReport } from '../block.js';

/** The figures of a saved report; what is saved may come from anywhere. */
export function readReport(given: unknown): FitReport {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => typeof value === 'number'));
}
