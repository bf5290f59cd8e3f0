import type { CppFile } from '../../../cpp.js';
import { elements, type Field, type Implementation, type Node, type OpDefinition, type Steps } from '../../op.js';
import gatherHeader from './gather.h.js';
import { type Loops, loopsOf } from './loops.js';

/** The C++ side of an operator that moves values without a look at them: kernels `<name>F32` and `<name>Int8`. */
export interface Mover {
  readonly name: string;
  readonly header: CppFile;
  /** Descriptor of the kernel for each type. */
  readonly descriptor: { readonly f32: string; readonly int8: string };
  readonly fields: (node: Node) => readonly Field[];
  readonly codeBytes: { readonly f32: number; readonly int8: number };
}

/** One implementation for both types. */
export interface Movement {
  readonly f32: Implementation;
  readonly int8: Implementation;
}

/** An operator that moves the values of any number of inputs. */
export function movement(mover: Mover, prepare: Implementation['prepare'], steps?: Implementation['steps']): Movement {
  const { name, header, descriptor, fields, codeBytes } = mover;
  const implementation = (type: 'f32' | 'int8', suffix: 'F32' | 'Int8'): Implementation => ({
    prepare,
    ...(steps && { steps }),
    work: (node) => ({ [`element${suffix}`]: elements(node.output.shape), call: 1 }),
    cpp: (node) => ({ header, function: `${name}${suffix}`, descriptor: descriptor[type], fields: fields(node) }),
    codeBytes: (node) => ({
      [`nn::${name}${suffix}`]: codeBytes[type],
      // The kernel runs once for every input.
      ...(node.inputs.length > 1 && { [`${node.name}, further inputs`]: 16 * (node.inputs.length - 1) }),
    }),
  });
  return { f32: implementation('f32', 'F32'), int8: implementation('int8', 'Int8') };
}

/**
 * An operator that writes its output in order, each element a copy of the element `sources(node)[i]` of its one input,
 * or `filler(node)` where that is -1.
 */
export function copies(
  mover: Mover,
  sources: (node: Node) => Int32Array,
  filler: (node: Node) => number = () => 0,
): Movement {
  const prepare: Implementation['prepare'] = (node, [x], y) => {
    const from = sources(node);
    const fill = filler(node);
    return () => {
      for (let i = 0; i < from.length; i++) y[i] = from[i]! < 0 ? fill : x[from[i]!];
    };
  };
  const steps = (node: Node): Steps => {
    const from = sources(node);
    const writeFirst = from.map((_, i) => i);
    return {
      readFirst: from.map((at) => Math.max(0, at)),
      readEnd: from.map((at) => at + 1),
      writeFirst,
      writeEnd: writeFirst.map((at) => at + 1),
      buffered: true,
      reversible: false,
    };
  };
  return movement(mover, prepare, steps);
}

/** Which values of the input make up the output: for every dimension of the output its size and its step in the input. */
export interface Selection {
  readonly first: number;
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
}

function loops(node: Node, { sizes, steps }: Selection): Loops {
  return loopsOf(node, sizes, [steps]);
}

/** Whether a selection is the whole input in its own order: one loop from the first value over all of them. */
function isWhole(node: Node, selection: Selection): boolean {
  const { sizes } = loops(node, selection);
  return selection.first === 0 && sizes.at(-1) === elements(node.inputs[0]!.shape);
}

function sourcesOf(node: Node, selection: Selection): Int32Array {
  const { sizes, steps } = loops(node, selection);
  const [rows, columns, count] = sizes as [number, number, number];
  const [s0, s1, s2] = steps[0] as [number, number, number];
  return Int32Array.from({ length: rows * columns * count }, (_, i) => {
    const row = Math.floor(i / (columns * count));
    return selection.first + row * s0 + (Math.floor(i / count) % columns) * s1 + (i % count) * s2;
  });
}

/** An operator whose output is some of the input's values, or all of them in another order. */
export function gather(
  select: (node: Node) => Selection,
): Pick<OpDefinition, 'shape' | 'renames' | 'quantization' | 'inputs' | 'f32' | 'int8'> {
  const mover: Mover = {
    name: 'gather',
    header: gatherHeader,
    descriptor: { f32: 'Gather', int8: 'Gather' },
    fields: (node) => {
      const selection = select(node);
      const { sizes, steps } = loops(node, selection);
      return [sizes, steps[0]!, selection.first];
    },
    codeBytes: { f32: 96, int8: 80 },
  };
  return {
    inputs: ['activation'],
    quantization: 'as input',
    renames: (node) => isWhole(node, select(node)),
    shape: (node) => {
      const selection = select(node);
      loops(node, selection);
      return selection.sizes;
    },
    ...copies(mover, (node) => sourcesOf(node, select(node))),
  };
}
