import { type CalibrationMethod, calibrate, type Graph, optimize, quantize, type Ranges } from '../../compile/index.js';
import { takingRaw, type Unit } from '../standardise/unit.js';
import type { TrainingOptions, TrainingTask } from './task.js';
import { type TrainingResult, trainNetwork } from './train.js';

/** A network that has learnt to be rounded. */
export interface QuantizationAwareResult extends TrainingResult {
  /** Takes inputs as they are, before standardisation; batch normalisations are folded. */
  readonly graph: Graph;
  /** Ranges by tensor, for `quantize`. */
  readonly ranges: Ranges;
}

export interface QuantizationAwareOptions extends TrainingOptions {
  readonly calibration: CalibrationMethod;
  /** Standardisation of the inputs that `graph` was trained with. */
  readonly unit: Unit;
  /** Inputs before standardisation, to measure ranges on. */
  readonly rows: readonly Float32Array[];
}

/** How int8 holds a tensor. */
interface Rounding {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Calibration reads at most this many rows, evenly spread. */
const CALIBRATION_ROWS = 500;

/**
 * Trains a trained network on, with inputs, activations and weights rounded as int8 rounds them (Jacob et al., 2018):
 * the ranges are those of calibration and stay, and gradients pass the rounding as if it were not there. What the
 * compiler then stores has the scales and zero points that were trained with.
 *
 * @throws `ABORTED`
 */
export async function trainQuantized(
  task: TrainingTask,
  graph: Graph,
  options: QuantizationAwareOptions,
): Promise<QuantizationAwareResult> {
  const { unit, calibration, rows, signal, epochs } = options;
  // Both have the same operators: a factor in front changes weights, not the network.
  const [standard, raw] = [optimize(graph), optimize(takingRaw(graph, unit))];
  const count = Math.min(rows.length, CALIBRATION_ROWS);
  const chosen = Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]!);
  const ranges = calibrate(raw, chosen, { method: calibration, signal });
  const int8 = quantize(raw, ranges);
  const form = (index: number): Rounding => {
    const { scales, zeroPoint } = int8.tensors[index]!.quantization!;
    return { scale: scales[0]!, zeroPoint };
  };
  // Quantising numbers tensors anew; operators keep their names.
  const outputs = new Map(int8.ops.map((op) => [op.name, op.output]));
  const forms = new Map(raw.ops.map((op) => [op.output, form(outputs.get(op.name)!)]));
  const entry = form(int8.input);
  const given = new Set(standard.tensors.flatMap((tensor, i) => (tensor.data ? [i] : [])));
  const { outputBias: _bias, ...rest } = task;
  const result = await trainNetwork(
    {
      ...rest,
      learner: `${task.learner} in int8`,
      network: { graph: standard, dropout: new Map(), given, quantization: forms },
      input: (row, out, random) => {
        task.input(row, out, random);
        for (let i = 0; i < out.length; i++) out[i] = rounded(out[i]!, unit, entry);
      },
    },
    { ...options, epochs, seed: (options.seed ?? 1) + 1 },
  );
  return { ...result, graph: takingRaw(result.graph, unit), ranges };
}

/** A standardised input, after int8 has held what it was before. */
function rounded(value: number, { mean, factor }: Unit, { scale, zeroPoint }: Rounding): number {
  const held = Math.round((value / factor + mean) / scale) + zeroPoint;
  return ((Math.max(-128, Math.min(127, held)) - zeroPoint) * scale - mean) * factor;
}
