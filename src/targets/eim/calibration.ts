import { floatLiteral } from '../../cpp.js';
import { fail } from '../../errors.js';
import type { Program } from '../../program.js';
import { checked, type PostprocessOptions } from '../cpp/postprocess.js';
import type { Roles } from './roles.js';

/** Labels that the flags of the protocol can name. */
const FLAGS = 32;

/** Detections in continuous mode, as the executable is built with them. */
export interface Calibration {
  /** Number of the block in the protocol: behind those of the impulse. */
  readonly id: number;
  readonly sliceMs: number;
  readonly averageResults: number;
  readonly suppressResults: number;
  readonly threshold: number;
  /** A bit per label that can be detected; 0 for all. */
  readonly flags: number;
}

/**
 * Checks detections against a program that slides by its stride.
 *
 * @throws `BAD_OPTION`, `BAD_LABEL`, `UNSUPPORTED` without a classifier of signals
 */
export function calibrationOf(where: string, program: Program, roles: Roles, options: PostprocessOptions): Calibration {
  const { input, strideSamples, dsp, learn } = program;
  const block = roles.classification === undefined ? undefined : learn[roles.classification]!.block;
  if (block?.answers !== 'classes' || !input.rateHz) {
    return refuse(where, 'an impulse without a classifier of signals', 'scores of labels, slice by slice');
  }
  const { averageResults, suppressResults, threshold, listens } = checked(
    `${where}.postprocess`,
    block.labels,
    options,
  );
  const listensToAll = listens.every(Boolean);
  if (!listensToAll && listens.length > FLAGS) {
    return refuse(where, `labels chosen from ${listens.length}`, `at most ${FLAGS} labels, or all of them`);
  }
  return {
    id: dsp.length + learn.length + 1,
    sliceMs: (1000 * strideSamples) / input.rateHz,
    averageResults,
    suppressResults,
    threshold,
    flags: listensToAll ? 0 : listens.reduce((flags, one, i) => flags + (one ? 2 ** i : 0), 0),
  };
}

/** Members of the struct that the server is made from. */
export function calibrationLines(calibration: Calibration | undefined): string[] {
  const none: Calibration = { id: -1, sliceMs: 1, averageResults: 1, suppressResults: 0, threshold: 1, flags: 0 };
  const { id, sliceMs, averageResults, suppressResults, threshold, flags } = calibration ?? none;
  const values = [averageResults, suppressResults, floatLiteral(threshold), `${flags}u`];
  return [
    `  static constexpr int32_t kCalibrationId = ${id};`,
    `  static impulsekit::eim::Detection detection() { return {${values.join(', ')}}; }`,
    `  static float sliceMs() { return ${floatLiteral(sliceMs)}; }`,
  ];
}

function refuse(where: string, got: string, expected: string): never {
  return fail({
    code: 'UNSUPPORTED',
    where: `${where}.postprocess`,
    got,
    expected,
    fix: 'Leave the option out, and use postprocessor() on the predictions.',
  });
}
