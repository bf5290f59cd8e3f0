import type { Answers } from '../../block.js';
import { closure } from '../../cpp.js';
import { fail, show } from '../../errors.js';
import { checkLibraryName, cString } from '../../names.js';
import type { Bundle, DeploymentBlock, Program } from '../../program.js';
import { type Layout, type LearnerLayout, layoutOf } from '../cpp/layout.js';
import { libraryFiles, sortFiles } from '../cpp/library.js';
import { COMPILE_FLAGS, librarySources } from '../cpp/project.js';
import { lines } from '../cpp/wiring.js';
import serveHeader from './serve.h.js';

export interface EimOptions {
  /** C++ namespace and stem of the file names. */
  name: string;
  /** What the runner says of itself. */
  project?: { readonly id?: number; readonly owner?: string; readonly name?: string; readonly deployVersion?: number };
}

// The numbers of the protocol's `sensor`, `has_anomaly` and `inferencing_engine`.
const SENSORS: Readonly<Record<Program['sensor'], number>> = {
  microphone: 1,
  accelerometer: 2,
  camera: 3,
  unknown: 255,
};
const K_MEANS = 1;
const NO_ENGINE = 255;
const SLICES_PER_WINDOW = 4;

/**
 * Deploys as one native executable that serves the impulse as JSON messages on a UNIX socket or on stdin: a process
 * that runners of `.eim` files can drive. {@link build} in `impulsekit/node` compiles it.
 *
 * trained impulse -> files with a build recipe; at most one classifier or regression, and one anomaly score. A
 * regression answers as a classification with the one label `value`.
 *
 * Shared memory is not offered, so clients send plain JSON. `classify_continuous` runs the whole impulse on a sliding
 * window and takes a quarter of a window, all axes, each time.
 *
 * @throws `BAD_OPTION` for the name; on emission `BAD_LABEL` for a label with a brace, which clients cannot frame, and
 * `UNSUPPORTED` for two learners of one kind, or cells of an image
 *
 * @example
 * ```ts
 * await build(model.deploy(eim({ name: 'keyword' })), 'out/keyword.eim');
 * ```
 */
export function eim(options: EimOptions): DeploymentBlock {
  const name = checkLibraryName('eim', options.name);
  return {
    role: 'deploy',
    type: 'eim',
    emit: (program: Program): Bundle => {
      const layout = layoutOf(name, program, 'speed');
      checkLearners(layout);
      const headers = closure([serveHeader]).map(({ path, text }) => [`impulsekit/${path}`, text]);
      return {
        files: sortFiles({
          ...libraryFiles(layout),
          ...Object.fromEntries(headers),
          'main.cpp': mainText(layout, options.project),
        }),
        build: { sources: ['main.cpp', ...librarySources(layout)], flags: COMPILE_FLAGS, libraries: [] },
      };
    },
  };
}

type Place = 'classification' | 'anomaly';

/** Which member of a result holds what a learner says; the protocol has no grid of scores. */
const PLACES: Readonly<Record<Answers, Place | undefined>> = {
  classes: 'classification',
  // As the incumbent does it: a value is the score of one label.
  value: 'classification',
  anomaly: 'anomaly',
  cells: undefined,
};

const isIn =
  (place: Place) =>
  ({ block }: LearnerLayout): boolean =>
    PLACES[block.answers] === place;

/** What a client finds the floats of a learner under. */
const keysOf = ({ block }: LearnerLayout): readonly string[] => (block.answers === 'value' ? ['value'] : block.labels);

function checkLearners({ name, learners }: Layout): void {
  const classifiers = learners.filter(isIn('classification'));
  const placeless = learners.find(({ block }) => PLACES[block.answers] === undefined);
  if (placeless) {
    fail({
      code: 'UNSUPPORTED',
      where: `eim ${name}`,
      got: `learner ${placeless.step.name}, which answers with ${placeless.block.answers}`,
      expected: 'a classifier, a regression or an anomaly score',
      fix: 'Deploy it as a C++ library: the protocol has no place for its answer.',
    });
  }
  if (classifiers.length > 1 || learners.length - classifiers.length > 1) {
    fail({
      code: 'UNSUPPORTED',
      where: `eim ${name}`,
      got: learners.map((learner) => learner.step.name).join(', '),
      expected: 'at most one classifier or regression, and one anomaly score',
      fix: 'The protocol has one place for each: deploy the others as separate impulses.',
    });
  }
  for (const label of classifiers.flatMap(({ block }) => block.labels)) {
    if (!/[{}]/.test(label)) continue;
    fail({
      code: 'BAD_LABEL',
      where: `eim ${name}`,
      got: show(label),
      expected: 'a label without braces',
      fix: 'Clients of the protocol count braces to find the end of an answer: rename the label.',
    });
  }
}

/** JSON in ASCII whose strings hold no brace, so that counting braces finds its end. */
function framedJson(value: unknown): string {
  return JSON.stringify(value).replace(/"(?:[^"\\]|\\.)*"/g, (text) =>
    text.replace(/[{}]|[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

function helloMembers(layout: Layout, project: EimOptions['project'] = {}): string {
  const { name, program, learners, windowSamples, axes, inputSize } = layout;
  const rateHz = program.input.rateHz ?? 0;
  const labels = learners.flatMap(keysOf);
  const members = {
    project: {
      id: project.id ?? 0,
      owner: project.owner ?? '',
      name: project.name ?? name,
      deploy_version: project.deployVersion ?? 1,
    },
    model_parameters: {
      axis_count: axes,
      frequency: rateHz,
      has_anomaly: learners.some(isIn('anomaly')) ? K_MEANS : 0,
      has_object_tracking: false,
      has_performance_calibration: false,
      image_channel_count: 0,
      image_input_frames: 0,
      image_input_height: 0,
      image_input_width: 0,
      image_resize_mode: 'none',
      inferencing_engine: NO_ENGINE,
      input_features_count: inputSize,
      interval_ms: rateHz > 0 ? 1000 / rateHz : 0,
      label_count: labels.length,
      labels,
      model_type: 'classification',
      sensor: SENSORS[program.sensor],
      slice_size: Math.floor(windowSamples / SLICES_PER_WINDOW),
      thresholds: [],
      use_continuous_mode: program.sensor === 'microphone',
    },
  };
  return framedJson(members).slice(1, -1);
}

/** `main.cpp`: what the server must know of the library. */
function mainText(layout: Layout, project: EimOptions['project']): string {
  const { name, program, learners, steps, windowSamples, axes } = layout;
  const classifier = learners.find(isIn('classification'));
  const anomaly = learners.find(isIn('anomaly'));
  const hello = helloMembers(layout, project);
  const keys = (classifier ? keysOf(classifier) : []).map(framedJson);
  const answerBytes = 1024 + keys.reduce((bytes, key) => bytes + key.length + 32, 0);
  const anomalyStep = anomaly ? program.dsp.length + learners.indexOf(anomaly) : steps.length;
  return lines(
    '// SPDX-License-Identifier: Apache-2.0',
    `#include "${name}.h"`,
    `#include "${name}_parameters.h"`,
    '#include "impulsekit/targets/eim/serve.h"',
    '',
    'namespace {',
    '',
    `const char kInfo[] = ${cString(hello)};`,
    '',
    '/// Labels as JSON strings.',
    `const char* const kKeys[] = {${[...keys.map(cString), 'nullptr'].join(', ')}};`,
    '',
    'struct Library {',
    `  typedef ${name}::Result Result;`,
    `  static constexpr int32_t kInputSize = ${name}::kInputSize;`,
    `  static constexpr int32_t kSliceSize = ${Math.max(1, Math.floor(windowSamples / SLICES_PER_WINDOW)) * axes};`,
    `  static constexpr int32_t kDspSteps = ${name}::detail::kDspSteps;`,
    `  static constexpr int32_t kSteps = ${name}::detail::kSteps;`,
    `  static constexpr int32_t kScoreCount = ${learners.reduce((n, { size }) => n + size, 0)};`,
    `  static constexpr int32_t kLabelCount = ${keys.length};`,
    `  static constexpr int32_t kScoresAt = ${classifier?.at ?? -1};`,
    `  static constexpr int32_t kAnomalyAt = ${anomaly?.at ?? -1};`,
    `  static constexpr int32_t kResponseBytes = ${Math.max(answerBytes, hello.length + 64)};`,
    '',
    '  static const char* info() { return kInfo; }',
    '  static const char* key(int32_t label) { return kKeys[label]; }',
    `  static bool isAnomaly(int32_t step) { return step == ${anomalyStep}; }`,
    '  static bool check(const float* window) { return impulsekit::allFinite(window, kInputSize); }',
    '  static void step(int32_t index, const float* window, Result* result) {',
    `    ${name}::detail::step(index, window, result);`,
    '  }',
    '};',
    '',
    'impulsekit::eim::Server<Library> server;',
    'impulsekit::eim::Framer framer;',
    '',
    '}  // namespace',
    '',
    'int main(int argc, char** argv) { return impulsekit::eim::serve(&server, &framer, argc, argv); }',
  );
}
