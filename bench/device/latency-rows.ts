/** Published latencies as rows for the fit: core, kernel set, and how much of each kind of work the network has. */
import { readFileSync } from 'node:fs';
import { work } from '../../src/compile/index.js';
import { readTflite } from '../../src/compile/tflite/read.js';
import { type LayerWork, layerWorkOf } from '../../src/targets/estimate/layer-work.js';

const shared = new URL('../../../shared/reference/', import.meta.url).pathname;
export const CALIBRATION = `${shared}latency-calibration.csv`;

export interface PublishedRow {
  readonly board: string;
  readonly core: string;
  /** Library that computes the layers, with its major version or build where these change its speed. */
  readonly kernels: string;
  readonly network: string;
  readonly work: LayerWork;
  readonly cycles: number;
  /** int8, one of the four networks of MLPerf Tiny, on a Cortex-M: the rows that predictors are compared on. */
  readonly compared: boolean;
}

export interface EnergyRow {
  readonly board: string;
  readonly network: string;
  readonly nanojoulesPerCycle: number;
}

const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  KWS: { int8: 'kws_int8', float32: 'kws_f32dq' },
  VWW: { int8: 'vww_int8', float32: 'vww_f32' },
  IC: { int8: 'ic_int8', float32: 'ic_f32' },
  AD: { int8: 'ad_int8', float32: 'ad_f32' },
  SWW: { int8: 'strww_int8' },
};

/** Other names of boards that carry the same chip. */
const SAME_BOARD: readonly [RegExp, string][] = [
  [/^NUCLEO-L4R5ZI.*/, 'NUCLEO-L4R5ZI'],
  [/^NUCLEO-H7A3ZI.*/, 'NUCLEO-H7A3ZI'],
  [/^NUCLEO-U575ZI.*/, 'NUCLEO-U575ZI'],
];

const CORES: readonly [RegExp, string][] = [
  [/cortex-m0\+/i, 'Cortex-M0+'],
  [/cortex-m33/i, 'Cortex-M33'],
  [/cortex-m4/i, 'Cortex-M4F'],
  [/cortex-m7/i, 'Cortex-M7'],
  [/cortex-m85/i, 'Cortex-M85'],
  [/LX6/, 'Xtensa LX6'],
  [/LX7/, 'Xtensa LX7'],
  [/RV32IMC/, 'RV32IMC'],
  [/HP core \+ PIE/, 'RV32IMAFC + PIE'],
  [/D25F/, 'Andes D25F'],
  [/D45;/, 'Andes D45'],
  [/NX27V/, 'Andes NX27V'],
  [/RXv2/, 'Renesas RXv2'],
  [/RH850/, 'Renesas RH850'],
  [/C906/, 'XuanTie C906'],
];

const KERNELS: readonly [RegExp, (match: RegExpExecArray) => string][] = [
  [/HALE.*\(max-performance/, () => 'HALE, fastest build'],
  [/HALE.*\(min-RAM/, () => 'HALE, smallest build'],
  [/HALE/, () => 'HALE'],
  [/(?:X-CUBE-AI|STM32Cube\.AI) v?(\d+)/, ([, version]) => `X-CUBE-AI ${version}`],
  [/Plumerai Inference Engine 2023/, () => 'Plumerai 2023'],
  [/Plumerai/, () => 'Plumerai 2022'],
  [/microTVM \(CMSIS-NN\)/, () => 'microTVM + CMSIS-NN'],
  [/microTVM/, () => 'microTVM'],
  [/^ONNC$/, () => 'ONNC'],
  [/CSI-NN2/, () => 'CSI-NN2'],
  [/ESP-NN/, () => 'TFLM + ESP-NN'],
  [/TFLM reference/, () => 'TFLM reference'],
  [/Edge Impulse inferencing SDK/, () => 'Edge Impulse SDK'],
  [/Silicon Labs MVP/, () => 'TFLM + MVP'],
  [/Micro(controllers)? v2\.3/, () => 'TFLM 2.3'],
  [/tflite-micro|TensorFlow Lite for micro/i, () => 'TFLM'],
];

function nameIn<T>(table: readonly [RegExp, T][], text: string): [RegExpExecArray, T] | undefined {
  for (const [pattern, value] of table) {
    const match = pattern.exec(text);
    if (match) return [match, value];
  }
  return undefined;
}

const boardOf = (text: string): string => {
  const board = text.replaceAll('_', '-').replace(/^nucleo/i, 'NUCLEO');
  return nameIn(SAME_BOARD, board)?.[1] ?? board;
};

/** The network's name, or nothing where its layers are not published. */
function networkOf(model: string): string | undefined {
  if (/^paper VWW.* NN inference/.test(model)) return 'VWW';
  if (/person_detection/.test(model)) return 'VWW of one channel';
  return /^MLPerf-Tiny (KWS|VWW|IC|AD|SWW)/.exec(model)?.[1];
}

const works = new Map<string, LayerWork>();

/** Counts of a reference network as published, nothing optimised away. */
export function networkWork(network: string, dtype: string): LayerWork | undefined {
  const one = network === 'VWW of one channel';
  const file = FILES[one ? 'VWW' : network]?.[dtype];
  if (!file) return undefined;
  const known = works.get(file) ?? layerWorkOf(work(readTflite(readFileSync(`${shared}models/${file}.tflite`))));
  works.set(file, known);
  // The first layer, 3 x 3 to 8 channels at 48 x 48, reads one channel in place of three.
  return one ? { ...known, conv: known.conv - 48 * 48 * 8 * 9 * 2 } : known;
}

/** Splits lines of fields without quotes, as the file has them. */
function records(path: string): Record<string, string>[] {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const names = head!.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((field, i) => [names[i]!, field])));
}

/** Rows whose processor, kernels and layers are known and that compute on the processor itself. */
export function publishedRows(path = CALIBRATION): PublishedRow[] {
  return records(path).flatMap((record): PublishedRow[] => {
    const { board, cpu, clock_mhz, model, dtype, runtime, latency_ms } = record as Record<string, string>;
    if (/accelerator(?! Silicon)/.test(runtime!) || /SPIRAM/.test(record.source!)) return [];
    const core = nameIn(CORES, cpu!)?.[1];
    const found = nameIn(KERNELS, runtime!);
    const network = networkOf(model!);
    const counts = network && networkWork(network, dtype!);
    if (!core || !found || !counts || !network || !(Number(clock_mhz) > 0)) return [];
    const kernels = `${found[1](found[0])}${dtype === 'float32' ? ' float' : ''}`;
    // On the ESP-EYE this network's float activations lie in external memory.
    if (kernels === 'Edge Impulse SDK float') return [];
    return [
      {
        board: boardOf(board!),
        // A core's float unit says nothing of its integer units.
        core: dtype === 'float32' ? `${core} float` : core,
        kernels,
        network,
        work: counts,
        cycles: 1000 * Number(latency_ms) * Number(clock_mhz),
        compared:
          dtype === 'int8' &&
          /^MLPerf/.test(model!) &&
          network !== 'SWW' &&
          core.startsWith('Cortex-M') &&
          !runtime!.includes('accelerator'),
      },
    ];
  });
}

/** Energy per cycle of rows that state both, accelerators apart. */
export function energyRows(path = CALIBRATION): EnergyRow[] {
  return records(path).flatMap((record): EnergyRow[] => {
    const { board, clock_mhz, model, runtime, latency_ms, energy_uJ } = record as Record<string, string>;
    if (!energy_uJ || !(Number(clock_mhz) > 0) || /accelerator(?! Silicon)/.test(runtime!)) return [];
    const cycles = 1000 * Number(latency_ms) * Number(clock_mhz);
    return [
      {
        board: /L4R5ZI-P/.test(board!) ? 'NUCLEO-L4R5ZI-P' : boardOf(board!),
        network: networkOf(model!) ?? model!,
        nanojoulesPerCycle: (1000 * Number(energy_uJ)) / cycles,
      },
    ];
  });
}
