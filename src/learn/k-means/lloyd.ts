import { pacer } from '../../pace.js';

const MAX_ITERATIONS = 100;

/**
 * Centres by Lloyd's algorithm from k-means++ seeds, giving way to other tasks between iterations. Some may have no
 * members where many rows are equal.
 *
 * @throws `ABORTED`
 */
export async function findCentres(
  where: string,
  rows: readonly Float32Array[],
  clusters: number,
  seed: number,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly number[])[]> {
  const { kmeansGenerator } = await import('ml-kmeans');
  const pace = pacer(where, signal);
  const points = rows.map((row) => [...row]);
  let centres: readonly (readonly number[])[] = [];
  for (const step of kmeansGenerator(points, clusters, { seed, maxIterations: MAX_ITERATIONS })) {
    centres = step.centroids;
    await pace();
  }
  return centres;
}
