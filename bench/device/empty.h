// SPDX-License-Identifier: Apache-2.0
// A network that does nothing, for the image that is subtracted from the others.
#ifndef DEVICE_EMPTY_H
#define DEVICE_EMPTY_H

#include <stdint.h>

namespace model {

constexpr int32_t kInputSize = 4;
constexpr int32_t kOutputSize = 4;

__attribute__((section(".bench"))) int8_t values[kInputSize];

inline int8_t* input() { return values; }

inline void invoke(const int8_t*, int8_t*) {}

}  // namespace model

#endif  // DEVICE_EMPTY_H
