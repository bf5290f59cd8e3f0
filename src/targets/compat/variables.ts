import { cString } from '../../names.js';
import { streamText } from '../cpp/continuous.js';
import type { Layout } from '../cpp/layout.js';
import { LICENSE_LINE, lines } from '../cpp/wiring.js';
import { type Streaming, streamingOf } from '../streaming.js';
import { frameOf, type Roles, rolesOf } from './metadata.js';

/** Numbers of slices per window that a program may choose. */
const SLICES = Array.from({ length: 10 }, (_, i) => i + 1);

interface Slices {
  readonly count: number;
  readonly samples: number;
  readonly streaming: Streaming;
}

/** How the window of an impulse may be cut into slices; none for images. */
export function slicesOf({ program, windowSamples }: Layout): Slices[] {
  return SLICES.flatMap((count) => {
    const samples = Math.floor(windowSamples / count);
    const streaming = samples > 0 ? streamingOf({ ...program, strideSamples: samples }) : undefined;
    return streaming ? [{ count, samples, streaming }] : [];
  });
}

/** `model-parameters/model_variables.h`: how the functions of the SDK reach the library. */
export function variablesHeader(layout: Layout): string {
  const { name, extras, learners } = layout;
  const roles = rolesOf(layout);
  const slices = slicesOf(layout);
  const { categories } = roles;
  const headers = new Set(slices.flatMap(({ streaming }) => streamText(layout, streaming).headers));
  return lines(
    LICENSE_LINE,
    '// Labels, and how the functions of the SDK reach the library.',
    '#ifndef IMPULSEKIT_COMPAT_MODEL_VARIABLES_H',
    '#define IMPULSEKIT_COMPAT_MODEL_VARIABLES_H',
    '',
    '#include <stdint.h>',
    '',
    `#include "${name}_parameters.h"`,
    ...(extras.postprocess ? [`#include "${name}_postprocess.h"`] : []),
    '#include "edge-impulse-sdk/dsp/numpy_types.h"',
    '#include "impulsekit/targets/compat/pages.h"',
    ...[...headers].sort().map((path) => `#include "impulsekit/${path}"`),
    '#include "model-parameters/model_metadata.h"',
    '',
    'static const char* const ei_classifier_inferencing_categories[] = {',
    ...(categories.length > 0 ? categories : ['']).map((label) => `    ${cString(label)},`),
    '};',
    '',
    `namespace ${name} {`,
    'namespace detail {',
    '',
    'struct Compatible {',
    `  typedef ${name}::Result Result;`,
    `  typedef impulsekit::compat::${frameOf(layout).window}<impulsekit::compat::PagesOf<signal_t> > Window;`,
    '  static constexpr int32_t kSignalSize = EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE;',
    `  static constexpr int32_t kLearners = ${learners.length};`,
    '',
    '  static void features(Window window) { detail::features(window); }',
    '  static void learner(int32_t index, Result* result) { detail::learner(index, result); }',
    ...answerLines(layout, roles),
    ...(extras.postprocess ? [`  typedef ${name}::Postprocess Calibration;`] : []),
    '};',
    '',
    '}  // namespace detail',
    `}  // namespace ${name}`,
    '',
    `typedef ${name}::detail::Compatible ei_impulsekit_wiring;`,
    '',
    ...slicesLines(layout, slices),
    '',
    '/// What ei_impulse_t says of this impulse.',
    '#define EI_IMPULSEKIT_IMPULSE \\',
    `  ${impulseFields(layout).join(', \\\n  ')}`,
    '',
    '#endif  // IMPULSEKIT_COMPAT_MODEL_VARIABLES_H',
  );
}

function answerLines({ name, learners }: Layout, { classifier, detector, anomaly }: Roles): string[] {
  const score = classifier && (classifier.block.answers === 'value' ? '' : '[label]');
  const at = anomaly ? learners.indexOf(anomaly) : -1;
  return [
    `  static bool isAnomaly(int32_t index) { return index == ${at}; }`,
    ...(detector
      ? [
          `  typedef ${name}::Box Box;`,
          `  static int32_t boxes(const Result& result, Box* out, int32_t capacity) {`,
          `    return ${name}::${detector.boxesName}(result, out, capacity);`,
          '  }',
        ]
      : [
          classifier
            ? `  static float score(const Result& result, int32_t${score ? ' label' : ''}) { return result.${classifier.member}${score}; }`
            : '  static float score(const Result&, int32_t) { return 0.0f; }',
        ]),
    anomaly
      ? `  static float anomaly(const Result& result) { return result.${anomaly.member}; }`
      : '  static float anomaly(const Result&) { return 0.0f; }',
  ];
}

function slicesLines(layout: Layout, slices: readonly Slices[]): string[] {
  if (slices.length === 0) return ['typedef impulsekit::compat::NoSlices ei_impulsekit_slices;'];
  return [
    ...slices.flatMap((one, i) => [
      `#${i === 0 ? 'if' : 'elif'} EI_CLASSIFIER_SLICES_PER_MODEL_WINDOW == ${one.count}`,
      ...slicesText(layout, one),
    ]),
    '#else',
    '#error "EI_CLASSIFIER_SLICES_PER_MODEL_WINDOW: a window is cut into 1 to 10 slices of at least one sample"',
    '#endif',
  ];
}

/** One way to cut a window, in a namespace of its own: the types depend on the slice. */
function slicesText(layout: Layout, { count, samples, streaming }: Slices): string[] {
  const { name, axes } = layout;
  const { types, access, push, store, reset } = streamText(layout, streaming);
  const inClass = (line: string): string => (line === '' ? line : `  ${line}`);
  return [
    `namespace ${name} {`,
    'namespace detail {',
    `namespace slices${count} {`,
    '',
    ...types,
    'struct Slices {',
    `  typedef ${streaming.sample} Sample;`,
    `  static constexpr int32_t kSize = ${samples * axes};`,
    '',
    '  static bool push(const Sample* slice) {',
    '    unsigned char* const state = memory();',
    '    bool full = true;',
    ...push.map(inClass),
    ...(store.length > 0 ? ['    if (!full) return false;', ...store.map(inClass)] : []),
    '    return full;',
    '  }',
    '',
    '  static void reset() {',
    '    unsigned char* const state = memory();',
    ...reset.map(inClass),
    '  }',
    '',
    ' private:',
    ...access.filter((line) => line !== '').map((line) => inClass(line.startsWith('float*') ? ROWS : line)),
    '  static unsigned char* memory() {',
    `    alignas(16) static unsigned char bytes[${streaming.stateBytes}];`,
    '    return bytes;',
    '  }',
    '};',
    '',
    `}  // namespace slices${count}`,
    '}  // namespace detail',
    `}  // namespace ${name}`,
    `typedef ${name}::detail::slices${count}::Slices ei_impulsekit_slices;`,
  ];
}

const ROWS =
  'static float* rows(int32_t offset) { return static_cast<float*>(static_cast<void*>(memory() + offset)); }';

function impulseFields({ name, program, learners, extras }: Layout): string[] {
  return [
    'EI_CLASSIFIER_PROJECT_ID',
    'EI_CLASSIFIER_PROJECT_OWNER',
    'EI_CLASSIFIER_PROJECT_NAME',
    '1',
    cString(name),
    'EI_CLASSIFIER_PROJECT_DEPLOY_VERSION',
    'EI_CLASSIFIER_NN_INPUT_FRAME_SIZE',
    'EI_CLASSIFIER_RAW_SAMPLE_COUNT',
    'EI_CLASSIFIER_RAW_SAMPLES_PER_FRAME',
    'EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE',
    'EI_CLASSIFIER_INPUT_WIDTH',
    'EI_CLASSIFIER_INPUT_HEIGHT',
    'EI_CLASSIFIER_INPUT_FRAMES',
    'static_cast<float>(EI_CLASSIFIER_INTERVAL_MS)',
    'static_cast<float>(EI_CLASSIFIER_FREQUENCY)',
    String(program.dsp.length),
    String(learners.length),
    extras.postprocess ? '1' : '0',
    'EI_CLASSIFIER_INFERENCING_ENGINE',
    'EI_CLASSIFIER_SENSOR',
    'EI_CLASSIFIER_FUSION_AXES_STRING',
    'EI_CLASSIFIER_SLICE_SIZE',
    'EI_CLASSIFIER_SLICES_PER_MODEL_WINDOW',
    'EI_CLASSIFIER_HAS_ANOMALY',
    'EI_CLASSIFIER_LABEL_COUNT',
    'ei_classifier_inferencing_categories',
  ];
}
