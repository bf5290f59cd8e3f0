import { fail } from '../../../errors.js';
import { instantiate, STACK_BYTES, type TrainingKernels } from '../module.js';
import { type Cache, sectionsOf } from './sections.js';
import {
  type Descriptor,
  descriptorWords,
  type Entry,
  type Region,
  regionsOf,
  type Section,
  tapeWords,
} from './tape.js';

const PAGE_BYTES = 65_536;
/** Addresses are signed words in a tape. */
const MOST_BYTES = 2 ** 31 - PAGE_BYTES;
/** Kernels read up to so much behind a buffer. */
const SLACK_BYTES = 64;

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Memory with kernels on it and everything in its place. */
export interface Loaded {
  readonly kernels: TrainingKernels;
  /** Addresses of the tapes, and of the step's own words. */
  readonly tapes: readonly number[];
  readonly step: number;
  readonly floats: (region: Region) => Float32Array;
  readonly words: (address: number, count: number) => Int32Array;
}

/**
 * Lays tapes, descriptors and regions out in a memory of their own. `lasting` come in the given order, one behind the
 * other, and `scratch` takes as much as the hungriest kernel asks for; the other regions share what is left by their
 * lives along the tapes.
 *
 * @throws `BAD_OPTION` when it does not fit into WebAssembly's address space
 */
export function loadTapes(
  where: string,
  tapes: readonly (readonly Entry[])[],
  lasting: readonly (readonly Region[])[],
  scratch: Region,
  batchSize: number,
  cache: Cache,
): Loaded {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (limits: { initial: number }) => Memory };
  };
  const entries = tapes.flat();
  const sections = tapes.map((tape) => sectionsOf(tape, batchSize, cache));
  const descriptors = [...new Set(entries.flatMap((entry) => entry.arguments.filter(isDescriptor)))];
  let end = STACK_BYTES + STEP_BYTES;
  const reserve = (bytes: number): number => {
    const at = end;
    end += Math.ceil((bytes + SLACK_BYTES) / 64) * 64;
    return at;
  };
  for (const descriptor of descriptors) descriptor.address = reserve(64);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / PAGE_BYTES) });
  const kernels = instantiate(memory, 0);
  const words = (address: number, count: number): Int32Array => new Int32Array(memory.buffer, address, count);
  for (const { address, sizes } of descriptors) {
    const fields = descriptorWords(sizes);
    words(address, fields.length).set(fields);
  }

  for (const group of lasting) {
    let at = reserve(4 * group.reduce((sum, { floats }) => sum + floats, 0));
    for (const region of group) {
      region.address = at;
      at += 4 * region.floats;
    }
  }
  scratch.address = reserve(scratchBytes(kernels, entries));
  end += place(sections.flat(), end);
  // Addresses are not in the sizes of tapes: they can be written once to be measured.
  const addresses = sections.map((tape) => reserve(tapeWords(tape).byteLength));
  if (end > MOST_BYTES) {
    fail({
      code: 'BAD_OPTION',
      where: `${where}.batchSize`,
      got: `a training step of ${Math.ceil(end / 2 ** 20)} MB`,
      expected: 'at most 2 GB',
      fix: 'Use smaller batches or a smaller network.',
    });
  }
  memory.grow(Math.ceil(end / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES);
  sections.forEach((tape, i) => {
    const text = tapeWords(tape);
    words(addresses[i]!, text.length).set(text);
  });
  return {
    kernels,
    tapes: addresses,
    step: STACK_BYTES,
    floats: (region) => new Float32Array(memory.buffer, region.address, region.floats),
    words,
  };
}

const STEP_BYTES = 64;

function isDescriptor(argument: unknown): argument is Descriptor {
  return typeof argument === 'object' && argument !== null && 'sizes' in argument;
}

function scratchBytes(kernels: TrainingKernels, entries: readonly Entry[]): number {
  const sizes = entries.map(({ code, arguments: [first, second] }) => {
    if (isDescriptor(first)) {
      if (code.startsWith('conv')) return kernels.conv_scratch_bytes(first.address);
      return code.startsWith('depthwise') ? kernels.depthwise_scratch_bytes(first.address) : 0;
    }
    if (!code.startsWith('dense')) return 0;
    const [units, inputs] = [first as number, second as number];
    return kernels.matmul_scratch_bytes(1, Math.max(units, inputs), Math.max(units, inputs));
  });
  return Math.max(0, ...sizes);
}

/**
 * Places what does not last, the largest first, as low as the others that live with it allow. A region that several
 * sections look at lives through the whole of them, because each part comes by. Returns the bytes.
 */
function place(sections: readonly Section[], from: number): number {
  const lives = new Map<Region, { first: number; last: number; floats: number }>();
  let at = 0;
  for (const { entries, rows, parts, local } of sections) {
    const [start, end] = [at, at + entries.length - 1];
    for (const entry of entries) {
      for (const region of regionsOf(entry)) {
        if (region.lasting) continue;
        const own = parts === 1 || local.has(region);
        const [first, last] = own ? [at, at] : [start, end];
        const life = lives.get(region);
        const floats = local.has(region) ? rows * region.rowFloats : region.floats;
        if (life) life.last = Math.max(life.last, last);
        else lives.set(region, { first, last, floats });
      }
      at++;
    }
  }
  const placed: { at: number; end: number; first: number; last: number }[] = [];
  let most = 0;
  for (const [region, life] of [...lives].sort(([, a], [, b]) => b.floats - a.floats)) {
    const bytes = Math.ceil((4 * life.floats + SLACK_BYTES) / 64) * 64;
    let at = 0;
    for (const other of placed) {
      if (other.last < life.first || other.first > life.last) continue;
      if (at + bytes <= other.at) break;
      at = Math.max(at, other.end);
    }
    region.address = from + at;
    most = Math.max(most, at + bytes);
    const behind = placed.findIndex((other) => other.at > at);
    placed.splice(behind < 0 ? placed.length : behind, 0, { at, end: at + bytes, ...life });
  }
  return most;
}
