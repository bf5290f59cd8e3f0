/**
 * What a block does, as counts. Blocks count; target profiles price (cycles per unit), so that N blocks and
 * M boards need N + M tables and not N x M.
 */
export type WorkUnit =
  | 'int' // integer multiply, add or shift, or load, store or branch, in a processing block, about two instructions
  | 'flop' // float32 multiply, add or compare in a processing block, without its loads and stores
  | 'log' // float32 logarithm
  | 'div' // float32 division or square root
  | 'convF32' // multiply-accumulates of a convolution
  | 'convInt8'
  | 'gather' // one input value brought into the column of a window
  | 'depthwiseF32'
  | 'depthwiseInt8'
  | 'denseF32'
  | 'denseInt8'
  | 'elementF32' // one output element of pooling, add, activation, copy
  | 'elementInt8'
  | 'requantize' // one int32 accumulator to int8
  | 'exp' // one exponential of a softmax
  | 'call'; // fixed cost of one operator or block

export type Work = Readonly<Partial<Record<WorkUnit, number>>>;

/** Adds work counts unit by unit. */
export function addWork(...parts: readonly Work[]): Work {
  const sum: Partial<Record<WorkUnit, number>> = {};
  for (const part of parts) {
    for (const [unit, count] of Object.entries(part) as [WorkUnit, number][]) sum[unit] = (sum[unit] ?? 0) + count;
  }
  return sum;
}

/** Multiplies every count, e.g. the work of one frame by the number of frames. */
export function timesWork(times: number, work: Work): Work {
  return Object.fromEntries(Object.entries(work).map(([unit, count]) => [unit, count * times]));
}

/**
 * What a processing block does in the float library that most firmware links today, where times of it are published:
 * that one computes differently, so that our own counts do not price it.
 */
export type PublishedUnit =
  | 'sample' // one sample of one frame
  | 'frame'
  | 'band' // one mel filter of one frame
  | 'cosine' // one filter in one coefficient of one frame
  | 'value'; // one value of an image

export type PublishedWork = Readonly<Partial<Record<PublishedUnit, number>>>;
