import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { optimize, readTflite, sketchQuantize, writeTflite } from '../../compile/index.js';
import { randomGraph } from '../../compile/testing/random-graph.js';
import { raw } from '../../dsp/index.js';
import { impulse, motion, type TrainedImpulse } from '../../impulse/index.js';
import { tflite } from '../../learn/index.js';
import { has, run, unpack } from '../../testing/compilers.js';
import { customDeployment } from './custom-deployment.js';

/** The fields of the published interface `DeploymentMetadataV1`; a trailing ? where it allows `undefined`. */
const FIELDS = {
  version: 'number',
  deployCounter: 'number',
  classes: 'array',
  samplesPerInference: 'number',
  axesCount: 'number',
  frequency: 'number',
  tfliteModels: 'array',
  project: 'object',
  impulse: 'object',
  'sensor?': 'string',
  folders: 'object',
};
const MODEL = {
  details: 'object',
  'inputTensor?': 'string',
  'outputTensor?': 'string',
  modelPath: 'string',
  arenaSize: 'number',
  inputFrameSize: 'number',
};
const DETAILS = { modelType: 'string', inputs: 'array', outputs: 'array' };
const FLOAT_TENSOR = { dataType: 'string', 'name?': 'string', 'shape?': 'array' };
const INT8_TENSOR = { ...FLOAT_TENSOR, 'quantizationScale?': 'number', 'quantizationZeroPoint?': 'number' };
const PROJECT = { name: 'string', id: 'number', owner: 'string', 'apiKey?': 'string', studioHost: 'string' };
const IMPULSE = { inputBlocks: 'array', dspBlocks: 'array', learnBlocks: 'array', 'postProcessingBlocks?': 'array' };
const BLOCK = {
  id: 'number',
  name: 'string',
  title: 'string',
  type: 'string',
  'primaryVersion?': 'boolean',
  'db?': 'boolean',
};
const TIME_SERIES = {
  ...BLOCK,
  windowSizeMs: 'number',
  windowIncreaseMs: 'number',
  frequencyHz: 'number',
  padZeros: 'boolean',
};
const DSP = { ...BLOCK, implementationVersion: 'number', axes: 'array', input: 'number', 'metadata?': 'object' };
const FEATURES = {
  created: 'string',
  dspConfig: 'object',
  labels: 'array',
  featureCount: 'number',
  valuesPerAxis: 'number',
  windowCount: 'number',
  windowSizeMs: 'number',
  windowIncreaseMs: 'number',
  padZeros: 'boolean',
  frequency: 'number',
  outputConfig: 'object',
  includeEmptyLabels: 'boolean',
  'inputShape?': 'array',
  includedSamplesAreInOrder: 'boolean',
};

/** Every documented field is there with its type, and no other. */
function expectFields(value: Record<string, unknown>, fields: Record<string, string>): void {
  const kind = (v: unknown): string => (Array.isArray(v) ? 'array' : typeof v);
  const known = new Map(Object.entries(fields).map(([name, type]) => [name.replace('?', ''), type]));
  for (const [name, v] of Object.entries(value)) expect([name, kind(v)]).toEqual([name, known.get(name)]);
  for (const name of Object.keys(fields)) if (!name.endsWith('?')) expect(value).toHaveProperty(name);
}

const float = (() => {
  for (let seed = 0; ; seed++) {
    const graph = optimize(randomGraph(seed));
    if (graph.tensors[graph.output]!.shape.join() === '2') return graph;
  }
})();
const int8 = sketchQuantize(float);
const inputs = float.tensors[float.input]!.shape.reduce((product, size) => product * size, 1);

function modelOf(graph: typeof float): TrainedImpulse {
  const input = motion({ axes: ['x'], rateHz: 50, windowMs: 20 * inputs, strideMs: 20 });
  return impulse({ input, dsp: raw({ scale: 0.5 }), learn: tflite(writeTflite(graph), { labels: ['a "b"', 'c'] }) });
}

const deployed = (graph: typeof float, options: Parameters<typeof customDeployment>[0] = {}) =>
  modelOf(graph).deploy(customDeployment({ name: 'net', ...options }));
// biome-ignore lint/suspicious/noExplicitAny: JSON, looked at field by field
const metadata = (...args: Parameters<typeof deployed>): any =>
  JSON.parse(deployed(...args).files['deployment-metadata.json'] as string);

describe('customDeployment', () => {
  it.each([
    ['float32', float],
    ['int8', int8],
  ])('writes every documented field: %s', (modelType, graph) => {
    const all = metadata(graph);
    expectFields(all, FIELDS);
    expect(all).toMatchObject({ version: 1, classes: ['a "b"', 'c'], samplesPerInference: inputs, axesCount: 1 });
    expect(all).toMatchObject({ frequency: 50, sensor: 'accelerometer' });
    expectFields(all.project, PROJECT);
    expectFields(all.impulse, IMPULSE);
    expectFields(all.impulse.inputBlocks[0], TIME_SERIES);
    expect(all.impulse.inputBlocks[0]).toMatchObject({ windowSizeMs: 20 * inputs, windowIncreaseMs: 20 });
    const [dsp] = all.impulse.dspBlocks;
    expectFields(dsp, DSP);
    expectFields(dsp.metadata, FEATURES);
    expect(dsp).toMatchObject({ type: 'raw', axes: ['x'], input: all.impulse.inputBlocks[0].id });
    expect(dsp.metadata).toMatchObject({ featureCount: inputs, dspConfig: { options: { scale: 0.5 } } });
    const [learner] = all.impulse.learnBlocks;
    expectFields(learner, { ...BLOCK, dsp: 'array' });
    expect(learner).toMatchObject({ type: 'keras', dsp: [dsp.id] });
    const [model] = all.tfliteModels;
    expectFields(model, MODEL);
    expectFields(model.details, DETAILS);
    expect(model.details.modelType).toBe(modelType);
    for (const tensor of [...model.details.inputs, ...model.details.outputs]) {
      expectFields(tensor, modelType === 'int8' ? INT8_TENSOR : FLOAT_TENSOR);
      expect(tensor.dataType).toBe(modelType);
    }
  });

  it('says of the model what the file says', () => {
    const { files } = deployed(int8);
    const [model] = metadata(int8).tfliteModels;
    const graph = readTflite(files['trained.tflite'] as Uint8Array);
    const [input, output] = [graph.tensors[graph.input]!, graph.tensors[graph.output]!];
    const { details } = model;
    expect(details.inputs[0]).toMatchObject({ shape: [1, ...input.shape], name: model.inputTensor });
    expect(Math.fround(details.inputs[0].quantizationScale)).toBe(input.quantization!.scales[0]);
    expect(details.inputs[0].quantizationZeroPoint).toBe(input.quantization!.zeroPoint);
    expect(Math.fround(details.outputs[0].quantizationScale)).toBe(output.quantization!.scales[0]);
    expect(model).toMatchObject({ inputFrameSize: inputs, modelPath: '/home/input/trained.tflite' });
    expect(model.arenaSize).toBeGreaterThan(0);
  });

  it('lays files out as containers expect them, and always the same', () => {
    const { files } = deployed(int8);
    const top = new Set(Object.keys(files).map((path) => path.split('/')[0]));
    const folders = ['edge-impulse-sdk', 'model-parameters', 'tflite-model'];
    expect([...top]).toEqual(['deployment-metadata.json', ...folders, 'trained.tflite']);
    expect(files['trained.tflite']).toEqual(modelOf(int8).toTflite());
    expect(deployed(int8).files).toEqual(files);
  });

  it('takes folders and project as options', () => {
    const options = {
      inputFolder: '/in',
      outputFolder: '/out',
      projectName: 'Fans',
      projectId: 7,
      owner: 'me',
      deployCounter: 3,
    };
    const all = metadata(float, options);
    expect(all).toMatchObject({ folders: { input: '/in', output: '/out' }, deployCounter: 3 });
    expect(all.project).toEqual({ id: 7, name: 'Fans', owner: 'me', studioHost: 'localhost' });
    expect(all.tfliteModels[0].modelPath).toBe('/in/trained.tflite');
    expect(() => customDeployment({ inputFolder: 'in' })).toThrow(/inputFolder.*BAD_OPTION/);
    expect(() => customDeployment({ name: 'class' })).toThrow(/name.*BAD_OPTION/);
    expect(() => customDeployment({ owner: 'a\nb' })).toThrow(/owner.*BAD_OPTION/);
  });
});

const dirs: string[] = [];
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

describe.skipIf(!has('g++'))('the three folders', () => {
  it('are enough for a program written against the incumbent SDK', () => {
    const model = modelOf(int8);
    const { files } = model.deploy(customDeployment({ name: 'net' }));
    const wanted = Object.entries(files).filter(([path]) =>
      /^(edge-impulse-sdk|model-parameters|tflite-model)\//.test(path),
    );
    const dir = unpack({ files: Object.fromEntries(wanted) });
    dirs.push(dir);
    const window = Float32Array.from({ length: inputs }, (_, i) => Math.fround(Math.sin(i)));
    const main = [
      '#include <stdio.h>',
      '#include "edge-impulse-sdk/classifier/ei_run_classifier.h"',
      `static const float window[] = {${[...window].join(', ')}};`,
      'static int get(size_t offset, size_t length, float* out) {',
      '  for (size_t i = 0; i < length; ++i) out[i] = window[offset + i];',
      '  return 0;',
      '}',
      'int main() {',
      '  signal_t signal;',
      '  signal.total_length = EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE;',
      '  signal.get_data = &get;',
      '  ei_impulse_result_t result;',
      '  if (run_classifier(&signal, &result, false) != EI_IMPULSE_OK) return 1;',
      '  for (size_t i = 0; i < EI_CLASSIFIER_LABEL_COUNT; ++i) printf("%.9g ", result.classification[i].value);',
      '  return 0;',
      '}',
    ].join('\n');
    writeFileSync(join(dir, 'main.cpp'), main);
    // As build files of the incumbent's exports find sources.
    const sources = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.cpp'));
    run('g++', ['-std=c++11', '-O0', '-Wall', '-Wextra', '-Werror', '-I.', '-o', 'program', ...sources], dir);
    const { scores } = model.predict(window);
    const got = run('./program', [], dir).trim().split(' ').map(Number);
    expect(got.map(Math.fround)).toEqual(Object.values(scores!));
  });
});
