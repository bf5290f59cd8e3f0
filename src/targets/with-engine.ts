import type { Engine } from '../engine.js';
import type { DspStep, LearnStep, Program } from '../program.js';
import { sizeOf } from '../spec.js';

const ALIGNMENT = 16;

/**
 * The same program with the C++ of another engine. Features stay where they are; networks that need more working
 * memory than before find it behind everything else, and the arena ends where the last buffer does.
 *
 * @example
 * ```ts
 * const { ramBytes } = estimate(withEngine(model.program, tflm()), nano33ble);
 * ```
 */
export function withEngine(program: Program, engine: Engine): Program {
  const before = program.learn.map((step) => usedUntil([], [step]));
  const free = aligned(Math.max(usedUntil(program.dsp, []), ...before, 0));
  const learn = program.learn.map((step): LearnStep => {
    const cpp = engine.emit(step.block);
    if (!cpp) return step;
    const fits = cpp.scratchBytes <= step.block.cpp.scratchBytes;
    return { ...step, block: { ...step.block, cpp }, scratchOffset: fits ? step.scratchOffset : free };
  });
  return { ...program, learn, engine, arenaBytes: usedUntil(program.dsp, learn) };
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Where the last buffer of these steps ends. */
function usedUntil(dsp: readonly DspStep[], learn: readonly LearnStep[]): number {
  return aligned(
    Math.max(
      0,
      ...dsp.flatMap(({ dtype, stage, outputOffset, scratchOffset }) => [
        outputOffset + (dtype === 'int8' ? 1 : 4) * sizeOf(stage.output),
        scratchOffset + stage.cpp.scratchBytes,
      ]),
      ...learn.flatMap(({ inputs, inputOffset, scratchOffset, block }) => [
        inputs.length > 1 ? inputOffset + 4 * sizeOf(block.input) : 0,
        block.cpp.scratchBytes === 0 ? 0 : scratchOffset + block.cpp.scratchBytes,
      ]),
    ),
  );
}
