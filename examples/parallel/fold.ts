// Runs in a worker: one fold, and gives back its evaluation, which is plain data.
import { type FoldTask, runFold } from 'impulsekit';
import { gestures } from './gestures.js';

export type Fold = Pick<FoldTask, 'index' | 'folds' | 'train' | 'test' | 'seed' | 'int8' | 'score'>;

export default (fold: Fold) => runFold({ ...fold, impulse: gestures });
