import type { BoxFinder } from '../../block.js';
import { floatLiteral } from '../../cpp.js';
import { cString } from '../../names.js';
import type { Program } from '../../program.js';
import { imageOf, shapeOf } from '../../spec.js';
import { streamText } from '../cpp/continuous.js';
import type { Layout } from '../cpp/layout.js';
import { LICENSE_LINE, lines } from '../cpp/wiring.js';
import type { Streaming } from '../streaming.js';
import { type Calibration, calibrationLines } from './calibration.js';
import { blockId, type EimHello, featureCount, framedJson } from './hello.js';
import { keysOf, type Roles } from './roles.js';

/** What `main.cpp` is written from. */
export interface Service {
  readonly layout: Layout;
  readonly roles: Roles;
  readonly hello: EimHello;
  /** How windows slide; absent for images. */
  readonly streaming: Streaming | undefined;
  readonly calibration: Calibration | undefined;
}

/** `main.cpp`: what the server must know of the library. */
export function mainText(service: Service): string {
  const { layout, roles, hello, streaming, calibration } = service;
  const { name, program, learners, steps } = layout;
  const labelled = roles.classification ?? roles.objects;
  const keys = labelled === undefined ? [] : keysOf(program.learn[labelled]!).map(framedJson);
  const stepNames = steps.map((step) => framedJson(step.name).slice(1, -1));
  const info = framedJson(hello).slice(1, -1);
  const anomalyStep = roles.anomaly === undefined ? -1 : program.dsp.length + roles.anomaly;
  return lines(
    LICENSE_LINE,
    `#include "${name}.h"`,
    `#include "${name}_parameters.h"`,
    ...(streaming ? streamText(layout, streaming).headers.map((path) => `#include "impulsekit/${path}"`) : []),
    '#include "impulsekit/targets/eim/serve.h"',
    '',
    ...(streaming ? slideLines(layout, streaming) : []),
    'namespace {',
    '',
    `const char kInfo[] = ${cString(info)};`,
    '',
    '/// Labels as JSON strings.',
    ...textTable('kKeys', keys),
    ...textTable('kStepNames', stepNames),
    '',
    'struct Library {',
    `  typedef ${name}::Result Result;`,
    ...constants({
      kFeatureCount: featureCount(program),
      kChannels: channelsToUnpack(program),
      kInputSize: `${name}::kInputSize`,
      kSliceSize: hello.model_parameters.slice_size,
      kDspSteps: `${name}::detail::kDspSteps`,
      kSteps: `${name}::detail::kSteps`,
      kScoreCount: learners.reduce((n, { size }) => n + size, 0),
      kLabelCount: keys.length,
      kScoresAt: roles.classification === undefined ? -1 : learners[roles.classification]!.at,
      kAnomalyAt: roles.anomaly === undefined ? -1 : learners[roles.anomaly]!.at,
      kObjectsId: roles.objects === undefined ? -1 : blockId(program, roles.objects),
      kResponseBytes: responseBytes(service, keys, stepNames, info),
    }),
    ...boxLines(layout, roles),
    ...calibrationLines(calibration),
    '',
    '  static const char* info() { return kInfo; }',
    '  static const char* key(int32_t label) { return kKeys[label]; }',
    '  static const char* stepName(int32_t step) { return kStepNames[step]; }',
    `  static bool isAnomaly(int32_t step) { return step == ${anomalyStep}; }`,
    '  static void step(int32_t index, const float* window, Result* result) {',
    `    ${name}::detail::step(index, window, result);`,
    '  }',
    `  static bool slide(const float* slice) { return ${streaming ? `${name}::detail::slide(slice)` : 'slice == nullptr'}; }`,
    `  static void resetSlide() {${streaming ? ` ${name}::detail::resetSlide(); ` : ''}}`,
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

const constants = (values: Readonly<Record<string, number | string>>): string[] =>
  Object.entries(values).map(([key, value]) => `  static constexpr int32_t ${key} = ${value};`);

const textTable = (name: string, texts: readonly string[]): string[] => [
  `const char* const ${name}[] = {${[...texts.map(cString), 'nullptr'].join(', ')}};`,
];

/** The stream of the library, apart from its learners, which the server runs and times one by one. */
function slideLines(layout: Layout, streaming: Streaming): string[] {
  const { types, access, push, store, reset } = streamText(layout, streaming);
  return [
    `namespace ${layout.name} {`,
    'namespace detail {',
    'namespace {',
    '',
    ...types,
    `alignas(16) unsigned char state[${streaming.stateBytes}];`,
    ...access,
    '',
    'bool slide(const float* slice) {',
    '  bool full = true;',
    ...push,
    '  if (!full) return false;',
    ...store,
    '  return true;',
    '}',
    '',
    'void resetSlide() {',
    ...reset,
    '}',
    '',
    '}  // namespace',
    '}  // namespace detail',
    `}  // namespace ${layout.name}`,
    '',
  ];
}

/** Channels that pixels are unpacked into; 0 for impulses that take features as clients send them. */
function channelsToUnpack({ input }: Program): number {
  if (input.kind !== 'image') return 0;
  const { channels, packed } = imageOf(input);
  return packed ? 0 : channels;
}

function boxLines({ name, learners, program }: Layout, { objects }: Roles): string[] {
  if (objects === undefined) {
    return [
      '  typedef impulsekit::eim::NoBox Box;',
      '  static constexpr int32_t kMaxBoxes = 0;',
      '  static constexpr float kMinScore = 0.0f;',
      '  static int32_t boxes(const Result&, float, Box*) { return 0; }',
    ];
  }
  const { boxesName } = learners[objects]!;
  const { minScore } = program.learn[objects]!.block.boxes as BoxFinder;
  return [
    `  typedef ${name}::Box Box;`,
    `  static constexpr int32_t kMaxBoxes = ${maxBoxes(program, objects)};`,
    `  static constexpr float kMinScore = ${floatLiteral(minScore)};`,
    '  static int32_t boxes(const Result& result, float minScore, Box* out) {',
    `    return ${name}::${boxesName}(result, out, kMaxBoxes, minScore);`,
    '  }',
  ];
}

/** Cells of one class that do not touch: every other one of every other row. */
function maxBoxes({ learn }: Program, objects: number): number {
  const { output, labels } = learn[objects]!.block;
  const [rows, columns] = shapeOf(output);
  return Math.ceil(rows! / 2) * Math.ceil(columns! / 2) * labels.length;
}

/** Bytes that hold the longest answer. */
function responseBytes(
  { layout, roles }: Service,
  keys: readonly string[],
  stepNames: readonly string[],
  info: string,
): number {
  const longest = Math.max(0, ...keys.map((key) => key.length));
  const scores = keys.reduce((bytes, key) => bytes + key.length + 32, 0);
  const boxes = roles.objects === undefined ? 0 : maxBoxes(layout.program, roles.objects) * (longest + 128);
  const steps = stepNames.reduce((bytes, name) => bytes + name.length + 32, 0);
  return Math.max(1024 + scores + boxes + steps, info.length + 512);
}
