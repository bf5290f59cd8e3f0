import { floatLiteral } from '../../cpp.js';
import { cString } from '../../names.js';
import { type Spec, signalOf } from '../../spec.js';
import type { Layout, LearnerLayout } from '../cpp/layout.js';
import { LICENSE_LINE, lines } from '../cpp/wiring.js';
import type { Board } from './board.js';
import type { MemoryPlan } from './memory.js';
import serverHeader from './server.h.js';

/** What hosts know sensors as. */
const SENSOR_NAMES = {
  microphone: 'Built-in microphone',
  accelerometer: 'Built-in accelerometer',
  camera: 'Built-in camera',
  unknown: 'Built-in sensor',
} as const;

/** Units of readings, where the input names none. */
const UNITS = { microphone: 'wav', accelerometer: 'm/s2', camera: 'rgb', unknown: 'N/A' } as const;

const DEFAULT_LENGTH_WINDOWS = 1;

/** `main.cpp`: what the server must know of the impulse and the board. */
export function mainText(
  layout: Layout,
  input: Spec<'signal'>,
  board: Board,
  { stream, inPieces, recordingBytes }: MemoryPlan,
  start: 'commands' | 'forwarder',
): string {
  const { name, program, learners } = layout;
  const { samples, axes, rateHz } = signalOf(input);
  const size = learners.reduce((sum, learner) => sum + learner.size, 0);
  return lines(
    LICENSE_LINE,
    `#include "${name}.h"`,
    `#include "${name}_parameters.h"`,
    `#include "impulsekit/${serverHeader.path}"`,
    '',
    'namespace {',
    '',
    `const char* const kAxisNames[] = {${axes.map(cString).join(', ')}};`,
    ...learners.flatMap(labelLines),
    'const impulsekit::firmware::Learner kLearners[] = {',
    ...learners.map(
      (learner, i) =>
        `    {${cString(learner.step.name)}, ${labelsOf(learner) ? `kLabels${i}` : 'nullptr'}, ${learner.at}, ${learner.size}},`,
    ),
    '};',
    '',
    'struct Library {',
    `  typedef ${stream.sample} Sample;`,
    `  typedef ${name}::Result Result;`,
    `  static_assert(sizeof(Result) == ${size} * sizeof(float), "a Result holds scores only");`,
    `  static constexpr int32_t kInputSize = ${name}::kInputSize;`,
    `  static constexpr int32_t kAxes = ${name}::kAxes;`,
    `  static constexpr int32_t kStrideReadings = ${name}::kStrideSamples;`,
    `  static constexpr int32_t kSliceSize = ${name}::kSliceSize;`,
    `  static constexpr int32_t kPartSize = ${inPieces ? 'kSliceSize' : 'kInputSize'};`,
    `  static constexpr int32_t kLearners = ${learners.length};`,
    `  static constexpr float kRateHz = ${floatLiteral(rateHz)};`,
    `  static constexpr uint32_t kDefaultLengthMs = ${Math.round((DEFAULT_LENGTH_WINDOWS * 1000 * samples) / rateHz)};`,
    `  static constexpr uint32_t kRecordingBytes = ${recordingBytes};`,
    `  static constexpr uint32_t kTransferBaud = ${board.transferBaud};`,
    '',
    `  static const char* name() { return ${cString(name)}; }`,
    `  static const char* boardType() { return ${cString(board.type)}; }`,
    `  static const char* sensorName() { return ${cString(SENSOR_NAMES[program.sensor])}; }`,
    `  static const char* units() { return ${cString(input.unit ?? UNITS[program.sensor])}; }`,
    '  static const char* axis(int32_t index) { return kAxisNames[index]; }',
    '  static const impulsekit::firmware::Learner& learner(int32_t index) { return ::kLearners[index]; }',
    '',
    `  static void reset() { ${name}::reset_continuous(); }`,
    ...(inPieces ? slideLines(name) : windowLines(name)),
    `  static void learn(int32_t index, Result* result) { ${name}::detail::learner(index, result); }`,
    '  static bool runSlice(const Sample* slice, Result* result, bool* ready) {',
    `    const ${name}::Status status = ${name}::run_continuous(slice, result);`,
    `    *ready = status == ${name}::Status::kOk;`,
    `    return *ready || status == ${name}::Status::kNotReady;`,
    '  }',
    '};',
    '',
    'impulsekit::firmware::Server<Library> server;',
    '',
    '}  // namespace',
    '',
    `int main() { server.serve(${start === 'forwarder'}); }`,
  );
}

const windowLines = (name: string): string[] => [
  '  static bool features(const Sample* window) {',
  '    if (!impulsekit::allFinite(window, kInputSize)) return false;',
  `    ${name}::detail::features(window);`,
  '    return true;',
  '  }',
];

const slideLines = (name: string): string[] => [
  '  static bool features(const Sample* piece) {',
  `    return ${name}::detail::slide(piece) != ${name}::Status::kNotFinite;`,
  '  }',
];

/** What the values of a learner are printed under; an anomaly score has no label. */
function labelsOf({ block }: LearnerLayout): readonly string[] | undefined {
  if (block.answers === 'anomaly') return undefined;
  return block.answers === 'value' ? ['value'] : block.labels;
}

function labelLines(learner: LearnerLayout, index: number): string[] {
  const labels = labelsOf(learner);
  return labels ? [`const char* const kLabels${index}[] = {${labels.map(cString).join(', ')}};`] : [];
}
