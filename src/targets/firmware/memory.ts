import type { Program } from '../../program.js';
import { type Spec, signalOf } from '../../spec.js';
import { type Streaming, streamingOf } from '../streaming.js';
import type { Board } from './board.js';

/** How an impulse and a recording share the RAM of a board. */
export interface MemoryPlan {
  readonly stream: Streaming;
  /** Whether windows go through the impulse in slices of a piece, because there is no room for a whole one. */
  readonly inPieces: boolean;
  readonly recordingBytes: number;
}

/** What firmware needs besides buffers for windows and recordings: 1,848 bytes on the micro:bit, and some to spare. */
const SERVER_BYTES = 2048;

/** Longer pieces save no memory, and shorter ones cost time. */
const PIECE_BYTES = 1024;

/** Keeps whole windows where they fit, with a shorter recording if need be; otherwise takes them in pieces. */
export function planMemory(program: Program, input: Spec<'signal'>, board: Board): MemoryPlan {
  const { samples, axes } = signalOf(input);
  const left = board.memory.ramBytes - board.stackBytes - SERVER_BYTES - program.arenaBytes;
  const leastBytes = Math.min(board.recordingBytes, Math.max(1024, 512 + 128 * axes.length));
  const stream = streamingOf(program)!;
  const stepBytes = axes.length * (stream.sample === 'float' ? 4 : 2);
  const wholeBytes = stream.stateBytes + samples * stepBytes;
  const pieces = wholeBytes + leastBytes > left ? piecesOf(program, samples, stepBytes) : undefined;
  const pieceBytes = pieces ? pieces.stateBytes + pieces.sliceSamples * stepBytes : Number.POSITIVE_INFINITY;
  const [chosen, bytes] = pieces && pieceBytes < wholeBytes ? [pieces, pieceBytes] : [stream, wholeBytes];
  // Rounded down, as the linker aligns what follows.
  const room = 16 * Math.floor((left - bytes) / 16);
  return {
    stream: chosen,
    inPieces: chosen === pieces,
    recordingBytes: Math.min(board.recordingBytes, Math.max(leastBytes, room)),
  };
}

/** The pieces that need least memory; undefined where a window is no whole number of strides. */
function piecesOf(program: Program, samples: number, stepBytes: number): Streaming | undefined {
  const { strideSamples } = program;
  if (samples % strideSamples !== 0) return undefined;
  const bytesOf = ({ stateBytes, sliceSamples }: Streaming): number =>
    stateBytes + Math.max(PIECE_BYTES, sliceSamples * stepBytes);
  let least: Streaming | undefined;
  for (let piece = strideSamples; piece >= 1; piece--) {
    if (strideSamples % piece !== 0) continue;
    const stream = streamingOf(program, undefined, piece)!;
    if (!least || bytesOf(stream) < bytesOf(least)) least = stream;
  }
  return least;
}
