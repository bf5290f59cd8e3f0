import { readModel, type TflmTensor, tflmArena } from '../../compile/tflm/index.js';
import type { DspStep, LearnStep, Program } from '../../program.js';
import { imageOf, type Spec, shapeOf, sizeOf } from '../../spec.js';

/** What the metadata says beside the impulse. */
export interface MetadataOptions {
  readonly project: { readonly id: number; readonly name: string; readonly owner: string };
  readonly studioHost: string;
  readonly deployCounter: number;
  readonly inputFolder: string;
  readonly outputFolder: string;
}

/** A network of the impulse as a file. */
export interface ModelFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly step: LearnStep;
}

/** The networks of an impulse: the first as `trained.tflite`, as containers expect it. */
export function modelFiles({ learn }: Program): ModelFile[] {
  const networks = learn.filter(({ block }) => block.tflite);
  return networks.map((step, i) => ({
    path: i === 0 ? 'trained.tflite' : `trained_${i + 1}.tflite`,
    bytes: step.block.tflite!(),
    step,
  }));
}

/** No clock decides what is emitted. */
const CREATED = '1970-01-01T00:00:00.000Z';

/** Number of the input; those of blocks follow. */
const INPUT_ID = 1;

/**
 * `deployment-metadata.json`, version 1.
 *
 * Source: the published specification of the file, interface `DeploymentMetadataV1`. Fields that may be absent and that
 * we know nothing of are: paths of other model formats, `apiKey`, and what measuring a block took.
 */
export function metadataOf(program: Program, options: MetadataOptions) {
  const { input, dsp, learn, sensor } = program;
  const time = input.axes[0]!;
  const first = learn.find(({ block }) => block.labels.length > 0);
  const isSignal = input.kind === 'signal';
  const picture = isSignal ? undefined : imageOf(input as Spec<'image'>);
  return {
    version: 1,
    deployCounter: options.deployCounter,
    classes: first?.block.labels ?? [],
    samplesPerInference: picture ? picture.width * picture.height : time.size,
    axesCount: isSignal ? input.axes[1]!.size : 1,
    frequency: input.rateHz ?? 0,
    tfliteModels: modelFiles(program).map((file) => modelOf(file, options.inputFolder)),
    project: { ...options.project, studioHost: options.studioHost },
    impulse: {
      inputBlocks: [inputBlock(program)],
      dspBlocks: dsp.map((step, i) => dspBlock(program, step, INPUT_ID + 1 + i)),
      learnBlocks: learn.map((step, i) => learnBlock(step, INPUT_ID + 1 + dsp.length + i)),
      postProcessingBlocks: [],
    },
    ...(sensor !== 'unknown' && { sensor }),
    folders: { input: options.inputFolder, output: options.outputFolder },
  };
}

function modelOf({ path, bytes, step }: ModelFile, folder: string) {
  const { tensors, input, output } = readModel(bytes);
  const [from, to] = [tensors[input]!, tensors[output]!];
  return {
    details: { modelType: step.block.dtype === 'int8' ? 'int8' : 'float32', inputs: [ioOf(from)], outputs: [ioOf(to)] },
    inputTensor: from.name,
    outputTensor: to.name,
    modelPath: `${folder}/${path}`,
    arenaSize: tflmArena(bytes).bytes,
    inputFrameSize: sizeOf(step.block.input),
  };
}

function ioOf({ name, type, shape, scale, zeroPoint }: TflmTensor) {
  if (type === 'FLOAT32') return { dataType: 'float32', name, shape };
  return { dataType: 'int8', name, shape, quantizationScale: scale, quantizationZeroPoint: zeroPoint };
}

/** Milliseconds of some time steps. */
const lengthMs = ({ input }: Program, steps: number): number => (input.rateHz ? (1000 * steps) / input.rateHz : 0);

function inputBlock(program: Program) {
  const { input, strideSamples, resizeMode = 'squash' } = program;
  const base = { id: INPUT_ID, primaryVersion: true, db: false };
  if (input.kind === 'image') {
    const { width, height } = imageOf(input as Spec<'image'>);
    const size = {
      imageWidth: width,
      imageHeight: height,
      resizeMode,
      resizeMethod: 'nearest',
      cropAnchor: 'middle-center',
    };
    return { ...base, type: 'image', name: 'Image', title: 'Image data', ...size };
  }
  return {
    ...base,
    type: 'time-series',
    name: 'Time series',
    title: 'Time series data',
    windowSizeMs: lengthMs(program, input.axes[0]!.size),
    windowIncreaseMs: lengthMs(program, strideSamples),
    frequencyHz: input.rateHz ?? 0,
    padZeros: false,
  };
}

/** Types of the incumbent's blocks; any other is a block of one's own. */
const DSP_TYPES: Readonly<Record<string, string>> = {
  features: 'features',
  flatten: 'flatten',
  image: 'image',
  mfcc: 'mfcc',
  mfe: 'mfe',
  raw: 'raw',
  spectral: 'spectral-analysis',
  spectrogram: 'spectrogram',
};

function dspBlock(program: Program, { name, type, stage }: DspStep, id: number) {
  const { input, learn, strideSamples } = program;
  const params = paramsOf(program.design, name);
  const axes = input.kind === 'signal' ? (input.axes[1]!.labels ?? []) : ['image'];
  const featureCount = sizeOf(stage.output);
  return {
    id,
    type: DSP_TYPES[type] ?? 'custom',
    name,
    title: type,
    axes,
    input: INPUT_ID,
    implementationVersion: typeof params.version === 'number' ? params.version : 1,
    primaryVersion: true,
    db: false,
    metadata: {
      created: CREATED,
      dspConfig: { options: params, calculateFeatureImportance: false },
      labels: learn.flatMap(({ block }) => block.labels),
      featureCount,
      valuesPerAxis: Math.floor(featureCount / Math.max(1, axes.length)),
      windowCount: 0,
      windowSizeMs: input.kind === 'signal' ? lengthMs(program, input.axes[0]!.size) : 0,
      windowIncreaseMs: lengthMs(program, strideSamples),
      padZeros: false,
      frequency: input.rateHz ?? 0,
      outputConfig: outputOf(stage.output),
      includeEmptyLabels: false,
      inputShape: [sizeOf(stage.input)],
      includedSamplesAreInOrder: true,
    },
  };
}

function outputOf(output: Spec) {
  if (output.kind === 'spectrogram') {
    const [height, width] = shapeOf(output);
    return { type: 'spectrogram', shape: { width: width!, height: height! } };
  }
  if (output.kind === 'image') {
    const { width, height, channels } = imageOf(output as Spec<'image'>);
    return { type: 'image', shape: { width, height, channels } };
  }
  return { type: 'flat', shape: { width: sizeOf(output) } };
}

type Scalar = string | number | boolean | null;

/** Parameters of a processing block as the saved design has them: lists as text, as the incumbent's options are. */
function paramsOf(design: string, name: string): Readonly<Record<string, Scalar>> {
  const { dsp } = parsed(design) as { dsp?: Readonly<Record<string, { params?: Readonly<Record<string, unknown>> }>> };
  const text = (value: unknown): Scalar =>
    Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : (value as Scalar);
  return Object.fromEntries(Object.entries(dsp?.[name]?.params ?? {}).map(([key, value]) => [key, text(value)]));
}

/** Programs made by hand have no design in JSON. */
function parsed(design: string): object {
  try {
    const value: unknown = JSON.parse(design);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function learnBlock({ name, inputs, block }: LearnStep, id: number) {
  const { type, title } = learnType(block.type, block.answers);
  const dsp = inputs.map((index) => INPUT_ID + 1 + index);
  return { id, type, name, title, dsp, primaryVersion: true, db: false };
}

function learnType(type: string, answers: string): { readonly type: string; readonly title: string } {
  if (answers === 'cells') return { type: 'keras-object-detection', title: 'Object detection' };
  if (answers === 'value') return { type: 'keras-regression', title: 'Regression' };
  if (answers === 'classes') return { type: 'keras', title: 'Classification' };
  if (type === 'gmm') return { type: 'anomaly-gmm', title: 'Anomaly detection (GMM)' };
  return { type: 'anomaly', title: 'Anomaly detection' };
}
