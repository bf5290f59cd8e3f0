import type { OpKind } from '../graph.js';
import type { Call } from './call.js';

/** Sum, difference or product of two tensors whose shapes broadcast; one may be constant. */
export function binary(kind: 'add' | 'sub' | 'mul'): (call: Call) => void {
  const optionsOf = { add: 'AddOptions', sub: 'SubOptions', mul: 'MulOptions' } as const;
  return (call) => {
    const options = call.options(optionsOf[kind]);
    const activation = call.activationFunction(options?.fusedActivationFunction);
    const { graph, output } = call;
    const inputs = [0, 1].map((i) => operand(call, i));
    const tensors = inputs.map((i) => graph.tensors[i]!);
    if (tensors.every(({ data }) => data))
      call.refuse('two constants', 'a computed input', 'Fold constants when converting.');
    const shape = broadcast(tensors[0]!.shape, tensors[1]!.shape);
    const scales = tensors.map(({ quantization }) => quantization?.scales[0] ?? 0);
    const outputScale = graph.tensor(output).quantization?.scales[0] ?? 1;
    const largest = kind === 'mul' ? scales[0]! * scales[1]! : Math.max(...scales);
    graph.add(output, {
      kind,
      name: call.name,
      inputs,
      attributes: { activation },
      shape,
      factor: largest / outputScale,
    });
  };
}

/** Number in the graph of an input, computed or constant, of the type of the output. */
function operand(call: Call, i: number): number {
  const { graph, output } = call;
  const index = call.required(i);
  const dtype = graph.dtypeOf(output);
  if (!graph.isConstant(index)) {
    if (graph.dtypeOf(index) !== dtype) call.refuse('inputs and output of different types', dtype, 'Convert it again.');
    return graph.activation(index, call.where);
  }
  const { name } = graph.tensor(index);
  const { shape } = graph.shapeOf(index);
  if (dtype === 'f32') {
    return graph.constant(`f32 operand ${index}`, () => ({ name, shape, dtype, data: graph.floats(index) }));
  }
  return graph.constant(`int8 operand ${index}`, () => {
    if (graph.dtypeOf(index) !== dtype) call.refuse('a constant that is not int8', dtype, 'Convert it as full int8.');
    const { quantization } = graph.tensor(index);
    return { name, shape, dtype, data: graph.values(index), quantization: quantization! };
  });
}

/** Shape of the result of two shapes that meet from the last dimension on. */
function broadcast(a: readonly number[], b: readonly number[]): readonly number[] {
  const length = Math.max(a.length, b.length);
  const at = (shape: readonly number[], i: number): number => shape[i + shape.length - length] ?? 1;
  return Array.from({ length }, (_, i) => Math.max(at(a, i), at(b, i)));
}

/** An operator on one input, element by element; `scale` is that of its int8 output when it has one of its own. */
export function unary(kind: OpKind, scale?: { scale: number; zeroPoint: number }): (call: Call) => void {
  return (call) => {
    const x = call.activation();
    if (call.dtype === 'int8' && scale) call.requireScale(scale.scale, scale.zeroPoint);
    const factor = scale && { factor: 0 };
    call.graph.add(call.output, { kind, name: call.name, inputs: [x], shape: call.shapeOf().shape, ...factor });
  };
}

const SHARES = { scale: 1 / 256, zeroPoint: -128 };

export const logistic = unary('logistic', SHARES);
export const tanh = unary('tanh', { scale: 1 / 128, zeroPoint: 0 });

export function softmax(call: Call): void {
  const beta = call.options('SoftmaxOptions')?.beta ?? 1;
  if (beta !== 1) call.refuse(`beta ${beta}`, 'beta 1', 'Multiply by beta in a layer before it.');
  unary('softmax', SHARES)(call);
}

export function leakyRelu(call: Call): void {
  const alpha = call.requiredOptions('LeakyReluOptions').alpha;
  if (!(Math.abs(alpha) <= 128)) call.refuse(`a slope of ${alpha}`, '-128 to 128', 'Use a smaller slope.');
  const { shape } = call.shapeOf();
  const inputs = [call.activation()];
  void call.dtype;
  call.graph.add(call.output, { kind: 'leakyRelu', name: call.name, inputs, attributes: { alpha }, shape });
}

/** float32 to int8, or int8 to int8 of another scale. */
export function quantize(call: Call): void {
  if (call.graph.dtypeOf(call.output) !== 'int8') call.refuse('a float output', 'an int8 output', 'Convert it again.');
  call.graph.add(call.output, { kind: 'quantize', name: call.name, inputs: [call.activation()] });
}

/** int8 to float32; constants (float16 and int8 weights) are multiplied out now. */
export function dequantize(call: Call): void {
  const { graph, output } = call;
  const index = call.required(0);
  if (graph.isConstant(index)) {
    graph.fold(output, graph.floats(index));
    return;
  }
  if (graph.dtypeOf(index) !== 'int8' || graph.dtypeOf(output) !== 'f32') {
    call.refuse('values that are not int8', 'int8 to float32', 'Convert it as full int8.');
  }
  graph.add(output, { kind: 'dequantize', name: call.name, inputs: [call.activation()] });
}
