import type { TrainedBlock } from '../../block.js';
import { type CppStage, floatLiteral, tableBody } from '../../cpp.js';
import type { Engine } from '../../engine.js';
import { fail, show } from '../../errors.js';
import featuresHeader from '../emit/features.h.js';
import { arenaOf, arenaBytes as bytesOf, TFLM_STATIC_BYTES, type TflmArena } from './arena.js';
import { readModel, type TflmModel, type TflmTensor } from './model.js';
import { adderOf } from './operators.js';
import { PROJECT } from './project.js';
import header from './tflm.h.js';

export interface TflmOptions {
  /**
   * Bytes of the tensor arena of every network; default: what its activations, scratch buffers and bookkeeping are
   * estimated to need. `arenaUsedBytes()` of the emitted network says on the device what is needed.
   */
  arenaBytes?: number | undefined;
}

/**
 * The engine that leaves networks to TensorFlow Lite Micro: the model as the array of its .tflite file, a resolver with
 * exactly the operators it uses, an arena, and glue with the same `run()` as compiled networks have. Blocks that are no
 * network, and all processing, stay what they are.
 *
 * The library compiles against a tree that the user makes with `create_tflm_tree.py` of TensorFlow Lite Micro and names
 * in `TFLM_DIR`. It needs C++17, as that does.
 *
 * Source: tensorflow/lite/micro/micro_interpreter.h, docs/new_platform_support.md of TensorFlow Lite Micro.
 *
 * @throws `BAD_OPTION`; on emission `UNSUPPORTED` for operators that TensorFlow Lite Micro does not have
 * @example
 * ```ts
 * await write(model.deploy(cppLibrary({ name: 'keyword', engine: tflm() })), 'out/keyword');
 * // make -C out/keyword check TFLM_DIR=/path/to/tflm-tree
 * ```
 */
export function tflm({ arenaBytes }: TflmOptions = {}): Engine {
  const valid = arenaBytes === undefined || (Number.isInteger(arenaBytes) && arenaBytes > 0 && arenaBytes < 2 ** 31);
  if (!valid) refuseArena(arenaBytes);
  return {
    name: 'TensorFlow Lite Micro',
    emit: (block) => block.tflite && stageOf(block, block.tflite(), arenaBytes),
    project: PROJECT,
  };
}

/** Machine code with CMSIS-NN on a Cortex-M4F at -Os: the largest of four published networks. */
const CODE_BYTES = { 'tensorflow lite micro': 44_928 };

function stageOf(block: TrainedBlock, file: Uint8Array, arenaBytes: number | undefined): CppStage {
  const model = readModel(file);
  const adders = model.operators.map(adderOf);
  const { stored } = block.cpp;
  return {
    headers: stored ? [header, featuresHeader] : [header],
    scratchBytes: 0,
    staticBytes: (arenaBytes ?? bytesOf(arenaOf(model))) + TFLM_STATIC_BYTES,
    ...(stored && { stored }),
    constBytes: file.length,
    codeBytes: CODE_BYTES,
    emit: (name) => ({
      declaration: declaration(name, arenaText(arenaOf(model), arenaBytes), stored),
      definition: definition(name, { file, model, adders, isStored: stored !== undefined }),
    }),
  };
}

/** In words, since the interpreter keeps mostly pointers: a host needs more than a microcontroller. */
function arenaText({ plannedBytes, channelBytes, words }: TflmArena, given: number | undefined): string {
  return given === undefined
    ? `(${plannedBytes + channelBytes} + ${words} * sizeof(void*) + 15) / 16 * 16`
    : `${given}`;
}

function declaration(name: string, arena: string, stored: CppStage['stored']): string {
  return [
    `struct ${name} {`,
    '  static constexpr uint32_t kScratchBytes = 0;',
    '  /// Of its own, beside the arena of the impulse: the interpreter keeps its state there.',
    `  static constexpr uint32_t kArenaBytes = static_cast<uint32_t>(${arena});`,
    '  static void run(const float* in, float* out, void* scratch);',
    '  /// What of it is in use; 0 when it is too small or the model was refused.',
    '  static uint32_t arenaUsedBytes();',
    ...(stored
      ? [
          '',
          '  struct Scale {',
          `    static constexpr float kScale = ${floatLiteral(stored.scale)};`,
          `    static constexpr int32_t kZeroPoint = ${stored.zeroPoint};`,
          '  };',
          '  typedef impulsekit::nn::Features<Scale> Features;',
          '  static void runStored(const int8_t* in, float* out, void* scratch);',
        ]
      : []),
    '};',
  ].join('\n');
}

interface Parts {
  readonly file: Uint8Array;
  readonly model: TflmModel;
  readonly adders: readonly string[];
  readonly isStored: boolean;
}

function definition(name: string, { file, model, adders, isStored }: Parts): string {
  const [input, output] = [model.tensors[model.input]!, model.tensors[model.output]!];
  const count = ({ shape }: TflmTensor): number => shape.reduce((product, size) => product * size, 1);
  const type = (tensor: TflmTensor): string => (tensor.type === 'FLOAT32' ? 'float' : 'int8_t');
  return [
    `alignas(16) static const uint8_t ${name}File[${file.length}] = {`,
    tableBody(file),
    '};',
    `alignas(16) static uint8_t ${name}Arena[${name}::kArenaBytes];`,
    '',
    `struct ${name}Model {`,
    `  typedef ${type(input)} Input;`,
    `  typedef ${type(output)} Output;`,
    `  static constexpr int32_t kInputSize = ${count(input)};`,
    `  static constexpr int32_t kOutputSize = ${count(output)};`,
    `  static constexpr float kInputScale = ${floatLiteral(input.scale)};`,
    `  static constexpr int32_t kInputZeroPoint = ${input.zeroPoint};`,
    `  static constexpr float kOutputScale = ${floatLiteral(output.scale)};`,
    `  static constexpr int32_t kOutputZeroPoint = ${output.zeroPoint};`,
    `  static constexpr uint32_t kArenaBytes = ${name}::kArenaBytes;`,
    `  static constexpr unsigned int kOperators = ${Math.max(1, adders.length)};`,
    `  static const uint8_t* model() { return ${name}File; }`,
    `  static uint8_t* arena() { return ${name}Arena; }`,
    '  template <class Resolver>',
    '  static bool add(Resolver* resolver) {',
    ...adders.map((adder) => `    if (resolver->${adder}() != kTfLiteOk) return false;`),
    '    return true;',
    '  }',
    '};',
    `typedef impulsekit::nn::Tflm<${name}Model> ${name}Tflm;`,
    '',
    `void ${name}::run(const float* in, float* out, void*) { ${name}Tflm::run(in, out); }`,
    `uint32_t ${name}::arenaUsedBytes() { return ${name}Tflm::arenaUsedBytes(); }`,
    ...(isStored
      ? [`void ${name}::runStored(const int8_t* in, float* out, void*) { ${name}Tflm::runStored(in, out); }`]
      : []),
  ].join('\n');
}

function refuseArena(arenaBytes: unknown): never {
  return fail({
    code: 'BAD_OPTION',
    where: 'tflm.arenaBytes',
    got: show(arenaBytes),
    expected: 'a whole number of bytes',
    fix: 'Leave it out for an estimate that is enough.',
  });
}
