#pragma once
#include "../ops/quantize/op.h"

namespace impulsekit {
namespace nn {

/**
 * Features on their way into an int8 network: each is stored as the network's input as it is written. Stands where a
 * block that writes every feature once, and reads none, expects a `float*`.
 */
template <class Scale>
class Features {
 public:
  /** Whether a byte v, as the feature v / 255, is stored as v - 128. */
  static constexpr bool kStoresBytes = Scale::kScale == 0.00392156886f && Scale::kZeroPoint == -128;

  explicit Features(int8_t* at) : at_(at) {}

  class Value {
   public:
    explicit Value(int8_t* at) : at_(at) {}
    void operator=(float value) const { *at_ = quantized(value, Scale::kScale, Scale::kZeroPoint); }

   private:
    int8_t* at_;
  };

  void store(int32_t i, int8_t stored) const { at_[i] = stored; }
  Value operator[](int32_t i) const { return Value(at_ + i); }
  Value operator*() const { return Value(at_); }
  Features operator+(int32_t count) const { return Features(at_ + count); }
  Features& operator+=(int32_t count) {
    at_ += count;
    return *this;
  }

 private:
  int8_t* at_;
};

}  // namespace nn
}  // namespace impulsekit
