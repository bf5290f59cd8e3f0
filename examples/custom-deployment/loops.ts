// An engine of one's own: turns the network of a trained impulse into C++. This one knows dense networks in float32 and
// writes a plain loop for each operator; all other blocks keep the C++ they have.
import { readFileSync } from 'node:fs';
import type { CppStage, Engine } from 'impulsekit';
import { type Graph, type Op, readTflite, type Tensor } from 'impulsekit/compile';

const header = {
  path: 'acme/loops.h',
  text: readFileSync(new URL('./loops.h', import.meta.url), 'utf8'),
  includes: [],
};

const KNOWN = ['dense', 'add', 'sub', 'mul', 'softmax'];

export const loops = (): Engine => ({
  name: 'plain loops',
  emit: (block) => {
    // Every network travels as a .tflite file; readTflite gives it as tensors and operators.
    const network = block.tflite && readTflite(block.tflite());
    const isKnown = network?.ops.every(({ kind }) => KNOWN.includes(kind));
    const isFloat = network?.tensors.every(({ dtype }) => dtype === 'f32');
    return network && isKnown && isFloat ? stageOf(network) : undefined;
  },
});

function stageOf(network: Graph): CppStage {
  const { tensors, ops, input, output } = network;
  // Every result has a place of its own in the working memory, except the last: that is the output.
  const places = new Map<number, number>();
  let floats = 0;
  for (const op of ops.filter((one) => one.output !== output)) {
    places.set(op.output, floats);
    floats += sizeOf(tensors[op.output]!);
  }
  const constants = tensors.flatMap(({ data }, index) => (data ? [{ index, data }] : []));
  return {
    headers: [header],
    scratchBytes: Math.ceil((4 * floats) / 16) * 16,
    constBytes: constants.reduce((bytes, { data }) => bytes + data.byteLength, 0),
    codeBytes: {},
    emit: (name) => {
      const pointer = (index: number): string => {
        if (index === input) return 'in';
        if (index === output) return 'out';
        return tensors[index]!.data ? `${name}Data${index}` : `memory + ${places.get(index)}`;
      };
      return {
        declaration: [
          `struct ${name} {`,
          `  static constexpr uint32_t kScratchBytes = ${Math.ceil((4 * floats) / 16) * 16};`,
          '  static void run(const float* in, float* out, void* scratch);',
          '};',
        ].join('\n'),
        definition: [
          ...constants.map(({ index, data }) => {
            return `static const float ${name}Data${index}[${data.length}] = {${Array.from(data, literal).join(', ')}};`;
          }),
          `void ${name}::run(const float* in, float* out, void* scratch) {`,
          '  float* const memory = static_cast<float*>(scratch);',
          '  static_cast<void>(memory);',
          ...ops.map((op) => `  ${call(op, tensors, pointer)}`),
          '}',
        ].join('\n'),
      };
    },
  };
}

function call({ kind, inputs, output, attributes }: Op, tensors: readonly Tensor[], pointer: (i: number) => string) {
  const activation = { none: 'acme::kNone', relu: 'acme::kRelu', relu6: 'acme::kRelu6' }[
    attributes.activation ?? 'none'
  ];
  const sizes = kind === 'dense' ? [sizeOf(tensors[inputs[0]!]!)] : [];
  const end = kind === 'softmax' ? [] : [activation];
  return `acme::${kind}(${[...inputs.map(pointer), pointer(output), ...sizes, sizeOf(tensors[output]!), ...end].join(', ')});`;
}

const sizeOf = ({ shape }: Tensor): number => shape.reduce((product, size) => product * size, 1);

/** Nine digits are enough for every float32. */
const literal = (value: number): string => `${value.toExponential(8)}f`;
