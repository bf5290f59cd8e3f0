/** One row per model, core and mode: what was measured, beside the peer and the bars. */
import type { Optimize } from '../../src/compile/op.js';
import { type Dtype, differenceOf, type ModelCase, TOLERANCE } from './cases.js';
import type { Core } from './image.js';
import { type ModelMeasurement, measureModel } from './measure.js';
import { barsOf, type Figures, FLASH_GROWTH, type Peer, peerOf } from './peers.js';

type Measured = Omit<ModelMeasurement, 'outputs' | 'functions'>;

export interface ModelRow extends Measured {
  readonly model: string;
  readonly dtype: Dtype;
  readonly core: Core;
  readonly mode: Optimize;
  readonly instructionsPerMac: number;
  /** int8: bit for bit; float32: within 1e-5. */
  readonly exact: boolean;
  /** Number of inputs that were compared. */
  readonly inputs: number;
  readonly peer: Peer;
  readonly bars: Figures;
  /** By bar, whether it is kept; bars that do not concern this mode are absent. */
  readonly meets: Meets;
}

/** `flashGrowth`: speed mode takes at most a fifth more flash than size mode. */
export type Meets = Readonly<Partial<Record<'flash' | 'ram' | 'instructions' | 'flashGrowth', boolean>>>;

export interface MeasuredCase {
  readonly rows: readonly ModelRow[];
  /** Code sizes by function name, one map per row. */
  readonly functions: readonly ReadonlyMap<string, number>[];
}

/** Measures a model on one core in both modes. */
export async function measureCase(one: ModelCase, core: Core): Promise<MeasuredCase> {
  const { model, dtype, graph, inputs, expected } = one;
  const modes: readonly Optimize[] = ['size', 'speed'];
  const measured: ModelMeasurement[] = [];
  for (const mode of modes) measured.push(await measureModel(graph, { core, mode, inputs }));
  const bars = barsOf(model, dtype, core);
  const rows = measured.map(({ outputs, functions, ...figures }, i): ModelRow => {
    const mode = modes[i]!;
    return {
      model,
      dtype,
      core,
      mode,
      ...figures,
      instructionsPerMac: figures.instructions / figures.macs,
      exact: differenceOf(outputs, expected) <= TOLERANCE[dtype],
      inputs: inputs.length,
      peer: peerOf(model, dtype, core),
      bars,
      meets: mode === 'size' ? meetsSize(figures, bars) : meetsSpeed(figures, bars, measured[0]!),
    };
  });
  return { rows, functions: measured.map(({ functions }) => functions) };
}

function meetsSize({ flashBytes, ramBytes }: Measured, bars: Figures): Meets {
  return {
    ...(bars.flashBytes !== undefined && { flash: flashBytes <= bars.flashBytes }),
    ...(bars.ramBytes !== undefined && { ram: ramBytes <= bars.ramBytes }),
  };
}

function meetsSpeed({ flashBytes, instructions }: Measured, bars: Figures, size: Measured): Meets {
  return {
    ...(bars.instructions !== undefined && {
      instructions: instructions <= bars.instructions,
      flashGrowth: flashBytes <= FLASH_GROWTH * size.flashBytes,
    }),
  };
}
