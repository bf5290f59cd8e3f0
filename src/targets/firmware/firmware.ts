import { closure, type Optimize } from '../../cpp.js';
import { fail, show } from '../../errors.js';
import { checkLibraryName } from '../../names.js';
import type { Bundle, DeploymentBlock, Program } from '../../program.js';
import { type Spec, signalOf } from '../../spec.js';
import { layoutOf } from '../cpp/layout.js';
import { libraryFiles, sortFiles } from '../cpp/library.js';
import { librarySources } from '../cpp/project.js';
import type { Board } from './board.js';
import simulatedSensor from './boards/simulated-sensor.cpp.js';
import { BOARDS, type BoardName } from './boards.js';
import { linkerScript } from './linker-script.js';
import { mainText } from './main-text.js';
import { planMemory } from './memory.js';
import serverHeader from './server.h.js';
import { simulatedSignal, simulatedSource } from './simulated-signal.js';

export interface FirmwareOptions {
  /** C++ namespace and stem of the file names. */
  name: string;
  /** A board of ours, or one of yours. */
  board: BoardName | Board;
  /** What it does after power comes on: wait for AT commands (default), or send readings until a host says `b`. */
  start?: 'commands' | 'forwarder' | undefined;
  /** Seeds the signal of a simulated sensor. Default 1. */
  seed?: number | undefined;
  /** Least flash (default), or least time. */
  optimize?: Optimize | undefined;
}

const LEVELS: Readonly<Record<Optimize, string>> = { size: '-Os', speed: '-O2' };
const FLAGS = ['-std=c++11', '-ffp-contract=off', '-fno-threadsafe-statics', '-nostartfiles', '--specs=nano.specs'];

/** Slices of a window in continuous mode, where the windows of the impulse do not overlap. */
const SLICES_PER_WINDOW = 4;

/**
 * Deploys as the firmware of a development board: AT commands over a serial port take recordings for a host, run the
 * impulse on the board's sensor, once, on every slice or on data of the host, and stream readings. `build` of
 * `impulsekit/node` compiles it; docs/firmware.md has the commands, and how to add a board.
 *
 * trained impulse on signals -> files with a build recipe for `arm-none-eabi`; the same bytes for the same impulse.
 *
 * @throws `BAD_OPTION`; on emission `UNSUPPORTED` for images and for learners that answer with cells, and as
 * {@link cppLibrary}
 *
 * @example
 * ```ts
 * const bundle = model.deploy(firmware({ name: 'motion', board: 'mps2-an386' }));
 * await build(bundle, 'out/motion.elf');
 * ```
 */
export function firmware(options: FirmwareOptions): DeploymentBlock {
  const name = checkLibraryName('firmware', options.name);
  const { start = 'commands', seed = 1, optimize = 'size' } = options;
  const board = boardOf(options.board);
  if (start !== 'commands' && start !== 'forwarder') refuse('start', start, '"commands" or "forwarder"');
  if (!Object.hasOwn(LEVELS, optimize)) refuse('optimize', optimize, '"size" or "speed"');
  if (!Number.isSafeInteger(seed)) refuse('seed', seed, 'a whole number');
  return {
    role: 'deploy',
    type: 'firmware',
    // A board that is given is code, not data.
    ...(typeof options.board === 'string' && { options: { ...options } }),
    emit: (program: Program): Bundle => {
      const input = checkedInput(`firmware ${name}`, program);
      const slid = sliding(program, input);
      const memory = planMemory(slid, input, board);
      const layout = { ...layoutOf(name, slid, optimize), stream: memory.stream };
      const simulated = board.sensor === 'simulated';
      const sources = [...board.sources, ...(simulated ? [simulatedSensor] : [])];
      const signal = simulated && {
        'simulated_signal.cpp': simulatedSource(simulatedSignal(program, input, seed), layout.axes),
      };
      return {
        files: sortFiles({
          ...libraryFiles(layout),
          ...Object.fromEntries(
            closure([serverHeader, ...sources]).map(({ path, text }) => [`impulsekit/${path}`, text]),
          ),
          ...signal,
          'firmware.ld': linkerScript(board),
          'main.cpp': mainText(layout, input, board, memory, start),
        }),
        build: {
          toolchain: 'arm-none-eabi',
          cpu: board.cpu,
          sources: [
            'main.cpp',
            ...librarySources(layout),
            ...sources.filter(({ path }) => path.endsWith('.cpp')).map(({ path }) => `impulsekit/${path}`),
            ...(signal ? Object.keys(signal) : []),
          ],
          flags: [...FLAGS, LEVELS[optimize], '-Tfirmware.ld'],
          libraries: [],
        },
      };
    },
  };
}

function boardOf(board: BoardName | Board): Board {
  if (typeof board === 'object' && board !== null) return board;
  if (typeof board === 'string' && Object.hasOwn(BOARDS, board)) return BOARDS[board];
  return refuse('board', board, `one of ${Object.keys(BOARDS).join(', ')}, or a board of your own`);
}

/** Every impulse has a continuous mode: where windows do not overlap, in quarters. */
function sliding(program: Program, input: Spec<'signal'>): Program {
  const { samples } = signalOf(input);
  const { strideSamples } = program;
  if (strideSamples > 0 && strideSamples < samples) return program;
  return { ...program, strideSamples: Math.max(1, Math.round(samples / SLICES_PER_WINDOW)) };
}

function checkedInput(where: string, { input, learn }: Program): Spec<'signal'> {
  const cells = learn.find(({ block }) => block.answers === 'cells');
  if (input.kind === 'signal' && !cells) return input as Spec<'signal'>;
  return fail({
    code: 'UNSUPPORTED',
    where,
    got: cells ? `learner ${cells.name}, which answers with cells` : 'images',
    expected: 'signals, with classes, values or anomaly scores as answers',
    fix: 'Deploy it as a C++ library and call it from firmware of your own.',
  });
}

function refuse(option: string, got: unknown, expected: string): never {
  return fail({
    code: 'BAD_OPTION',
    where: `firmware.${option}`,
    got: show(got),
    expected,
    fix: 'See docs/firmware.md for the options.',
  });
}
