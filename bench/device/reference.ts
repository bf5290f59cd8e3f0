/** The reference networks as impulses: what is estimated, against linked images. */
import { existsSync, readFileSync } from 'node:fs';
import { readTflite } from '../../src/compile/index.js';
import { elements } from '../../src/compile/op.js';
import { raw } from '../../src/dsp/index.js';
import { impulse, motion } from '../../src/impulse/index.js';
import { tflite } from '../../src/learn/index.js';
import type { Program } from '../../src/program.js';
import { estimate, nano33ble, rpPico, type TargetProfile, target } from '../../src/targets/index.js';
import { imageSize } from './device.js';
import type { Core } from './image.js';

const folder = new URL('../../../shared/reference/models/', import.meta.url).pathname;

export const REFERENCE_FILES: readonly string[] = existsSync(folder)
  ? [
      'kws_int8',
      'ic_int8',
      'vww_int8',
      'ad_int8',
      'strww_int8',
      'iclarge_int8',
      'kws_f32dq',
      'ic_f32',
      'vww_f32',
      'ad_f32',
    ]
  : [];

/** A board for each core that sizes are promised for. */
export const BOARDS = {
  'Cortex-M0+': rpPico,
  'Cortex-M4F': nano33ble,
  'Cortex-M7': target('arduino-nicla-vision'),
} as const satisfies Partial<Record<Core, TargetProfile>>;

/** A reference network behind a block that hands its values over. */
export function referenceProgram(file: string): Program {
  const bytes = readFileSync(`${folder}${file}.tflite`);
  const { tensors, input, output } = readTflite(bytes);
  const [inputs, outputs] = [input, output].map((index) => elements(tensors[index]!.shape));
  const labels = Array.from({ length: outputs! }, (_, i) => `class ${i}`);
  const { program } = impulse({
    input: motion({ axes: ['value'], rateHz: 1000, windowMs: inputs! }),
    dsp: raw(),
    learn: tflite(bytes, { labels }),
  });
  return { ...program, golden: program.golden.slice(0, 1) };
}

export interface SizeRow {
  readonly file: string;
  readonly core: Core;
  /** Of estimated against linked flash, in percent. */
  readonly flashOffPct: number;
  readonly flashBytes: number;
  readonly ramBytes: number;
  /** Linked less planned. */
  readonly ramOffBytes: number;
  readonly stackBytes: number;
  readonly stackBoundBytes: number;
  readonly kept: boolean;
}

/** Links a network for a core and runs one window. */
export async function sizeRow(file: string, program: Program, core: keyof typeof BOARDS): Promise<SizeRow> {
  const image = await imageSize(program, core);
  const { ramBytes, flashBytes, stackBytes } = estimate(program, BOARDS[core]);
  const flashOffPct = 100 * (flashBytes / image.flashBytes - 1);
  const ramOffBytes = image.ramBytes - ramBytes;
  return {
    file,
    core,
    flashOffPct,
    flashBytes: image.flashBytes,
    ramBytes: image.ramBytes,
    ramOffBytes,
    stackBytes: image.stackBytes,
    stackBoundBytes: stackBytes,
    kept: Math.abs(flashOffPct) < 5 && ramOffBytes === 0 && image.stackBytes <= stackBytes,
  };
}

const WIDTHS = [13, 11, 10, 9, 10, 8, 7, 8];
const line = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => (i < 2 ? cell.padEnd(WIDTHS[i]!) : cell.padStart(WIDTHS[i]!)))
    .join(' ')
    .trimEnd();

export const sizeHead = (): string =>
  line(['network', 'core', 'flash B', 'estimate', 'RAM B', 'estimate', 'stack', 'bound']);

export const sizeLine = (row: SizeRow): string =>
  line([
    row.file,
    row.core,
    String(row.flashBytes),
    `${row.flashOffPct.toFixed(1)} %`,
    String(row.ramBytes),
    row.ramOffBytes === 0 ? 'equal' : String(-row.ramOffBytes),
    String(row.stackBytes),
    `<= ${row.stackBoundBytes}${row.kept ? '' : ' MISSED'}`,
  ]);
