import type { CppFile } from '../../../cpp.js';
import { floatBounds, int8Bounds } from '../../arithmetic/activation.js';
import { quantizeMultiplier, REQUANTIZE_BYTES, requantize } from '../../arithmetic/fixed-point.js';
import { quantizationOf } from '../../arithmetic/quantization.js';
import {
  elements,
  type Field,
  type Implementation,
  type Node,
  type OpDefinition,
  refuseShape,
  type Wiring,
} from '../../op.js';
import elementwiseHeader from './elementwise.h.js';
import { type Loops, loopsOf, rowMajor } from './loops.js';

/** A function of a value of each operand. */
type Combine = (a: number, b: number) => number;

/** The shape to which two shapes broadcast: dimensions are equal, or one of them is 1 or missing in front. */
function broadcast(node: Node): number[] {
  const [a, b] = node.inputs.map(({ shape }) => shape) as [readonly number[], readonly number[]];
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, d) => {
    const [m, n] = [a, b].map((shape) => shape[d - rank + shape.length] ?? 1) as [number, number];
    if (m !== n && m !== 1 && n !== 1) {
      refuseShape(node, `inputs of shapes [${a.join(', ')}] and [${b.join(', ')}]`, 'shapes that broadcast');
    }
    return m === 1 ? n : m;
  });
}

function loops(node: Node): Loops {
  const shape = broadcast(node);
  const steps = node.inputs.map((input) => {
    const own = rowMajor(input.shape);
    const missing = shape.length - own.length;
    return shape.map((_, d) => ((input.shape[d - missing] ?? 1) === 1 ? 0 : own[d - missing]!));
  });
  return loopsOf(node, shape, steps);
}

/** Whether both operands are computed and have the shape of the output: then two plain runs of values meet. */
function isPlain(node: Node): boolean {
  const { sizes, steps } = loops(node);
  return (
    node.inputs.every(({ data }) => !data) && sizes[1] === 1 && steps.flat().every((step, i) => i % 3 < 2 || step === 1)
  );
}

/** One call of `elementwise` in `elementwise.h`. */
function wiring(node: Node, header: CppFile, name: string, type: string, parameters: readonly Field[]): Wiring {
  const { sizes, steps } = loops(node);
  const constants = node.inputs.map(({ data }) => data ?? 0);
  const plain = isPlain(node);
  return {
    header,
    function: 'elementwise',
    descriptor: `${name[0]!.toUpperCase()}${name.slice(1)}${plain ? 'Pairs' : 'Broadcast'}${type}`,
    fields: plain ? [elements(node.output.shape), parameters] : [sizes, ...steps, ...constants, parameters],
  };
}

/** Machine code of a function of two operands of one shape, and of two that broadcast. */
export interface PairBytes {
  readonly pairs: number;
  readonly broadcast: number;
}

function codeBytes(node: Node, name: string, bytes: PairBytes): Record<string, number> {
  const kind = isPlain(node) ? 'pairs' : 'broadcast';
  return { [`nn::elementwise ${name} ${kind}`]: bytes[kind] };
}

function prepare(node: Node, [a, b]: Float32Array[], y: Float32Array, combine: Combine): () => void {
  const { sizes, steps } = loops(node);
  const [rows, columns, count] = sizes as [number, number, number];
  const [[a0, a1, a2], [b0, b1, b2]] = steps as [[number, number, number], [number, number, number]];
  return () => {
    let at = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let p = row * a0 + column * a1;
        let q = row * b0 + column * b1;
        for (let k = 0; k < count; k++, p += a2, q += b2) y[at++] = combine(a![p]!, b![q]!);
      }
    }
  };
}

/** An int8 function of two stored values: `<name>PairsInt8` and `<name>BroadcastInt8` of `header`. */
export interface StoredPair {
  readonly name: string;
  readonly header: CppFile;
  readonly combine: (node: Node) => Combine;
  /** Members of its struct before the bounds. */
  readonly fields: (node: Node) => readonly Field[];
  readonly codeBytes: PairBytes;
}

/**
 * A function of two operands that broadcast, one of which may be constant: `<name>PairsF32` and `<name>BroadcastF32` of
 * `header`.
 */
export function elementwise(e: {
  name: string;
  header: CppFile;
  doc: string;
  tflite: readonly string[];
  onnx: readonly string[];
  real: Combine;
  codeBytes: PairBytes;
  stored: StoredPair;
}): OpDefinition {
  const { name, header, real, stored } = e;
  const f32: Implementation = {
    prepare: (node, inputs, y) => {
      const [low, high] = floatBounds(node.attributes.activation);
      return prepare(node, inputs, y, (a, b) => Math.min(high, Math.max(low, real(a, b))));
    },
    work: (node) => ({ elementF32: elements(node.output.shape), call: 1 }),
    cpp: (node) => {
      const [low, high] = floatBounds(node.attributes.activation);
      return wiring(node, header, name, 'F32', [{ float: low }, { float: high }]);
    },
    codeBytes: (node) => codeBytes(node, `${name}F32`, e.codeBytes),
  };
  const int8: Implementation = {
    prepare: (node, inputs, y) => {
      const combine = stored.combine(node);
      const [low, high] = int8Bounds(node);
      return prepare(node, inputs, y, (a, b) => Math.min(high, Math.max(low, combine(a, b))));
    },
    work: (node) => ({ elementInt8: elements(node.output.shape), call: 1 }),
    cpp: (node) => wiring(node, stored.header, stored.name, 'Int8', [...stored.fields(node), ...int8Bounds(node)]),
    codeBytes: (node) => ({ ...codeBytes(node, `${stored.name}Int8`, stored.codeBytes), ...REQUANTIZE_BYTES }),
  };
  return {
    doc: e.doc,
    tflite: e.tflite,
    onnx: e.onnx,
    inputs: ['either', 'either'],
    quantization: 'calibrated',
    fuses: true,
    inPlace: true,
    channels: 'keeps',
    shape: (node) => {
      loops(node);
      return broadcast(node);
    },
    f32,
    int8,
  };
}

const EXTRA_BITS = 20;

/**
 * Sum (`sign` 1) or difference (-1) of stored values, as TensorFlow Lite's `reference/integer_ops/add.h` and
 * `reference/sub.h`. `round` is what becomes of the quotients of scales: sub takes them as float32, add as double.
 */
export function storedSum(sign: 1 | -1, round: (x: number) => number): StoredPair {
  const scaling = (node: Node) => {
    const [a, b] = node.inputs.map(quantizationOf) as [
      ReturnType<typeof quantizationOf>,
      ReturnType<typeof quantizationOf>,
    ];
    const output = quantizationOf(node.output);
    const common = 2 * Math.max(a.scale, b.scale);
    return {
      a: { offset: -a.zeroPoint, ...quantizeMultiplier(round(a.scale / common)) },
      b: { offset: -b.zeroPoint, ...quantizeMultiplier(round(b.scale / common)) },
      output: { offset: output.zeroPoint, ...quantizeMultiplier(round(common / (2 ** EXTRA_BITS * output.scale))) },
    };
  };
  return {
    name: 'sum',
    header: elementwiseHeader,
    combine: (node) => {
      const { a: left, b: right, output } = scaling(node);
      const unit = 2 ** EXTRA_BITS;
      return (a, b) => {
        const sum =
          requantize((a + left.offset) * unit, left.multiplier, left.shift) +
          sign * requantize((b + right.offset) * unit, right.multiplier, right.shift);
        return output.offset + requantize(sum, output.multiplier, output.shift);
      };
    },
    fields: (node) => {
      const { a, b, output } = scaling(node);
      return [sign, ...[a, b, output].flatMap((s) => [s.offset, s.multiplier, s.shift])];
    },
    codeBytes: { pairs: 104, broadcast: 222 },
  };
}
