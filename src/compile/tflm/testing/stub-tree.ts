/**
 * A stand-in for a tree of TensorFlow Lite Micro: it declares what glue code uses of the public interface, checks how it
 * is used, and leaves the arithmetic to `stub_invoke`, which a test defines.
 */

const GUARD = '#pragma once\n';

const INTERPRETER = `${GUARD}
#include <stddef.h>
#include <stdint.h>

#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

#ifndef TF_LITE_STATIC_MEMORY
#error "structs would be laid out otherwise"
#endif
#define TFLITE_SCHEMA_VERSION (3)

namespace tflite {

class MicroInterpreter {
 public:
  MicroInterpreter(const Model* model, const MicroOpResolver& resolver, uint8_t* arena, size_t arena_size)
      : model_(model), resolver_(resolver), arena_(arena), size_(arena_size) {}
  // Not trivial, as the real one is not: an object with static storage would register it to run at exit.
  ~MicroInterpreter() { model_ = nullptr; }

  TfLiteStatus AllocateTensors();
  TfLiteStatus Invoke();
  size_t arena_used_bytes() const { return used_; }

  template <class T>
  T* typed_input_tensor(int index) {
    return index == 0 && sizeof(T) == stub_input_element_bytes() ? reinterpret_cast<T*>(arena_) : nullptr;
  }
  template <class T>
  T* typed_output_tensor(int index) {
    return index == 0 && sizeof(T) == stub_output_element_bytes() ? reinterpret_cast<T*>(arena_ + stub_output_offset())
                                                                 : nullptr;
  }

 private:
  static size_t stub_input_element_bytes();
  static size_t stub_output_element_bytes();
  static size_t stub_output_offset();

  const Model* model_;
  const MicroOpResolver& resolver_;
  uint8_t* arena_;
  size_t size_;
  size_t used_ = 0;
};

}  // namespace tflite
`;

const SCHEMA = `${GUARD}
#include <stdint.h>

namespace tflite {

/// The first bytes of the file.
struct Model {
  uint8_t head[8];
  uint32_t version() const { return head[4] == 'T' && head[5] == 'F' && head[6] == 'L' && head[7] == '3' ? 3u : 0u; }
};

inline const Model* GetModel(const void* bytes) { return static_cast<const Model*>(bytes); }

}  // namespace tflite
`;

const resolver = (adders: readonly string[]): string => `${GUARD}
#include <stddef.h>

enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 };

namespace tflite {

class MicroOpResolver {
 public:
  virtual unsigned int added() const = 0;
  virtual ~MicroOpResolver() {}

 private:
  // As the real one does, so that no heap is linked.
  void operator delete(void*) {}
};

template <unsigned int tOpCount>
class MicroMutableOpResolver : public MicroOpResolver {
 public:
${adders.map((adder, i) => `  TfLiteStatus ${adder}() { return Add(1ull << ${i}); }`).join('\n')}
  unsigned int added() const override { return count_; }

 private:
  void operator delete(void*) {}
  TfLiteStatus Add(unsigned long long bit) {
    if ((seen_ & bit) != 0 || count_ >= tOpCount) return kTfLiteError;
    seen_ |= bit;
    ++count_;
    return kTfLiteOk;
  }
  unsigned int count_ = 0;
  unsigned long long seen_ = 0;
};

}  // namespace tflite
`;

export interface StubModel {
  /** Adders of \`MicroMutableOpResolver\` that exist. */
  readonly adders: readonly string[];
  /** Operators the model is to find. */
  readonly operators: number;
  readonly inputElementBytes: number;
  readonly outputElementBytes: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** What the arena must hold. */
  readonly arenaBytes: number;
  /** Hash of the model's bytes, see {@link hashOf}. */
  readonly hash: number;
  readonly modelBytes: number;
}

/** The tree as files. One of them is C, as in the real one. */
export function stubTree(model: StubModel): Record<string, string> {
  const outputOffset = Math.ceil(model.inputBytes / 16) * 16;
  return {
    'tensorflow/lite/micro/micro_interpreter.h': INTERPRETER,
    'tensorflow/lite/micro/micro_mutable_op_resolver.h': resolver(model.adders),
    'tensorflow/lite/schema/schema_generated.h': SCHEMA,
    'tensorflow/lite/micro/micro_interpreter.cc': `#include "tensorflow/lite/micro/micro_interpreter.h"

extern "C" void stub_invoke(const void* input, void* output);
extern "C" int stub_version();

namespace tflite {

size_t MicroInterpreter::stub_input_element_bytes() { return ${model.inputElementBytes}; }
size_t MicroInterpreter::stub_output_element_bytes() { return ${model.outputElementBytes}; }
size_t MicroInterpreter::stub_output_offset() { return ${outputOffset}; }

TfLiteStatus MicroInterpreter::AllocateTensors() {
  uint32_t hash = 2166136261u;
  const uint8_t* const bytes = reinterpret_cast<const uint8_t*>(model_);
  for (uint32_t i = 0; i < ${model.modelBytes}u; ++i) hash = (hash ^ bytes[i]) * 16777619u;
  const bool isAligned = reinterpret_cast<uintptr_t>(bytes) % 16 == 0 && reinterpret_cast<uintptr_t>(arena_) % 16 == 0;
  if (hash != ${model.hash}u || !isAligned || stub_version() != 3) return kTfLiteError;
  if (resolver_.added() != ${model.operators} || size_ < ${model.arenaBytes}u) return kTfLiteError;
  used_ = ${model.arenaBytes}u;
  return kTfLiteOk;
}

TfLiteStatus MicroInterpreter::Invoke() {
  stub_invoke(arena_, arena_ + stub_output_offset());
  return kTfLiteOk;
}

}  // namespace tflite
`,
    'third_party/version/version.c': 'int stub_version(void);\nint stub_version(void) { return 3; }\n',
  };
}

/** FNV-1a. */
export function hashOf(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 16777619) >>> 0, 2166136261);
}
