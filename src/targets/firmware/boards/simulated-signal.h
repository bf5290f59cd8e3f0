// SPDX-License-Identifier: Apache-2.0
// The signal that a simulated sensor plays again and again.
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_BOARDS_SIMULATED_SIGNAL_H
#define IMPULSEKIT_TARGETS_FIRMWARE_BOARDS_SIMULATED_SIGNAL_H

#include <stdint.h>

namespace impulsekit {
namespace board {

struct SimulatedSignal {
  /// Interleaved; a reading is these times `scale`.
  const int16_t* values;
  uint32_t readings;
  uint32_t axes;
  float scale;
};

extern const SimulatedSignal kSimulatedSignal;

}  // namespace board
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_BOARDS_SIMULATED_SIGNAL_H
