import { fail } from '../../errors.js';
import { commentText, cString } from '../../names.js';
import type { Program } from '../../program.js';
import { imageOf, type Spec, shapeOf, sizeOf } from '../../spec.js';
import type { Layout, LearnerLayout } from '../cpp/layout.js';
import { LICENSE_LINE, lines } from '../cpp/wiring.js';
import type { CompatibleValues } from './options.js';

/** The learners of an impulse by what the SDK has a place for. */
export interface Roles {
  /** Scores by label, or one value. */
  readonly classifier: LearnerLayout | undefined;
  /** Boxes of objects. */
  readonly detector: LearnerLayout | undefined;
  readonly anomaly: LearnerLayout | undefined;
  /** Names of the scores, or of the objects. */
  readonly categories: readonly string[];
}

/** @throws `UNSUPPORTED` for two learners of one kind, and for cells that no boxes are made of */
export function rolesOf({ name, learners }: Layout): Roles {
  const of = (...answers: readonly string[]) => learners.filter(({ block }) => answers.includes(block.answers));
  const [classifiers, detectors, anomalies] = [of('classes', 'value'), of('cells'), of('anomaly')];
  const [classifier, detector] = [classifiers[0], detectors[0]];
  if (classifiers.length + detectors.length > 1 || anomalies.length > 1 || (detector && !detector.block.boxes)) {
    fail({
      code: 'UNSUPPORTED',
      where: `${name}.compatible`,
      got: learners.map((learner) => `${learner.step.name} (${learner.block.answers})`).join(', '),
      expected: 'at most one classifier, regression or detector, and one anomaly score',
      fix: 'Leave the option out, or deploy the learners as impulses of their own.',
    });
  }
  const { answers, labels } = (classifier ?? detector)?.block ?? { answers: 'classes', labels: [] };
  return { classifier, detector, anomaly: anomalies[0], categories: answers === 'value' ? ['value'] : labels };
}

/** How the values of a signal stand for the values of a window. */
export interface Frame {
  /** Frames of a window: time steps, or pixels. */
  readonly count: number;
  /** Values per frame that `get_data` gives. */
  readonly values: number;
  readonly window: 'Values' | 'Colours' | 'Greys';
  readonly width: number;
  readonly height: number;
}

/** @throws `UNSUPPORTED` for pictures that are neither grey nor of three colours */
export function frameOf({ name, program, windowSamples, axes }: Layout): Frame {
  if (program.input.kind === 'signal') {
    return { count: windowSamples, values: axes, window: 'Values', width: 0, height: 0 };
  }
  const { width, height, channels, frames, packed } = imageOf(program.input as Spec<'image'>);
  if (frames !== 1 || (channels !== 1 && channels !== 3)) {
    fail({
      code: 'UNSUPPORTED',
      where: `${name}.compatible`,
      got: `${frames} pictures of ${channels} channels`,
      expected: 'one picture of 1 or 3 channels',
      fix: 'Leave the option out.',
    });
  }
  const window = packed ? 'Values' : channels === 3 ? 'Colours' : 'Greys';
  return { count: width * height, values: 1, window, width, height };
}

const SENSORS: Readonly<Record<Program['sensor'], string>> = {
  microphone: 'EI_CLASSIFIER_SENSOR_MICROPHONE',
  accelerometer: 'EI_CLASSIFIER_SENSOR_ACCELEROMETER',
  camera: 'EI_CLASSIFIER_SENSOR_CAMERA',
  unknown: 'EI_CLASSIFIER_SENSOR_UNKNOWN',
};

const OBJECTS = 10;
const CONFIDENCE = '0.6f';

/** `model-parameters/model_metadata.h`: the impulse as macros. */
export function metadataHeader(layout: Layout, options: CompatibleValues): string {
  const { program, name, learners, extras } = layout;
  const { detector, anomaly, categories } = rolesOf(layout);
  const frame = frameOf(layout);
  const { project, slicesPerWindow } = options;
  const rateHz = program.input.rateHz ?? 0;
  const main = learners.find((learner) => learner !== anomaly) ?? learners[0]!;
  const dtype = main.block.dtype === 'int8' ? 'EI_CLASSIFIER_DATATYPE_INT8' : 'EI_CLASSIFIER_DATATYPE_FLOAT32';
  const axisNames = program.input.kind === 'signal' ? (program.input.axes[1]?.labels ?? []) : [];
  const numbers: [string, string | number][] = [
    ['PROJECT_ID', project.id ?? 0],
    ['PROJECT_OWNER', cString(project.owner ?? '')],
    ['PROJECT_NAME', cString(project.name ?? name)],
    ['PROJECT_DEPLOY_VERSION', project.deployVersion ?? 1],
    ['NN_INPUT_FRAME_SIZE', sizeOf(main.block.input)],
    ['RAW_SAMPLE_COUNT', frame.count],
    ['RAW_SAMPLES_PER_FRAME', frame.values],
    ['DSP_INPUT_FRAME_SIZE', '(EI_CLASSIFIER_RAW_SAMPLE_COUNT * EI_CLASSIFIER_RAW_SAMPLES_PER_FRAME)'],
    ['INPUT_WIDTH', frame.width],
    ['INPUT_HEIGHT', frame.height],
    ['INPUT_FRAMES', frame.width > 0 ? 1 : 0],
    ['RESIZE_MODE', 'EI_CLASSIFIER_RESIZE_NONE'],
    ['INTERVAL_MS', rateHz > 0 ? number(1000 / rateHz) : 1],
    ['FREQUENCY', number(rateHz)],
    ['SENSOR', SENSORS[program.sensor]],
    ['FUSION_AXES_STRING', cString(axisNames.map(commentText).join(' + '))],
    ['LABEL_COUNT', categories.length],
    ['NN_OUTPUT_COUNT', sizeOf(main.block.output)],
    ['THRESHOLD', CONFIDENCE],
    ['HAS_ANOMALY', anomaly ? 'EI_ANOMALY_TYPE_KMEANS' : 'EI_ANOMALY_TYPE_UNKNOWN'],
    ['HAS_ANOMALY_KMEANS', anomaly ? 1 : 0],
    ['HAS_ANOMALY_GMM', 0],
    ['HAS_VISUAL_ANOMALY', 0],
    ['SINGLE_FEATURE_INPUT', program.dsp.length === 1 ? 1 : 0],
    ['OBJECT_DETECTION', detector ? 1 : 0],
    ...(detector ? objectMacros(detector) : []),
    ['OBJECT_TRACKING_ENABLED', 0],
    ['CALIBRATION_ENABLED', extras.postprocess ? 1 : 0],
    ['FREEFORM_OUTPUT', 0],
    ['HR_ENABLED', 0],
    ['HAS_DATA_NORMALIZATION', 0],
    ['INFERENCING_ENGINE', 'EI_CLASSIFIER_NONE'],
    ['COMPILED', 1],
    ['QUANTIZATION_ENABLED', main.block.dtype === 'int8' ? 1 : 0],
    ['TFLITE_INPUT_DATATYPE', dtype],
    ['TFLITE_OUTPUT_DATATYPE', dtype],
    ['TFLITE_LARGEST_ARENA_SIZE', program.arenaBytes],
    ['HAS_TFLITE_OPS_RESOLVER', 0],
    ['HAS_FFT_INFO', 0],
    ['NON_STANDARD_FFT_SIZES', 0],
  ];
  return lines(
    LICENSE_LINE,
    '// The impulse in numbers.',
    '#ifndef IMPULSEKIT_COMPAT_MODEL_METADATA_H',
    '#define IMPULSEKIT_COMPAT_MODEL_METADATA_H',
    '',
    '#include "edge-impulse-sdk/classifier/ei_constants.h"',
    '',
    ...numbers.map(([macro, value]) => `#define EI_CLASSIFIER_${macro} ${value}`),
    ...(detector ? ['#define EI_HAS_FOMO 1'] : []),
    '',
    '// A stream comes in slices: define it before the include to have others, from 1 to 10.',
    '#ifndef EI_CLASSIFIER_SLICES_PER_MODEL_WINDOW',
    `#define EI_CLASSIFIER_SLICES_PER_MODEL_WINDOW ${slicesPerWindow}`,
    '#endif',
    '#define EI_CLASSIFIER_SLICE_SIZE (EI_CLASSIFIER_RAW_SAMPLE_COUNT / EI_CLASSIFIER_SLICES_PER_MODEL_WINDOW)',
    '',
    '#define EI_STUDIO_VERSION_MAJOR 0',
    '#define EI_STUDIO_VERSION_MINOR 0',
    '#define EI_STUDIO_VERSION_PATCH 0',
    '',
    '#endif  // IMPULSEKIT_COMPAT_MODEL_METADATA_H',
  );
}

const objectMacros = ({ block }: LearnerLayout): [string, string | number][] => {
  const minScore = number(block.boxes!.minScore);
  return [
    ['OBJECT_DETECTION_COUNT', OBJECTS],
    ['OBJECT_DETECTION_THRESHOLD', `${minScore}f`],
    ['OBJECT_DETECTION_LAST_LAYER', 'EI_CLASSIFIER_LAST_LAYER_FOMO'],
    ['FOMO_OUTPUT_SIZE', shapeOf(block.output)[0]!],
  ];
};

/** A number that C++ takes as a double, and a `f` behind it as a float. */
const number = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));
