import type { CppFile } from '../../cpp.js';

/** A board that firmware runs on: where its memory lies, and the C++ behind the functions of `board.h`. */
export interface Board {
  /** Reported to hosts, and with one name the same board everywhere. */
  readonly type: string;
  /** Core as the toolchain `armNoneEabi` names it: `cortex-m4f`. */
  readonly cpu: string;
  readonly memory: {
    readonly flashOrigin: number;
    readonly flashBytes: number;
    readonly ramOrigin: number;
    readonly ramBytes: number;
  };
  /** Least room for the stack; an image that leaves less does not link. */
  readonly stackBytes: number;
  /** Memory for a recording. */
  readonly recordingBytes: number;
  /** Speed of the serial port while recordings are read, in baud. 115200: no change of speed. */
  readonly transferBaud: number;
  /** Implements `board.h`, and the vector table; without `sensor` also the sensor. */
  readonly sources: readonly CppFile[];
  /** `simulated`: plays a signal that is emitted with the image. Absent: the sources read a real one. */
  readonly sensor?: 'simulated';
}
