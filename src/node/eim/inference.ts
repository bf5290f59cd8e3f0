import { finiteValues } from '../../finite.js';
import type { Prediction } from '../../impulse/index.js';
import { TrainedImpulse } from '../../impulse/trained.js';
import { imageOf, type Spec } from '../../spec.js';
import { eimHello } from '../../targets/eim/eim.js';
import type { EimHello } from '../../targets/eim/hello.js';
import type { EimAnswer, EimRunner } from './eim-runner.js';

/** What classifies features as the protocol sends them. */
export interface Inference {
  readonly hello: EimHello;
  readonly classify: (features: Float32Array, signal?: AbortSignal) => Promise<EimAnswer>;
}

/** A running executable as it is, or a model in this process that answers like one. */
export function inferenceOf(source: EimRunner | TrainedImpulse): Inference {
  if (!(source instanceof TrainedImpulse)) {
    return { hello: source.hello, classify: (features, signal) => source.answer(features, { signal }) };
  }
  const { program } = source;
  return {
    hello: eimHello(program, { name: 'model' }),
    classify: async (features) => {
      const window = windowOf(program.input, finiteValues('features', features));
      const start = performance.now();
      const prediction = source.predict(window);
      return { result: resultOf(prediction), timing: { classification: performance.now() - start } };
    },
  };
}

/** Unpacks pixels 0xRRGGBB into the channels of an image input, as the executable does. */
function windowOf(input: Spec, features: Float32Array): Float32Array {
  if (input.kind !== 'image') return features;
  const { channels, packed } = imageOf(input as Spec<'image'>);
  if (packed) return features;
  const out = new Float32Array(features.length * channels);
  features.forEach((pixel, i) => {
    const [red, green, blue] = [(pixel >> 16) & 255, (pixel >> 8) & 255, pixel & 255];
    if (channels === 1) out[i] = (19_595 * red + 38_470 * green + 7_471 * blue + 32_768) >> 16;
    else out.set([red, green, blue], 3 * i);
  });
  return out;
}

/** A prediction in the words of the protocol. */
function resultOf({ scores, value, anomaly, boxes }: Prediction): EimAnswer['result'] {
  const classification = scores ?? (value === undefined ? undefined : { value });
  const found = boxes?.map(({ label, score, x, y, width, height }) => ({ label, value: score, x, y, width, height }));
  return {
    ...(classification && { classification }),
    ...(found && { bounding_boxes: found }),
    ...(anomaly !== undefined && { anomaly }),
  };
}
