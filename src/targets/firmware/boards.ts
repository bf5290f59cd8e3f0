import type { Board } from './board.js';
import keptSettings from './boards/kept-settings.cpp.js';
import microbitSource from './boards/microbit.cpp.js';
import mps2Source from './boards/mps2.cpp.js';
import startup from './boards/startup.cpp.js';

const MPS2: Omit<Board, 'type' | 'cpu'> = {
  memory: { flashOrigin: 0, flashBytes: 4 << 20, ramOrigin: 0x2000_0000, ramBytes: 4 << 20 },
  stackBytes: 16 << 10,
  recordingBytes: 1 << 20,
  transferBaud: 921_600,
  sources: [startup, mps2Source, keptSettings],
  sensor: 'simulated',
};

/** Boards with firmware of ours, under the names of QEMU's machines. */
export const BOARDS = {
  'mps2-an385': { ...MPS2, type: 'MPS2 AN385', cpu: 'cortex-m3' },
  'mps2-an386': { ...MPS2, type: 'MPS2 AN386', cpu: 'cortex-m4f' },
  microbit: {
    type: 'BBC micro:bit',
    cpu: 'cortex-m0',
    memory: { flashOrigin: 0, flashBytes: 256 << 10, ramOrigin: 0x2000_0000, ramBytes: 16 << 10 },
    stackBytes: 2 << 10,
    recordingBytes: 4 << 10,
    transferBaud: 115_200,
    sources: [startup, microbitSource, keptSettings],
    sensor: 'simulated',
  },
} as const satisfies Readonly<Record<string, Board>>;

export type BoardName = keyof typeof BOARDS;
