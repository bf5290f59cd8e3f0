import type { Stage, TrainedBlock } from '../../block.js';
import type { Optimize } from '../../cpp.js';
import { fail, show } from '../../errors.js';
import { memberNames, typeName } from '../../names.js';
import type { DspStep, LearnStep, Program } from '../../program.js';
import { sizeOf } from '../../spec.js';
import { type Streaming, streamingOf } from '../streaming.js';
import { type AnswerNames, formOf, isLabelled } from './answers.js';
import type { LibraryExtras } from './extras.js';

/** A program with the C++ names of its parts: what all texts of an emitted library are written from. */
export interface Layout {
  readonly name: string;
  readonly program: Program;
  readonly windowSamples: number;
  readonly axes: number;
  readonly inputSize: number;
  /** Every step in execution order: processing first. */
  readonly steps: readonly StepLayout[];
  readonly learners: readonly LearnerLayout[];
  readonly optimize: Optimize;
  /** C++ type of windows of whole numbers: what a sensor gives. */
  readonly wholeType: 'int16_t' | 'uint8_t';
  /** How windows slide; absent for images. */
  readonly stream: Streaming | undefined;
  readonly extras: LibraryExtras;
  /** Where the arena is that several libraries share; absent where the library has its own. */
  readonly arena?: { readonly name: string };
}

export interface StepLayout {
  readonly name: string;
  readonly type: string;
  readonly cppType: string;
  readonly stage: Stage;
}

export interface LearnerLayout extends AnswerNames {
  readonly step: LearnStep;
  readonly block: TrainedBlock;
  /** Floats in `Result`. */
  readonly size: number;
  /** Index of its first among the floats of `Result`. */
  readonly at: number;
}

/**
 * Names the parts of a program.
 *
 * @throws `BAD_LABEL`, `NO_DATA`
 */
export function layoutOf(name: string, program: Program, optimize: Optimize, extras: LibraryExtras = {}): Layout {
  if (program.golden.length === 0) refuseUnproven(name);
  const [time, axis] = program.input.axes;
  return {
    name,
    program,
    windowSamples: time!.size,
    axes: program.input.kind === 'signal' ? axis!.size : sizeOf(program.input) / time!.size,
    inputSize: sizeOf(program.input),
    steps: [
      ...program.dsp.map(stepLayout),
      ...program.learn.map((step, i) => stepLayout(step, program.dsp.length + i)),
    ],
    learners: learnerLayouts(name, program.learn),
    optimize,
    wholeType: program.input.kind === 'signal' ? 'int16_t' : 'uint8_t',
    stream: streamingOf(program),
    extras,
  };
}

function stepLayout(step: DspStep | LearnStep, index: number): StepLayout {
  const type = 'block' in step ? step.block.type : step.type;
  const stage = 'block' in step ? step.block : step.stage;
  return { name: step.name, type, cppType: `${typeName(type)}${index}`, stage };
}

function learnerLayouts(where: string, steps: readonly LearnStep[]): LearnerLayout[] {
  const onlyChain = steps.length === 1 && steps[0]!.name === 'learn';
  const oneLabelled = steps.filter(isLabelled).length === 1;
  const members = memberNames(steps.map((step) => (onlyChain ? formOf(step).member : step.name)));
  let at = 0;
  return steps.map((step, i) => {
    step.block.labels.forEach((label) => {
      checkLabel(where, label);
    });
    const prefix = oneLabelled ? '' : typeName(members[i]!);
    const size = sizeOf(step.block.output);
    const layout = {
      step,
      block: step.block,
      member: members[i]!,
      size,
      at,
      labelsName: `k${prefix}Labels`,
      countName: `k${prefix}LabelCount`,
      bestName: `best${prefix}`,
      heightName: `k${prefix}GridHeight`,
      widthName: `k${prefix}GridWidth`,
      boxesName: `boxes${prefix}`,
      minScoreName: `k${prefix}MinScore`,
    };
    at += size;
    return layout;
  });
}

function checkLabel(where: string, label: string): void {
  if (!label.includes('\0')) return;
  fail({
    code: 'BAD_LABEL',
    where,
    got: show(label),
    expected: 'a label without a NUL character, which ends a C string',
    fix: 'Rename the label.',
  });
}

function refuseUnproven(where: string): never {
  return fail({
    code: 'NO_DATA',
    where,
    got: 'no golden windows',
    expected: 'at least one window with its outputs',
    fix: 'Deploy a trained impulse: it embeds windows that prove the emitted code.',
  });
}
