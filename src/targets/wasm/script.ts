import type { Answers } from '../../block.js';
import type { Program } from '../../program.js';
import { type Spec, shapeOf } from '../../spec.js';
import { isLabelled } from '../cpp/answers.js';
import type { Layout, LearnerLayout } from '../cpp/layout.js';
import { lines } from '../cpp/wiring.js';
import classifierScript from './classifier.mjs.js';
import impulseScript from './impulse.mjs.js';
import impulseTypes from './impulse.types.js';
import type { WasmOptions, WasmVariant } from './options.js';

/** What the scripts beside this file know of an impulse; JSON. */
export interface ModuleInfo {
  readonly name: string;
  readonly labels: readonly string[];
  readonly sensor: Program['sensor'];
  readonly rateHz: number;
  readonly axes: readonly string[];
  readonly windowSamples: number;
  readonly inputSize: number;
  readonly strideSamples: number;
  readonly sliceSize: number;
  readonly sampleType: 'int16' | 'float32';
  readonly steps: readonly string[];
  readonly arenaBytes: number;
  readonly image?: {
    readonly width: number;
    readonly height: number;
    readonly channels: number;
    readonly frames: number;
  };
  readonly resultSize: number;
  readonly learners: readonly ModuleLearner[];
  readonly project: {
    readonly id: number;
    readonly owner: string;
    readonly name: string;
    readonly deployVersion: number;
  };
}

interface ModuleLearner {
  readonly name: string;
  readonly answers: Answers;
  readonly labels: readonly string[];
  /** First of its values in the result, and their number. */
  readonly at: number;
  readonly size: number;
  /** Least score of an object; learners that find objects only. */
  readonly minScore?: number;
}

export function infoOf(layout: Layout, project: WasmOptions['project'] = {}): ModuleInfo {
  const { name, program, learners, steps, windowSamples, inputSize, stream } = layout;
  const strideSamples = stream ? program.strideSamples : 0;
  const axes = program.input.axes.at(-1)!;
  return {
    name,
    labels: learners.find(isLabelled)?.block.labels ?? [],
    sensor: program.sensor,
    rateHz: program.input.rateHz ?? 0,
    axes: axes.labels ?? Array.from({ length: axes.size }, (_, i) => `axis${i}`),
    windowSamples,
    inputSize,
    strideSamples,
    sliceSize: strideSamples * layout.axes,
    sampleType: stream?.sample === 'int16_t' ? 'int16' : 'float32',
    steps: steps.map((step) => step.name),
    arenaBytes: program.arenaBytes,
    ...(program.input.kind === 'image' && { image: imageOf(program.input) }),
    resultSize: learners.reduce((sum, { size }) => sum + size, 0),
    learners: learners.map(learnerOf),
    project: {
      id: project.id ?? 0,
      owner: project.owner ?? '',
      name: project.name ?? name,
      deployVersion: project.deployVersion ?? 1,
    },
  };
}

function imageOf(input: Spec) {
  const sizes = shapeOf(input);
  const [height, width, channels] = sizes.slice(-3) as [number, number, number];
  return { width, height, channels, frames: sizes.length > 3 ? sizes[0]! : 1 };
}

const learnerOf = ({ step, block, at, size }: LearnerLayout): ModuleLearner => ({
  name: step.name,
  answers: block.answers,
  labels: block.labels,
  at,
  size,
  ...(block.boxes && { minScore: block.boxes.minScore }),
});

/** The ES module, with a place for every binary. */
export function scriptText(info: ModuleInfo, variants: readonly WasmVariant[], embed: boolean): string {
  const place = (variant: WasmVariant): string =>
    embed ? `'{{${variant}}}'` : `new URL('./{{${variant}}}', import.meta.url)`;
  return lines(
    '// SPDX-License-Identifier: Apache-2.0',
    inner(impulseScript.text),
    inner(classifierScript.text),
    // No text of the user's may look like the place of a binary.
    `export const info = ${JSON.stringify(info, undefined, 2).replaceAll('{{', '{\\u007b')};`,
    '',
    'const binaries = {',
    ...variants.map((variant) => `  ${variant}: ${place(variant)},`),
    '};',
    '',
    'export const load = (options) => Impulse.load(info, binaries, options);',
    '',
    'export const EdgeImpulseClassifier = classifierOf(load);',
    '',
    'export const createModule = (options) => moduleOf(load, options);',
    '',
    'const classifier = new EdgeImpulseClassifier();',
    ...FUNCTIONS.map((name) => `export const ${name} = (...values) => classifier.${name}(...values);`),
    '',
    'export default createModule;',
  );
}

const FUNCTIONS = ['init', 'classify', 'classifyContinuous', 'getProjectInfo', 'getProperties', 'setThreshold'];

/** A part of the module, which exports nothing of its own. */
const inner = (text: string): string => text.replace(/^export /gm, '');

export function typesText(labels: readonly string[]): string {
  const label = labels.length > 0 ? labels.map((one) => JSON.stringify(one)).join(' | ') : 'string';
  return lines(
    '// SPDX-License-Identifier: Apache-2.0',
    impulseTypes.text,
    '/** Class names. */',
    `export type Label = ${label};`,
    '',
    'export declare const info: Info<Label>;',
    '/** Loads the impulse; every call makes one with memory of its own. */',
    'export declare function load(options?: LoadOptions): Promise<Impulse<Label>>;',
    '',
    '/** As in `new EdgeImpulseClassifier()`: every object has an impulse of its own. */',
    'export declare const EdgeImpulseClassifier: new () => Classifier;',
    '/** The functions of one such object. */',
    ...FUNCTIONS.map((name) => `export declare const ${name}: Classifier['${name}'];`),
    '/** Makes what code finds that calls `run_classifier` of the module itself. */',
    'export declare function createModule(options?: LoadOptions): Promise<ClassifierModule>;',
    'export default createModule;',
  );
}
