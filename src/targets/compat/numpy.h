// SPDX-License-Identifier: Apache-2.0
// The helpers around signals that applications use.
#ifndef IMPULSEKIT_COMPAT_NUMPY_H
#define IMPULSEKIT_COMPAT_NUMPY_H

#include "edge-impulse-sdk/dsp/numpy_types.h"
#include "edge-impulse-sdk/dsp/returntypes.h"

namespace ei {

class numpy {
 public:
#if EIDSP_SIGNAL_C_FN_POINTER == 0
  /// A signal over values in memory, which must stay as long as the signal is used.
  static int signal_from_buffer(const float* data, size_t data_size, signal_t* signal) {
    if (data == nullptr || signal == nullptr) return EIDSP_PARAMETER_INVALID;
    signal->total_length = data_size;
    signal->get_data = [data](size_t offset, size_t length, float* out) {
      for (size_t i = 0; i < length; ++i) out[i] = data[offset + i];
      return static_cast<int>(EIDSP_OK);
    };
    return EIDSP_OK;
  }
#endif

  /// The same numbers as floats, not scaled.
  static int int16_to_float(const int16_t* input, float* output, size_t length) {
    for (size_t i = 0; i < length; ++i) output[i] = static_cast<float>(input[i]);
    return EIDSP_OK;
  }

  static int int8_to_float(const int8_t* input, float* output, size_t length) {
    for (size_t i = 0; i < length; ++i) output[i] = static_cast<float>(input[i]);
    return EIDSP_OK;
  }
};

}  // namespace ei

using ei::numpy;

#endif  // IMPULSEKIT_COMPAT_NUMPY_H
