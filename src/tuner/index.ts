export type { Limits } from './limits.js';
export { trialTable } from './table.js';
export { type Cost, type Trial, type TuneOptions, type TuneProgress, type TuneResult, tune } from './tune.js';
