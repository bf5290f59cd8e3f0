import { fail } from '../errors.js';
import { type Spec, signalOf, sizeOf } from '../spec.js';
import { checkedSlice } from '../stream.js';
import { type BoundDesign, mapValues } from './design.js';

/** An impulse that is fed a signal slice by slice. */
export interface ContinuousImpulse<Answer> {
  /** Values of one slice: stride x axes. */
  readonly sliceSize: number;
  /**
   * Takes the next slice, interleaved, and classifies the latest window; undefined until a whole window has been seen.
   *
   * @throws `SHAPE_MISMATCH`, `BAD_DATA`; the slice is then not taken
   */
  readonly push: (slice: ArrayLike<number>) => Answer | undefined;
  /** Forgets the signal: call it when samples were lost. */
  readonly reset: () => void;
}

/** @throws `SHAPE_MISMATCH` when the input is no signal */
export function continuousImpulse<Answer>(
  { design, stages }: BoundDesign,
  answer: (features: Record<string, Float32Array>) => Answer,
): ContinuousImpulse<Answer> {
  const { spec, strideSamples } = design.input;
  if (spec.kind !== 'signal') refuseKind(spec.kind);
  const sliceSize = strideSamples * signalOf(spec as Spec<'signal'>).axes.length;
  const streams = mapValues(stages, (stage) => stage.stream(strideSamples).open());
  return {
    sliceSize,
    push: (slice) => {
      const values = checkedSlice(slice, sliceSize);
      const features = mapValues(stages, ({ output }) => new Float32Array(sizeOf(output)));
      const full = Object.entries(streams).map(([name, stream]) => stream.push(values, features[name]!));
      return full.every(Boolean) ? answer(features) : undefined;
    },
    reset: () => {
      for (const stream of Object.values(streams)) stream.reset();
    },
  };
}

function refuseKind(kind: string): never {
  return fail({
    code: 'SHAPE_MISMATCH',
    where: 'continuous',
    got: `an input of kind ${kind}`,
    expected: 'a signal, which goes on in time',
    fix: 'Call predict for every image.',
  });
}
