import { sideBySide } from './estimate/side-by-side.js';
import { whole } from './estimate/text.js';
import type { ModelProfile, ProfiledLayer } from './profile-report.js';
import type { TargetProfile } from './profiles/profile.js';

const HEADER = ['layer', 'operator', 'kernel', 'output', 'MACs', 'parameters (B)', 'cycles', '%'];
/** Columns of text; the others are numbers. */
const TEXT = 4;
const LONGEST_NAME = 36;

/** A profile as text: layers, totals and verdict. */
export function profileTable(profile: ModelProfile, target: TargetProfile): string {
  const head = `${target.name} (${target.core}, ${target.clockHz / 1e6} MHz)`;
  const unreadable = profile.operators?.operators.filter(({ unsupported }) => unsupported.length > 0) ?? [];
  if (profile.layers.length === 0 && profile.operators && !profile.operators.supported) {
    const nodes = unreadable.flatMap(({ operator, unsupported }) =>
      unsupported.map(({ name, got, fix }) => `  ${operator} ${plain(name)}: ${got}. ${fix}`),
    );
    const { problem } = profile.operators;
    return [head, 'cannot be read:', ...nodes, ...(problem === undefined ? [] : [`  ${problem}`])].join('\n');
  }
  const total = profile.layers.reduce((sum, { cycles }) => sum + cycles, 0);
  const rows = [HEADER, ...profile.layers.map((layer) => row(layer, total))];
  const widths = HEADER.map((_, c) => Math.max(...rows.map((cells) => cells[c]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (c < TEXT ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join('  ')
      .trimEnd();
  return [head, ...rows.map(line), ...totals(profile, target)].join('\n');
}

function row(
  { name, kind, window, kernel, dtype, shape, macs, parameterBytes, cycles }: ProfiledLayer,
  total: number,
): string[] {
  const share = total === 0 ? '' : ((100 * cycles) / total).toFixed(1);
  const operator = window === '' ? kind : `${kind} ${window}`;
  const text = plain(name);
  const short = text.length > LONGEST_NAME ? `…${text.slice(1 - LONGEST_NAME)}` : text;
  return [
    short,
    operator,
    kernel,
    `${dtype} ${shape.join('x')}`,
    unlessZero(macs),
    unlessZero(parameterBytes),
    whole(cycles),
    share,
  ];
}

function totals(profile: ModelProfile, target: TargetProfile): string[] {
  const { macs, parameterBytes, ramBytes, flashBytes, latencyErrorPct, latencyErrorSource, estimate } = profile;
  const shares = `${percent(ramBytes, target.ramBytes)} of RAM (exact), ${percent(flashBytes, target.flashBytes)} of flash`;
  const { interpreter } = estimate!;
  return [
    `${whole(macs)} MACs, ${whole(parameterBytes)} bytes of parameters; ${shares}`,
    verdict(profile),
    ...sideBySide(profile.estimates!),
    `compiled: latency +- ${latencyErrorPct} % (${latencyErrorSource})`,
    ...(interpreter
      ? [`interpreter: ${interpreter.kernels}, network +- ${interpreter.errorPct} % (${interpreter.errorSource})`]
      : []),
    ...(profile.energyErrorPct === undefined
      ? []
      : [`energy: +- ${profile.energyErrorPct} % beside that of the latency`]),
  ];
}

function verdict({ fits, binding, estimate }: ModelProfile): string {
  if (fits) return `fits; ${binding} binds first`;
  const { region, missingBytes } = estimate!.binding!;
  return `does not fit: ${binding} is short, ${region} lacks ${whole(missingBytes)} bytes`;
}

/** Names come from files: nothing in them may break a line. */
const plain = (name: string): string => name.replace(/\p{Cc}/gu, ' ');
const unlessZero = (value: number): string => (value === 0 ? '' : whole(value));
const percent = (part: number, of: number): string => `${((100 * part) / of).toFixed(1)} %`;
