import { closure } from '../../cpp.js';
import { fail, show } from '../../errors.js';
import { checkLibraryName } from '../../names.js';
import type { Bundle, DeploymentBlock, Program } from '../../program.js';
import { imageOf, signalOf } from '../../spec.js';
import { layoutOf } from '../cpp/layout.js';
import { libraryFiles, sortFiles } from '../cpp/library.js';
import type { PostprocessOptions } from '../cpp/postprocess.js';
import { COMPILE_FLAGS, librarySources } from '../cpp/project.js';
import { streamingOf } from '../streaming.js';
import { type Calibration, calibrationOf } from './calibration.js';
import { type EimHello, type EimProject, helloOf } from './hello.js';
import { mainText } from './main-text.js';
import { type Roles, rolesOf } from './roles.js';
import serveHeader from './serve.h.js';

export interface EimOptions {
  /** C++ namespace and stem of the file names. */
  name: string;
  /** What the runner says of itself. */
  project?: EimProject | undefined;
  /**
   * Slices of one window in continuous mode. Default: slices of the impulse's own stride, or 4 where its windows do not
   * overlap.
   */
  slicesPerWindow?: number | undefined;
  /**
   * Detections in continuous mode, which the protocol calls performance calibration: the classification of a slice is 1
   * for the label that is detected now, and 0 for all others. Clients can change the settings.
   */
  postprocess?: PostprocessOptions | undefined;
}

const SLICES_PER_WINDOW = 4;

/**
 * Deploys as one native executable that serves the impulse as JSON messages on a UNIX socket or on stdin: a process
 * that runners of `.eim` files can drive. `build` of `impulsekit/node` compiles it.
 *
 * trained impulse -> files with a build recipe; at most one classifier, regression or detector of objects, and one
 * anomaly score. A regression answers as a classification with the one label `value`, a detector with bounding boxes.
 * Images are sent as one number 0xRRGGBB per pixel, whatever channels the impulse takes.
 *
 * On Linux clients may send features through shared memory. `classify_continuous` takes slices of `slice_size` values
 * (all axes, interleaved) and computes what is new, exactly as `run_continuous` of a C++ library does.
 *
 * Source: the public clients for Node and Python, and the public server program, of EIM files.
 *
 * @throws `BAD_OPTION` for the name, the slices or the detections; on emission `BAD_LABEL` for a label with a brace, which
 * clients cannot frame, and `UNSUPPORTED` for two learners of one kind, cells that make no boxes, images of 2 or 4
 * channels, or detections without a classifier of signals
 *
 * @example
 * ```ts
 * await build(model.deploy(eim({ name: 'keyword' })), 'out/keyword.eim');
 * ```
 */
export function eim(options: EimOptions): DeploymentBlock {
  const name = checkLibraryName('eim', options.name);
  const { slicesPerWindow } = options;
  if (slicesPerWindow !== undefined && !(Number.isInteger(slicesPerWindow) && slicesPerWindow > 0)) {
    refuseSlices(slicesPerWindow);
  }
  return {
    role: 'deploy',
    type: 'eim',
    options: { ...options },
    emit: (program: Program): Bundle => {
      const { hello, roles, sliding, calibration } = describe(program, options);
      const streaming = streamingOf(sliding, 'float');
      // The server has a stream of its own, over floats as clients send them, and runs the learners itself.
      const layout = { ...layoutOf(name, sliding, 'speed'), stream: undefined };
      const streams = streaming?.stages.flatMap(({ cpp }) => cpp.headers) ?? [];
      const headers = closure([serveHeader, ...streams]).map(({ path, text }) => [`impulsekit/${path}`, text]);
      return {
        files: sortFiles({
          ...libraryFiles(layout),
          ...Object.fromEntries(headers),
          'main.cpp': mainText({ layout, roles, hello, streaming, calibration }),
        }),
        build: { sources: ['main.cpp', ...librarySources(layout)], flags: COMPILE_FLAGS, libraries: [] },
      };
    },
  };
}

/**
 * What the executable of a program says of itself, as clients of the protocol read it.
 *
 * @throws as {@link eim} on emission
 */
export const eimHello = (program: Program, options: EimOptions): EimHello => describe(program, options).hello;

interface Description {
  readonly hello: EimHello;
  readonly roles: Roles;
  /** The program with the slices of continuous mode. */
  readonly sliding: Program;
  readonly calibration: Calibration | undefined;
}

function describe(program: Program, options: EimOptions): Description {
  const { name, project = {}, slicesPerWindow, postprocess } = options;
  checkChannels(name, program);
  const where = `eim ${name}`;
  const roles = rolesOf(where, program);
  const { sliding, sliceSize } = slidingOf(program, slicesPerWindow);
  const calibration = postprocess && calibrationOf(where, sliding, roles, postprocess);
  const hello = helloOf({ program: sliding, roles, sliceSize, calibration, name, project });
  return { hello, roles, sliding, calibration };
}

/** Images have no slices. */
function slidingOf(program: Program, slicesPerWindow: number | undefined): { sliding: Program; sliceSize: number } {
  const { input } = program;
  if (input.kind === 'image') return { sliding: program, sliceSize: 0 };
  const { samples, axes } = signalOf(input);
  const isSliding = program.strideSamples > 0 && program.strideSamples < samples;
  const slices = slicesPerWindow ?? (isSliding ? samples / program.strideSamples : SLICES_PER_WINDOW);
  const strideSamples = Math.max(1, Math.round(samples / slices));
  return { sliding: { ...program, strideSamples }, sliceSize: strideSamples * axes.length };
}

function checkChannels(name: string, { input }: Program): void {
  if (input.kind !== 'image') return;
  const { channels, packed } = imageOf(input);
  if (packed || channels === 1 || channels === 3) return;
  fail({
    code: 'UNSUPPORTED',
    where: `eim ${name}`,
    got: `images of ${channels} channels`,
    expected: '1 or 3 channels',
    fix: 'Clients send pixels as 0xRRGGBB: choose an image input of 1 or 3 channels.',
  });
}

function refuseSlices(slices: number): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'eim.slicesPerWindow',
    got: show(slices),
    expected: 'a whole number, at least 1',
    fix: 'Leave it out, or give for example 4.',
  });
}
