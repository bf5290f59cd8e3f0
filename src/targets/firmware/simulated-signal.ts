import { floatLiteral, tableBody } from '../../cpp.js';
import type { Program } from '../../program.js';
import { random } from '../../random.js';
import { type Spec, signalOf } from '../../spec.js';
import { LICENSE_LINE, lines } from '../cpp/wiring.js';
import header from './boards/simulated-signal.h.js';

/** What a simulated sensor plays: `values[i] * scale`, exact in float32. */
export interface SimulatedSignal {
  readonly values: Int16Array;
  readonly scale: number;
}

const TONES = 3;
const STEPS = 4096;
const MAX_READINGS = 40_000;

/**
 * A signal of the kind that an impulse was trained on, for sensors that are not there: tones in noise, as loud as the
 * loudest golden window.
 *
 * program, seed -> readings `[time T, axis A]` as whole numbers times a power of two; T is two windows and a half.
 */
export function simulatedSignal(program: Program, input: Spec<'signal'>, seed: number): SimulatedSignal {
  const { samples, axes } = signalOf(input);
  const peak = program.golden.reduce((top, { window }) => window.reduce((a, b) => Math.max(a, Math.abs(b)), top), 0);
  const exponent = program.sensor === 'microphone' || peak === 0 ? 0 : Math.ceil(Math.log2(peak / STEPS));
  const scale = 2 ** Math.max(-20, Math.min(100, exponent));
  const amplitude = Math.min(30_000, (peak || STEPS) / scale);
  const { uniform } = random(seed);
  const tones = axes.map(() =>
    Array.from({ length: TONES }, () => ({ step: 0.02 + 1.2 * uniform(), phase: 6.28 * uniform(), part: uniform() })),
  );
  const readings = Math.min(MAX_READINGS, Math.ceil(2.5 * samples));
  const values = new Int16Array(readings * axes.length);
  for (let i = 0; i < values.length; i++) {
    const t = Math.floor(i / axes.length);
    const waves = tones[i % axes.length]!;
    const wave = waves.reduce((sum, { step, phase, part }) => sum + part * Math.sin(step * t + phase), 0) / TONES;
    values[i] = Math.round(amplitude * (0.8 * wave + 0.4 * (uniform() - 0.5)));
  }
  return { values, scale };
}

/** `simulated_signal.cpp`: the signal in flash. */
export function simulatedSource({ values, scale }: SimulatedSignal, axes: number): string {
  return lines(
    LICENSE_LINE,
    '// What the simulated sensor plays.',
    `#include "impulsekit/${header.path}"`,
    '',
    'namespace impulsekit {',
    'namespace board {',
    'namespace {',
    '',
    `const int16_t kValues[${values.length}] = {`,
    tableBody(values),
    '};',
    '',
    '}  // namespace',
    '',
    `const SimulatedSignal kSimulatedSignal = {kValues, ${values.length / axes}, ${axes}, ${floatLiteral(scale)}};`,
    '',
    '}  // namespace board',
    '}  // namespace impulsekit',
  );
}
