import { floatLiteral, tableBody } from '../../cpp.js';
import type { Layout } from '../cpp/layout.js';
import { LICENSE_LINE, lines } from '../cpp/wiring.js';
import { headerOf } from '../packages/package.js';
import { expectedText, printText } from './result-text.js';

/** What PDM microphones of Arduino boards are read at, in Hz. */
const MICROPHONE_HZ = 16_000;
/** What the inertial sensor of the Nano 33 BLE Sense is read at, at most. */
const ACCELEROMETER_HZ = 104;

export type AccelerationUnit = 'm/s2' | 'g';

/** The sketches below `examples/` that suit an impulse. */
export function sketches(layout: Layout, unit: AccelerationUnit): Record<string, string> {
  const { program, axes, stream } = layout;
  const rateHz = program.input.rateHz ?? 0;
  const hears = program.sensor === 'microphone' && axes === 1 && stream && MICROPHONE_HZ % rateHz === 0;
  const moves = program.sensor === 'accelerometer' && axes === 3 && rateHz > 0 && rateHz <= ACCELEROMETER_HZ;
  return {
    ...sketch('static_window', staticSketch(layout)),
    'examples/static_window/window.h': windowHeader(layout),
    ...(layout.extras.compatible && {
      ...sketch('static_window_compatible', compatibleSketch(layout)),
      'examples/static_window_compatible/window.h': windowHeader(layout),
    }),
    ...(hears && sketch('microphone', microphoneSketch(layout, MICROPHONE_HZ / rateHz))),
    ...(moves && sketch('accelerometer', accelerometerSketch(layout, unit))),
  };
}

const sketch = (name: string, text: string): Record<string, string> => ({ [`examples/${name}/${name}.ino`]: text });

const SERIAL = ['  Serial.begin(115200);', '  while (!Serial) {', '  }'];

function staticSketch(layout: Layout): string {
  const { name } = layout;
  return lines(
    LICENSE_LINE,
    '// Classifies one window that was recorded before: shows that the impulse works on this board, without a sensor.',
    `// Expected: ${expectedText(layout, golden(layout).scores)}`,
    `#include <${headerOf(layout)}>`,
    '#include "window.h"',
    '',
    ...printText(layout),
    '',
    'void setup() {',
    ...SERIAL,
    '}',
    '',
    'void loop() {',
    `  ${name}::Result result;`,
    '  const unsigned long start = micros();',
    `  const bool ok = ${name}::run(kWindow, &result) == ${name}::Status::kOk;`,
    '  const unsigned long us = micros() - start;',
    '  if (ok) {',
    '    print(result);',
    '    Serial.print("microseconds: ");',
    '    Serial.println(us);',
    '  }',
    '  delay(2000);',
    '}',
  );
}

function compatibleSketch(layout: Layout): string {
  return lines(
    LICENSE_LINE,
    '// The same with the names of the compatible headers.',
    `#include <${headerOf(layout)}>`,
    '#include "window.h"',
    '',
    'static int getData(size_t offset, size_t length, float* out) {',
    '  for (size_t i = 0; i < length; ++i) out[i] = static_cast<float>(kWindow[offset + i]);',
    '  return 0;',
    '}',
    '',
    'void setup() {',
    ...SERIAL,
    '}',
    '',
    'void loop() {',
    '  signal_t signal;',
    '  signal.total_length = sizeof kWindow / sizeof kWindow[0];',
    '  signal.get_data = &getData;',
    '  static ei_impulse_result_t result;',
    '  const EI_IMPULSE_ERROR error = run_classifier(&signal, &result, false);',
    '  if (error == EI_IMPULSE_OK) ei_print_results(&ei_default_impulse, &result);',
    '  delay(2000);',
    '}',
  );
}

const golden = ({ program }: Layout) => program.golden[0]!;

/** Whole numbers take the memory of whole numbers. */
function windowHeader(layout: Layout): string {
  const { window } = golden(layout);
  const [low, high] = layout.wholeType === 'int16_t' ? [-32768, 32767] : [0, 255];
  const whole = window.every((v) => Number.isInteger(v) && v >= low && v <= high);
  const table = whole ? Int16Array.from(window) : window;
  return lines(
    LICENSE_LINE,
    '#pragma once',
    '#include <stdint.h>',
    '',
    `static const ${whole ? layout.wholeType : 'float'} kWindow[${window.length}] = {`,
    tableBody(table),
    '};',
  );
}

function microphoneSketch(layout: Layout, ratio: number): string {
  const { name, extras } = layout;
  const listener = extras.postprocess ? detections(layout) : undefined;
  return lines(
    LICENSE_LINE,
    '// Listens to the PDM microphone of a board such as Nano 33 BLE Sense or Nano RP2040 Connect.',
    '// One slice is filled by the interrupt while the one before it is classified.',
    '#include <PDM.h>',
    `#include <${headerOf(layout)}>`,
    '',
    `static int16_t slices[2][${name}::kSliceSize];`,
    'static volatile int filling = 0;',
    'static volatile bool ready = false;',
    'static volatile bool lost = false;',
    '',
    'static void keep(int16_t sample) {',
    '  static int32_t filled = 0;',
    '  slices[filling][filled++] = sample;',
    `  if (filled < ${name}::kSliceSize) return;`,
    '  filled = 0;',
    '  filling = 1 - filling;',
    '  if (ready) lost = true;',
    '  ready = true;',
    '}',
    '',
    'static void onSamples() {',
    '  static int16_t block[256];',
    '  int bytes = PDM.available();',
    '  if (bytes > (int)sizeof block) bytes = (int)sizeof block;',
    '  const int count = PDM.read(block, bytes) / 2;',
    ...(ratio === 1 ? ['  for (int i = 0; i < count; ++i) keep(block[i]);'] : averageLines(ratio)),
    '}',
    '',
    ...(listener ? listener.declaration : printText(layout)),
    '',
    'void setup() {',
    ...SERIAL,
    '  PDM.onReceive(onSamples);',
    `  if (!PDM.begin(1, ${MICROPHONE_HZ})) Serial.println("no microphone");`,
    '}',
    '',
    'void loop() {',
    '  if (!ready) return;',
    `  ${name}::Result result;`,
    `  const ${name}::Status status = ${name}::run_continuous(slices[1 - filling], &result);`,
    '  ready = false;',
    '  if (lost) {',
    '    lost = false;',
    `    ${name}::reset_continuous();`,
    '    Serial.println("samples were lost: this board is too slow for this impulse");',
    `  } else if (status == ${name}::Status::kOk) {`,
    ...(listener ? listener.call : ['    print(result);']),
    '  }',
    '}',
  );
}

function averageLines(ratio: number): string[] {
  return [
    `  // The impulse wants ${MICROPHONE_HZ / ratio} Hz: the average of ${ratio} samples each.`,
    '  static int32_t sum = 0;',
    '  static int32_t summed = 0;',
    '  for (int i = 0; i < count; ++i) {',
    '    sum += block[i];',
    `    if (++summed < ${ratio}) continue;`,
    `    keep((int16_t)(sum / ${ratio}));`,
    '    sum = 0;',
    '    summed = 0;',
    '  }',
  ];
}

/** Detections instead of scores. */
function detections({ name, learners }: Layout) {
  const { member, labelsName } = learners.find(({ block }) => block.answers === 'classes' && block.labels.length > 0)!;
  return {
    declaration: [`static ${name}::Postprocess events;`],
    call: [
      `    const int32_t label = events.push(result.${member});`,
      `    if (label >= 0) Serial.println(${name}::${labelsName}[label]);`,
    ],
  };
}

const STANDARD_GRAVITY = 9.80665;

function accelerometerSketch(layout: Layout, unit: AccelerationUnit): string {
  const { name, program } = layout;
  const [scale, note] =
    unit === 'g'
      ? [1, 'The recordings are in g, as what the sensor gives.']
      : [STANDARD_GRAVITY, 'The recordings are in m/s2; the sensor gives g.'];
  return lines(
    LICENSE_LINE,
    '// Watches the accelerometer of a Nano 33 BLE Sense; needs the library Arduino_LSM9DS1. Revision 2 of that board has',
    '// another sensor: include Arduino_BMI270_BMM150.h instead.',
    '#include <Arduino_LSM9DS1.h>',
    `#include <${headerOf(layout)}>`,
    '',
    `// ${note}`,
    `static const float kScale = ${floatLiteral(scale)};`,
    `static const unsigned long kIntervalUs = ${Math.round(1e6 / program.input.rateHz!)};`,
    '',
    `static float window[${name}::kInputSize];`,
    '',
    ...printText(layout),
    '',
    'static void record() {',
    '  unsigned long next = micros();',
    `  for (int32_t i = 0; i < ${name}::kInputSize; i += 3) {`,
    '    while ((long)(micros() - next) < 0) {',
    '    }',
    '    next += kIntervalUs;',
    '    float x, y, z;',
    '    IMU.readAcceleration(x, y, z);',
    '    window[i] = x * kScale;',
    '    window[i + 1] = y * kScale;',
    '    window[i + 2] = z * kScale;',
    '  }',
    '}',
    '',
    'void setup() {',
    ...SERIAL,
    '  if (!IMU.begin()) Serial.println("no accelerometer");',
    '}',
    '',
    'void loop() {',
    '  record();',
    `  ${name}::Result result;`,
    `  if (${name}::run(window, &result) == ${name}::Status::kOk) print(result);`,
    '}',
  );
}
