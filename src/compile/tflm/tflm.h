// SPDX-License-Identifier: Apache-2.0
// A network that TensorFlow Lite Micro interprets, behind the interface of a compiled one.
//
// `M` is the emitted struct of the model. It offers
//   Input, Output (float or int8_t), kInputSize, kOutputSize, kInputScale, kInputZeroPoint, kOutputScale,
//   kOutputZeroPoint, kArenaBytes, kOperators, model(), arena(), add(resolver).
#pragma once
#include <new>

#include "../ops/quantize/op.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace impulsekit {
namespace nn {

template <class M>
class Tflm {
 public:
  /// Scores are NaN when TensorFlow Lite Micro refuses the model or finds no room for it.
  static void run(const float* in, float* out) {
    tflite::MicroInterpreter* const network = interpreter();
    if (network != nullptr) {
      put(in, network->typed_input_tensor<typename M::Input>(0));
      if (take(network, out)) return;
    }
    for (int32_t i = 0; i < M::kOutputSize; ++i) out[i] = __builtin_nanf("");
  }

  /// The same from values as the model stores them.
  static void runStored(const int8_t* in, float* out) {
    tflite::MicroInterpreter* const network = interpreter();
    if (network != nullptr) {
      int8_t* const to = network->typed_input_tensor<int8_t>(0);
      for (int32_t i = 0; i < M::kInputSize; ++i) to[i] = in[i];
      if (take(network, out)) return;
    }
    for (int32_t i = 0; i < M::kOutputSize; ++i) out[i] = __builtin_nanf("");
  }

  /// What of the arena is in use; 0 when it is too small or the model was refused.
  static uint32_t arenaUsedBytes() {
    const tflite::MicroInterpreter* const network = interpreter();
    return network == nullptr ? 0 : static_cast<uint32_t>(network->arena_used_bytes());
  }

 private:
  typedef tflite::MicroMutableOpResolver<M::kOperators> Resolver;

  /// Made on first use, in static memory, and never destroyed: nothing is registered to run at exit.
  static tflite::MicroInterpreter* interpreter() {
    alignas(Resolver) static unsigned char resolverMemory[sizeof(Resolver)];
    alignas(tflite::MicroInterpreter) static unsigned char memory[sizeof(tflite::MicroInterpreter)];
    static tflite::MicroInterpreter* made = nullptr;
    static bool refused = false;
    if (made != nullptr || refused) return made;
    refused = true;
    const tflite::Model* const model = tflite::GetModel(M::model());
    if (model->version() != TFLITE_SCHEMA_VERSION) return nullptr;
    Resolver* const resolver = ::new (static_cast<void*>(resolverMemory)) Resolver();
    if (!M::add(resolver)) return nullptr;
    tflite::MicroInterpreter* const network = ::new (static_cast<void*>(memory))
        tflite::MicroInterpreter(model, *resolver, M::arena(), static_cast<size_t>(M::kArenaBytes));
    if (network->AllocateTensors() != kTfLiteOk) return nullptr;
    if (network->typed_input_tensor<typename M::Input>(0) == nullptr) return nullptr;
    if (network->typed_output_tensor<typename M::Output>(0) == nullptr) return nullptr;
    made = network;
    return made;
  }

  static bool take(tflite::MicroInterpreter* network, float* out) {
    if (network->Invoke() != kTfLiteOk) return false;
    get(network->typed_output_tensor<typename M::Output>(0), out);
    return true;
  }

  static void put(const float* in, float* to) {
    for (int32_t i = 0; i < M::kInputSize; ++i) to[i] = in[i];
  }

  static void put(const float* in, int8_t* to) {
    for (int32_t i = 0; i < M::kInputSize; ++i) to[i] = quantized(in[i], M::kInputScale, M::kInputZeroPoint);
  }

  static void get(const float* from, float* out) {
    for (int32_t i = 0; i < M::kOutputSize; ++i) out[i] = from[i];
  }

  static void get(const int8_t* from, float* out) {
    for (int32_t i = 0; i < M::kOutputSize; ++i) {
      out[i] = static_cast<float>(from[i] - M::kOutputZeroPoint) * M::kOutputScale;
    }
  }
};

}  // namespace nn
}  // namespace impulsekit
