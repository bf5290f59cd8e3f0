// SPDX-License-Identifier: Apache-2.0
// Signals: where a window comes from, piece by piece.
#ifndef IMPULSEKIT_COMPAT_SIGNAL_H
#define IMPULSEKIT_COMPAT_SIGNAL_H

#include <stddef.h>
#include <stdint.h>

/// 1: `get_data` is a plain function pointer, which saves flash. 0: anything that can be called.
#ifndef EIDSP_SIGNAL_C_FN_POINTER
#if defined(__AVR__)
// Its C++ has no standard library.
#define EIDSP_SIGNAL_C_FN_POINTER 1
#else
#define EIDSP_SIGNAL_C_FN_POINTER 0
#endif
#endif

#if EIDSP_SIGNAL_C_FN_POINTER == 0
#include <functional>
#endif

namespace ei {

/// Values that are read when they are needed, by place and number.
typedef struct ei_signal_t {
  /// Writes `length` values from `offset` on to `out`; gives 0 when it worked.
#if EIDSP_SIGNAL_C_FN_POINTER == 1
  int (*get_data)(size_t offset, size_t length, float* out);
#else
  std::function<int(size_t offset, size_t length, float* out)> get_data;
#endif
  /// Number of values.
  size_t total_length;
} signal_t;

}  // namespace ei

using ei::signal_t;

#endif  // IMPULSEKIT_COMPAT_SIGNAL_H
