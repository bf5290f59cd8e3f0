import type { TrainedBlock } from '../../block.js';
import type { Program } from '../../program.js';
import { imageOf, type Spec, sizeOf } from '../../spec.js';
import type { Calibration } from './calibration.js';
import { keysOf, type Roles } from './roles.js';

/** Whose impulse it is, as clients show it. */
export interface EimProject {
  readonly id?: number;
  readonly owner?: string;
  readonly name?: string;
  readonly deployVersion?: number;
  readonly impulseId?: number;
  readonly impulseName?: string;
}

/** `model_parameters` of the protocol. */
export interface EimParameters {
  /** Values per time step. */
  readonly axis_count: number;
  /** Hz; 0 for images. */
  readonly frequency: number;
  /** 0 none, 1 K-means, 2 Gaussian mixture, 5 any other. */
  readonly has_anomaly: number;
  readonly has_object_tracking: boolean;
  readonly has_performance_calibration: boolean;
  readonly image_channel_count: number;
  readonly image_input_frames: number;
  readonly image_input_height: number;
  readonly image_input_width: number;
  readonly image_resize_mode: string;
  readonly inferencing_engine: number;
  /** Numbers of one `classify`: values of a window, or pixels. */
  readonly input_features_count: number;
  readonly interval_ms: number;
  readonly label_count: number;
  readonly labels: readonly string[];
  readonly model_type: string;
  readonly sensor: number;
  /** Numbers of one `classify_continuous`, all axes; 0 for images. */
  readonly slice_size: number;
  readonly thresholds: readonly EimThreshold[];
  readonly use_continuous_mode: boolean;
}

/** What `set_threshold` may change of one block. */
export type EimThreshold = { readonly id: number; readonly type: string } & Readonly<Record<string, unknown>>;

/** A learner as our servers name it: foreign ones do not. */
export interface EimLearner {
  readonly name: string;
  readonly answers: TrainedBlock['answers'];
}

/** What a server says of itself. */
export interface EimHello {
  readonly project: {
    readonly id: number;
    readonly owner: string;
    readonly name: string;
    readonly deploy_version: number;
    readonly impulse_id?: number;
    readonly impulse_name?: string;
  };
  readonly model_parameters: EimParameters;
  readonly inferencing_engine?: { readonly engine_type: number; readonly properties: readonly string[] };
  readonly learners?: readonly EimLearner[];
}

// Numbers of the protocol.
const SENSORS: Readonly<Record<Program['sensor'], number>> = {
  microphone: 1,
  accelerometer: 2,
  camera: 3,
  unknown: 255,
};
const ANOMALY_KINDS: Readonly<Record<string, number>> = { 'k-means': 1, gmm: 2 };
const OTHER_ANOMALY = 5;
const NO_ENGINE = 255;

const RESIZE_MODES = { squash: 'squash', 'fit-short': 'fit-shortest', 'fit-long': 'fit-longest' } as const;

/** Number of the block with a threshold: blocks count from 1, processing first. */
export const blockId = ({ dsp }: Program, learner: number): number => dsp.length + learner + 1;

/** Numbers that a client sends for one window: one per pixel of an image. */
export function featureCount({ input }: Program): number {
  const { width, height, frames } = input.kind === 'image' ? imageOf(input) : NO_IMAGE;
  return input.kind === 'image' ? width * height * frames : sizeOf(input);
}

const NO_IMAGE = { width: 0, height: 0, frames: 0 };

/** What a hello is written from. */
export interface Introduction {
  readonly program: Program;
  readonly roles: Roles;
  /** Values of a slice; 0 without continuous mode. */
  readonly sliceSize: number;
  readonly calibration: Calibration | undefined;
  readonly name: string;
  readonly project: EimProject;
}

/** What the server of a program says. */
export function helloOf(introduction: Introduction): EimHello {
  const { program, roles, sliceSize, calibration, name, project } = introduction;
  const { input, sensor, learn } = program;
  const rateHz = input.rateHz ?? 0;
  const { width, height, frames } = input.kind === 'image' ? imageOf(input) : NO_IMAGE;
  const labelled = roles.classification ?? roles.objects;
  const labels = labelled === undefined ? [] : keysOf(learn[labelled]!);
  return {
    project: {
      id: project.id ?? 0,
      owner: project.owner ?? '',
      name: project.name ?? name,
      deploy_version: project.deployVersion ?? 1,
      impulse_id: project.impulseId ?? 1,
      impulse_name: project.impulseName ?? '',
    },
    model_parameters: {
      axis_count: input.kind === 'image' ? 1 : input.axes[1]!.size,
      frequency: rateHz,
      has_anomaly: roles.anomaly === undefined ? 0 : (ANOMALY_KINDS[learn[roles.anomaly]!.block.type] ?? OTHER_ANOMALY),
      has_object_tracking: false,
      has_performance_calibration: calibration !== undefined,
      image_channel_count: channelCount(program),
      image_input_frames: frames,
      image_input_height: height,
      image_input_width: width,
      image_resize_mode: input.kind === 'image' ? RESIZE_MODES[program.resizeMode ?? 'squash'] : 'none',
      inferencing_engine: NO_ENGINE,
      input_features_count: featureCount(program),
      interval_ms: rateHz > 0 ? 1000 / rateHz : 0,
      label_count: labels.length,
      labels,
      model_type: roles.objects === undefined ? 'classification' : 'constrained_object_detection',
      sensor: SENSORS[sensor],
      slice_size: sliceSize,
      thresholds: [...objectThresholds(program, roles), ...calibrationThresholds(calibration)],
      use_continuous_mode: sensor === 'microphone' && sliceSize > 0,
    },
    inferencing_engine: { engine_type: NO_ENGINE, properties: [] },
    learners: learn.map(({ name, block }) => ({ name, answers: block.answers })),
  };
}

/** What blocks see of colours: 1 when they take or make grey only. */
function channelCount({ input, dsp }: Program): number {
  if (input.kind !== 'image') return 0;
  const seen: Spec = dsp.length === 1 && dsp[0]!.stage.output.kind === 'image' ? dsp[0]!.stage.output : input;
  const { channels, packed } = imageOf(seen as Spec<'image'>);
  return channels === 1 && !packed ? 1 : 3;
}

function objectThresholds(program: Program, { objects }: Roles): readonly EimThreshold[] {
  const finder = objects === undefined ? undefined : program.learn[objects]!.block.boxes;
  if (!finder) return [];
  return [{ id: blockId(program, objects!), type: 'object_detection', min_score: finder.minScore }];
}

function calibrationThresholds(calibration: Calibration | undefined): readonly EimThreshold[] {
  if (!calibration) return [];
  const { id, sliceMs, averageResults, suppressResults, threshold, flags } = calibration;
  return [
    {
      id,
      type: 'performance_calibration',
      average_window_duration_ms: averageResults * sliceMs,
      detection_threshold: threshold,
      suppression_ms: suppressResults * sliceMs,
      suppression_flags: flags,
    },
  ];
}

/** JSON in ASCII whose strings hold no brace, so that counting braces finds its end. */
export function framedJson(value: unknown): string {
  return JSON.stringify(value).replace(/"(?:[^"\\]|\\.)*"/g, (text) =>
    text.replace(/[{}]|[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}
