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

// What Arduino cores define as macros or objects, so that no namespace can have the name.
const TAKEN = new Set(
  `abs AVR bit boolean byte constrain DEC DEFAULT delay EXTERNAL F HEX HIGH IMU INPUT INTERNAL interrupts LOW loop max micros
  millis min OCT OUTPUT PDM PI radians degrees round Serial setup SPI sq String Wire word`.split(/\s+/),
);

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
  const reserved = [name, author].find((text) => /^arduino/i.test(text) || TAKEN.has(text));
  if (reserved !== undefined) refuse('name', reserved, 'a name that Arduino has not taken');
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
