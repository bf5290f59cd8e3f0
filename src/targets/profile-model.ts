import type { TrainedBlock } from '../block.js';
import {
  elements,
  type Graph,
  isTflite,
  type LayerFacts,
  layersOf,
  networkStage,
  type OperatorReport,
  operatorReport,
  optimize,
  planBuffers,
  readOnnx,
  readTflite,
  type Sharing,
  sketchQuantize,
  tflmArena,
  work,
  writeTflite,
} from '../compile/index.js';
import type { Work } from '../cost.js';
import { ImpulseError } from '../errors.js';
import type { Program } from '../program.js';
import { featuresSpec, signalSpec } from '../spec.js';
import { type Estimates, estimates } from './estimate/side-by-side.js';
import { type Estimate, estimate } from './estimate.js';
import type { ModelProfile, ProfiledLayer } from './profile-report.js';
import { profileTable } from './profile-table.js';
import type { TargetProfile } from './profiles/profile.js';

export interface ProfileOptions {
  /** `int8` profiles a float model as it will be after quantisation; by default the model is taken as it is. */
  readonly dtype?: 'as is' | 'int8' | undefined;
}

/** A trained impulse. */
export interface ProfiledImpulse {
  readonly program: Program;
  readonly estimates: (target: TargetProfile) => Estimates;
}

/**
 * Profiles a model on a board before anything is built: a .tflite file, an ONNX file, a trained impulse or its program.
 *
 * RAM is exact, from the memory plan; flash and latency are those of `estimate`, with its error. Float networks are also
 * estimated in int8, and everything beside an interpreter, where that is known of the core. A file with operators that
 * cannot be read gives a profile that does not fit and lists them.
 *
 * @throws `BAD_FILE` when the bytes are no model
 * @example
 * ```ts
 * console.log(await profileModel(await readFile('kws.tflite'), nano33ble));
 * ```
 */
export async function profileModel(
  model: Uint8Array | Program | ProfiledImpulse,
  target: TargetProfile,
  { dtype = 'as is' }: ProfileOptions = {},
): Promise<ModelProfile> {
  if (!(model instanceof Uint8Array)) return impulseProfile(model, target);
  const format = isTflite(model) ? 'tflite' : 'onnx';
  const operators = await operatorReport(model);
  if (!operators.supported) return unreadable(format, operators, target);
  const graph = optimize(format === 'tflite' ? readTflite(model) : await readOnnx(model));
  const int8 = isFloat(graph) ? optimize(sketchQuantize(graph)) : undefined;
  const fileOf = (network: Graph): Uint8Array | undefined =>
    network === graph && format === 'tflite' ? model : written(() => writeTflite(network));
  const programs = isInt8(graph)
    ? { int8: programOf(graph, fileOf(graph)) }
    : { f32: programOf(graph, fileOf(graph)), ...(int8 && { int8: programOf(int8, fileOf(int8)) }) };
  const known = Object.values(programs).every(({ learn }) => learn[0]!.block.interpreted);
  const both: Estimates = estimates(programs, known ? target : { ...target, interpreter: undefined });
  const asInt8 = dtype === 'int8' && int8 !== undefined;
  const result = (asInt8 ? both.int8 : (both.f32 ?? both.int8))!;
  const layers = priced(layersOf(asInt8 ? int8 : graph), result.latencyMs, target);
  return printable({ format, ...summary(layers, result, target), estimates: both, operators }, target);
}

function isFloat({ tensors }: Graph): boolean {
  return tensors.every(({ dtype }) => dtype === 'f32');
}

function isInt8({ tensors }: Graph): boolean {
  return tensors.some(({ dtype }) => dtype === 'int8');
}

function unreadable(format: 'tflite' | 'onnx', operators: OperatorReport, target: TargetProfile): ModelProfile {
  const none = { layers: [], macs: 0, parameterBytes: 0, ramBytes: 0, flashBytes: 0, latencyMs: 0 };
  const { latencyErrorPct, latencyErrorSource } = target;
  const missing = { ramBytes: 0, flashBytes: 0 };
  const verdict = { latencyErrorPct, latencyErrorSource, fits: false, binding: 'operators' as const, missing };
  return printable({ format, target: target.name, ...none, ...verdict, operators }, target);
}

function impulseProfile(model: Program | ProfiledImpulse, target: TargetProfile): ModelProfile {
  const program = 'program' in model ? model.program : model;
  const isQuantized = program.learn.some(({ block }) => block.dtype === 'int8');
  const own = isQuantized ? { int8: program } : { f32: program };
  const both = 'estimates' in model ? model.estimates(target) : estimates(own, target);
  const result = (both.f32 ?? both.int8)!;
  const blocks = result.blocks;
  const dsp = program.dsp.map(({ name, type, stage, dtype }, i) =>
    blockRow(name, type, dtype, stage, blocks[i]!.latencyMs, target),
  );
  const learn = program.learn.flatMap(({ name, block }, j) => {
    const { latencyMs } = blocks[program.dsp.length + j]!;
    const network = networkOf(block);
    if (!network) return [blockRow(name, block.type, block.dtype, block, latencyMs, target)];
    return priced(layersOf(network), latencyMs, target).map((layer) => ({ ...layer, name: `${name}/${layer.name}` }));
  });
  return printable({ format: 'impulse', ...summary([...dsp, ...learn], result, target), estimates: both }, target);
}

function blockRow(
  name: string,
  kind: string,
  dtype: string,
  { output, cpp }: Pick<TrainedBlock, 'output' | 'cpp'>,
  latencyMs: number,
  target: TargetProfile,
): ProfiledLayer {
  const shape = output.axes.map(({ size }) => size);
  const cycles = cyclesOf(latencyMs, target);
  return { name, kind, window: '', kernel: '', dtype, shape, macs: 0, parameterBytes: cpp.constBytes, cycles };
}

/** The network of a block, when it is one that its .tflite form can tell of. */
function networkOf({ tflite }: TrainedBlock): Graph | undefined {
  const file = tflite && written(tflite);
  return file && optimize(readTflite(file));
}

/** A .tflite file, where there is one: some paddings have no form in it. */
function written(write: () => Uint8Array): Uint8Array | undefined {
  try {
    return write();
  } catch (error) {
    if (error instanceof ImpulseError && error.code === 'UNSUPPORTED') return undefined;
    throw error;
  }
}

function cyclesOf(latencyMs: number, { clockHz }: TargetProfile): number {
  return Math.round((latencyMs * clockHz) / 1000);
}

/** Rows of layers: each by itself is a step of a program, and their prices together are that of the network. */
function priced(layers: readonly LayerFacts[], latencyMs: number, target: TargetProfile): ProfiledLayer[] {
  const alone = estimate(stepsOf(layers.map((layer) => layer.work)), target).blocks;
  const total = alone.reduce((sum, block) => sum + block.latencyMs, 0);
  return layers.map(({ work: _, ...layer }, i): ProfiledLayer => {
    const share = total === 0 ? 0 : alone[i]!.latencyMs / total;
    return { ...layer, cycles: cyclesOf(latencyMs * share, target) };
  });
}

function summary(layers: readonly ProfiledLayer[], result: Estimate, target: TargetProfile) {
  const { ramBytes, flashBytes, latencyMs, latencyErrorPct, latencyErrorSource, fits, missing } = result;
  const { energyUj, energyErrorPct } = result;
  const sum = (field: 'macs' | 'parameterBytes'): number => layers.reduce((total, layer) => total + layer[field], 0);
  return {
    target: result.target,
    layers,
    macs: sum('macs'),
    parameterBytes: sum('parameterBytes'),
    ...{ ramBytes, flashBytes, latencyMs, latencyErrorPct, latencyErrorSource, fits, missing },
    ...(energyUj !== undefined && energyErrorPct !== undefined && { energyUj, energyErrorPct }),
    binding: bindingOf(result, target),
    estimate: result,
  };
}

/** What is missing; of a model that fits, what it takes the larger share of. */
function bindingOf({ fits, missing, ramBytes, flashBytes }: Estimate, target: TargetProfile): 'RAM' | 'flash' {
  if (!fits) return missing.ramBytes > 0 ? 'RAM' : 'flash';
  return ramBytes / target.ramBytes > flashBytes / target.flashBytes ? 'RAM' : 'flash';
}

/** A network alone as a program: its input lies in the arena, under its working memory as far as that allows. */
function programOf(graph: Graph, file: Uint8Array | undefined): Program {
  const stage = networkStage(graph);
  const [inputs, outputs] = [graph.input, graph.output].map((i) => elements(graph.tensors[i]!.shape)) as [
    number,
    number,
  ];
  const stored = stage.stored !== undefined;
  const buffers = [
    { bytes: (stored ? 1 : 4) * inputs, first: 0, last: 1 },
    { bytes: stage.scratchBytes, first: 1, last: 1 },
  ];
  const forward = stored ? 0 : stage.inputOffset;
  const sharings: Sharing[] = forward === undefined ? [] : [{ input: 0, output: 1, forward }];
  const { offsets, totalBytes } = planBuffers(buffers, sharings);
  const step = { ...stepOf(work(graph), 0), inputOffset: offsets[0]!, scratchOffset: offsets[1]! };
  const block: TrainedBlock = {
    ...step.block,
    dtype: isInt8(graph) ? 'int8' : 'f32',
    input: featuresSpec(inputs),
    output: featuresSpec(outputs),
    cpp: stage,
    ...(file && { interpreted: () => ({ arenaBytes: tflmArena(file).bytes, modelBytes: file.length }) }),
  };
  return { ...empty(inputs), learn: [{ ...step, name: 'network', block }], arenaBytes: totalBytes };
}

function stepsOf(works: readonly Work[]): Program {
  return { ...empty(1), learn: works.map(stepOf) };
}

function empty(inputs: number): Program {
  const input = signalSpec(inputs, ['value'], 1);
  return { input, sensor: 'unknown', strideSamples: 0, dsp: [], learn: [], arenaBytes: 0, golden: [], design: '' };
}

/** A step that is nothing but its work. */
function stepOf(counts: Work, number: number): Program['learn'][number] {
  const spec = featuresSpec(1);
  const block: TrainedBlock = {
    type: 'network',
    answers: 'value',
    dtype: 'f32',
    labels: [],
    report: {},
    state: { json: null, arrays: {} },
    score: () => ({ count: 0 }) as never,
    input: spec,
    output: spec,
    run: () => {},
    work: counts,
    cpp: {
      headers: [],
      scratchBytes: 0,
      constBytes: 0,
      codeBytes: {},
      emit: () => ({ declaration: '', definition: '' }),
    },
  };
  return { name: `${number}`, inputs: [], block, inputOffset: 0, scratchOffset: 0 };
}

function printable(profile: ModelProfile, target: TargetProfile): ModelProfile {
  // Not enumerable, so that copies, comparisons and JSON see the fields alone.
  return Object.defineProperty(profile, Symbol.for('nodejs.util.inspect.custom'), {
    value: () => profileTable(profile, target),
  });
}
