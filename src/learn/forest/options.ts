import { show } from '../../errors.js';

export function checkShare(given: 'auto' | number): string | undefined {
  const good = given === 'auto' || (typeof given === 'number' && given > 0 && given <= 1);
  return good ? undefined : `'auto' or a share above 0 to 1, not ${show(given)}`;
}

/** Features to try at each split. */
export function triedOf(share: 'auto' | number, features: number, auto: (features: number) => number): number {
  return Math.max(1, Math.round(share === 'auto' ? auto(features) : share * features));
}

/** Size of trees as large as options allow; how deep walks go is a guess for trees out of balance. */
export function sketchSize(
  trees: number,
  maxDepth: number,
  maxNodes: number,
): { readonly nodes: number; readonly leaves: number; readonly comparisons: number } {
  const perTree = Math.min(2 ** maxDepth - 1, Math.floor(maxNodes / trees));
  const depth = Math.min(maxDepth, 1.3 * Math.log2(perTree + 1));
  return { nodes: perTree * trees, leaves: (perTree + 1) * trees, comparisons: depth * trees };
}
