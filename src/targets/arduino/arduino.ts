import { fail, show } from '../../errors.js';
import type { DeploymentBlock } from '../../program.js';
import { formOf, isLabelled } from '../cpp/answers.js';
import type { Layout } from '../cpp/layout.js';
import type { PackageOptions } from '../packages/options.js';
import { headerOf, type Package, type PackageFormat, packageBlock } from '../packages/package.js';
import { type AccelerationUnit, sketches } from './sketches.js';

export interface ArduinoOptions extends PackageOptions {
  /** What the recordings of an accelerometer are in; sensors of Arduino boards give g. Default `m/s2`. */
  accelerationUnit?: AccelerationUnit | undefined;
}

const formatOf = (unit: AccelerationUnit): PackageFormat => ({
  type: 'arduino',
  // The folder and the library have `_inferencing` behind the name; the specification ends at 63.
  nameLength: 51,
  files: (made) => ({
    'keywords.txt': keywords(made.layout),
    'library.properties': properties(made),
    ...sketches(made.layout, unit),
  }),
  usage: ({ name }) => [
    'Install the zip of this folder: in the IDE *Sketch > Include Library > Add .ZIP Library*, or',
    '',
    '```sh',
    `arduino-cli config set library.enable_unsafe_install true`,
    `arduino-cli lib install --zip-path ${name}_inferencing.zip`,
    '```',
    '',
    `Then open a sketch under *File > Examples > ${name}_inferencing*.`,
    '',
    'AVR boards with an ATmega328 or ATmega2560 copy constants into RAM: weights, tables, the static memory and the window',
    'must fit into it together.',
  ],
});

function properties(made: Package): string {
  const { name, version, author, description, url, layout } = made;
  const fields: Readonly<Record<string, string>> = {
    name: `${name}_inferencing`,
    version,
    author,
    maintainer: author,
    sentence: description,
    paragraph: `C++11 without heap and dependencies; ${layout.program.arenaBytes} bytes of static memory.`,
    category: 'Data Processing',
    url,
    architectures: '*',
    includes: headerOf(layout),
    // What a sketch does not call then takes no memory.
    dot_a_linkage: 'true',
  };
  return Object.entries(fields)
    .map(([key, text]) => `${key}=${text}\n`)
    .join('');
}

/** Names of the library for the editor; the format wants a tab. */
function keywords({ name, learners, stream, extras }: Layout): string {
  const types = [name, 'Result', 'Status', ...(extras.postprocess ? ['Postprocess'] : [])];
  const classifiers = learners.filter((learner) => formOf(learner).hasBest);
  const functions = [
    'run',
    ...(stream ? ['run_continuous', 'reset_continuous'] : []),
    ...classifiers.map(({ bestName }) => bestName),
    ...(extras.selfTest ? ['self_test'] : []),
  ];
  const constants = [
    'kWindowSamples',
    'kInputSize',
    ...(stream ? ['kSliceSize'] : []),
    ...learners.filter(isLabelled).flatMap(({ labelsName, countName }) => [labelsName, countName]),
  ];
  const rows = [
    ...types.map((word) => `${word}\tKEYWORD1`),
    ...functions.map((word) => `${word}\tKEYWORD2`),
    ...constants.map((word) => `${word}\tLITERAL1`),
  ];
  return `${rows.join('\n')}\n`;
}

// What Arduino cores define as macros, functions or objects, so that no namespace can have the name.
const CORE = `abs analogRead analogWrite attachInterrupt AVR bit bitClear bitRead bitSet bitWrite boolean byte CHANGE
constrain cli DEC DEFAULT degrees delay delayMicroseconds detachInterrupt digitalRead digitalWrite EXTERNAL F FALLING HEX
HIGH highByte IMU INPUT INTERNAL interrupts isr loop LOW lowByte map max micros millis min MISO MOSI noInterrupts noTone
OCT OUTPUT PDM PI pinMode pulseIn radians randomSeed RISING round SCK SCL SDA sei Serial setup shiftIn shiftOut SPI sq SS
String tone Wire word yield`;
// What our sketches call their own.
const SKETCHES = 'events filling getData keep lost onSamples print ready record slices window';
const TAKEN = new Set(`${CORE} ${SKETCHES}`.split(/\s+/));
/** Pins and ports, and binary numbers. */
const NUMBERED = /^(A\d+|B[01]{1,8}|D\d+|(DDR|PIN|PORT)[A-Z]|P[A-Z]\d+|Serial\d+)$/;

/**
 * Deploys as an Arduino library: `library.properties`, `keywords.txt`, sources below `src/`, and sketches for one recorded
 * window and for the microphone or the accelerometer, as the impulse wants them. {@link zip} makes the archive that the
 * IDE installs.
 *
 * trained impulse -> files; pure, and the same bytes for the same impulse.
 *
 * Source: the Arduino library specification, revision 2.2.
 *
 * @throws `BAD_OPTION`, also for names and authors that begin with "Arduino", which are reserved; on emission what
 * `cppLibrary` throws
 * @example
 * ```ts
 * const bundle = model.deploy(arduino({ name: 'keyword' }));
 * await write(zip(bundle, 'keyword_inferencing.zip', { folder: 'keyword_inferencing' }), 'out');
 * ```
 */
export function arduino(options: ArduinoOptions): DeploymentBlock {
  const { name, author = '', accelerationUnit = 'm/s2' } = options;
  if (/^arduino/i.test(name) || TAKEN.has(name) || NUMBERED.test(name)) {
    refuse('name', name, 'a name that neither Arduino nor a sketch has taken');
  }
  if (/^arduino/i.test(author)) refuse('author', author, 'a name that does not begin with Arduino');
  if (accelerationUnit !== 'm/s2' && accelerationUnit !== 'g') {
    refuse('accelerationUnit', accelerationUnit, 'm/s2 or g');
  }
  return packageBlock(formatOf(accelerationUnit), options);
}

function refuse(option: string, got: unknown, expected: string): never {
  return fail({
    code: 'BAD_OPTION',
    where: `arduino.${option}`,
    got: show(got),
    expected,
    fix: 'Choose another one.',
  });
}
