import type { ProcessingStage } from '../block.js';
import { planBuffers, type Sharing } from '../compile/index.js';
import type { DspStep, LearnStep, Program } from '../program.js';
import { type Spec, sizeOf } from '../spec.js';
import type { BoundDesign, TrainedLearner } from './design.js';

/**
 * Lays features, scratch and network memory of an impulse into one arena.
 *
 * Steps run one after another: processing blocks, then learners. A buffer lives from the step that writes it to the
 * last step that reads it; buffers whose lives do not meet share bytes, and so do a learner's working memory and its
 * input, as far as the learner allows.
 */
export function buildProgram(parts: {
  bound: BoundDesign;
  learners: readonly TrainedLearner[];
  golden: Program['golden'];
  design: string;
}): Program {
  const { bound, learners, golden, design } = parts;
  const { input, dsp } = bound.design;
  const names = Object.keys(dsp);
  const stages = names.map((name) => bound.stages[name]!);
  const inputs = learners.map((learner) => learner.inputs.map((name) => names.indexOf(name)));
  const lastUse = names.map(
    (_, i) => names.length + Math.max(-1, ...inputs.map((used, j) => (used.includes(i) ? j : -1))),
  );

  const buffers: { bytes: number; first: number; last: number }[] = [];
  const reserve = (bytes: number, first: number, last: number): number => buffers.push({ bytes, first, last }) - 1;
  const dtypes = stages.map((stage, i) =>
    storesInt8(
      stage,
      learners.filter((_, j) => inputs[j]!.includes(i)),
    )
      ? 'int8'
      : 'f32',
  );
  const features = stages.map((stage, i) => {
    const bytes = dtypes[i] === 'int8' ? 1 : 4;
    return reserve(bytes * sizeOf(stage.output), i, Math.max(i, lastUse[i]!));
  });
  const dspScratch = stages.map((stage, i) => reserve(stage.cpp.scratchBytes, i, i));
  const joins = learners.map(({ block }, j) => {
    const step = names.length + j;
    return inputs[j]!.length === 1 ? features[inputs[j]![0]!]! : reserve(4 * sizeOf(block.input), step, step);
  });
  const learnScratch = learners.map(({ block }, j) => {
    const step = names.length + j;
    return reserve(block.cpp.scratchBytes, step, step);
  });
  const sharings = learners.flatMap(({ block }, j): Sharing[] => {
    const { inputOffset } = block.cpp;
    const [input, output] = [joins[j]!, learnScratch[j]!];
    if (buffers[input]!.last !== names.length + j) return [];
    if (inputs[j]!.some((i) => dtypes[i] === 'int8')) return [{ input, output, forward: 0 }];
    return inputOffset === undefined ? [] : [{ input, output, forward: inputOffset }];
  });
  const { offsets, totalBytes } = planBuffers(buffers, sharings);

  return {
    input: input.spec as Spec<'signal'>,
    sensor: input.sensor,
    strideSamples: input.strideSamples,
    ...(input.resizeMode && { resizeMode: input.resizeMode }),
    dsp: stages.map(
      (stage, i): DspStep => ({
        name: names[i]!,
        type: dsp[names[i]!]!.type,
        stage,
        dtype: dtypes[i]!,
        outputOffset: offsets[features[i]!]!,
        scratchOffset: offsets[dspScratch[i]!]!,
      }),
    ),
    learn: learners.map(
      ({ name, block }, j): LearnStep => ({
        name,
        inputs: inputs[j]!,
        block,
        inputOffset: offsets[joins[j]!]!,
        scratchOffset: offsets[learnScratch[j]!]!,
      }),
    ),
    arenaBytes: totalBytes,
    golden,
    design,
  };
}

/** Features go straight into the int8 input of a network when nobody else reads them. */
function storesInt8({ cpp }: ProcessingStage, users: readonly TrainedLearner[]): boolean {
  const [only, another] = users;
  return (
    cpp.writesOnce === true && another === undefined && only?.block.cpp.stored !== undefined && only.inputs.length === 1
  );
}
