import { checkGraph } from '../check.js';
import type { Graph } from '../graph.js';
import { reorder } from '../plan/order.js';
import { fuseActivations } from './activations.js';
import { foldAffine } from './affine.js';
import { dropChannels } from './channels.js';
import { foldConstants } from './constants.js';
import { fuseConversions } from './conversions.js';
import { keepLastStates } from './last-states.js';
import { fusePads } from './pads.js';
import { renameOnly, shortenAliases, sinkAliases } from './renames.js';
import { type Pass, prune } from './rewrite.js';

export { prune } from './rewrite.js';

const PASSES: readonly Pass[] = [
  renameOnly,
  shortenAliases,
  sinkAliases,
  foldAffine,
  fusePads,
  fuseActivations,
  fuseConversions,
  keepLastStates,
  prune,
];

/**
 * Prepares a network for execution. What depends on constants alone is computed; batch normalisations and sums and
 * products with constants go into the weights before them, or become simpler operators where there are none; padding
 * and activations go into their neighbours; states that nobody reads are not kept; conversions that cancel out, reshapes
 * and operators that change nothing, operators without a reader and unused tensors go away, and so do the channels of int8
 * networks that are constant or weighted by 0; branches come in the order that needs the least memory. Float results stay
 * the same to rounding, int8 results to the bit.
 *
 * @throws what {@link checkGraph} throws
 * @example
 * ```ts
 * const network = optimize(graph);
 * console.log(describe(network));
 * ```
 */
export function optimize(graph: Graph): Graph {
  let result = foldConstants(graph);
  checkGraph(result);
  // One rewrite makes room for another; every round but the last has fewer operators or moves a reshape further back.
  for (let before = ''; before !== wiringOf(result); ) {
    before = wiringOf(result);
    result = PASSES.reduce((g, pass) => pass(g), result);
  }
  result = prune(dropChannels(result));
  checkGraph(result);
  return reorder(result);
}

/** What the passes may change, as text. */
function wiringOf({ ops, input, output }: Graph): string {
  return JSON.stringify([ops, input, output]);
}
