// SPDX-License-Identifier: Apache-2.0
// A sensor that plays a signal from flash: the next reading after each start is the one behind the last one read.
#include <stdint.h>

#include "../board.h"
#include "simulated-signal.h"

namespace impulsekit {
namespace board {
namespace {

uint64_t periodNs, elapsedNs, dueNs;
uint32_t lastMicroseconds;
uint32_t position;

}  // namespace

bool startSensor(float rateHz) {
  if (!(rateHz > 0.0f && rateHz <= 100000.0f)) return false;
  periodNs = static_cast<uint64_t>(1e9f / rateHz + 0.5f);
  elapsedNs = 0;
  dueNs = periodNs;
  lastMicroseconds = microseconds();
  return true;
}

bool readSensor(float* values) {
  const uint32_t now = microseconds();
  elapsedNs += static_cast<uint64_t>(now - lastMicroseconds) * 1000u;
  lastMicroseconds = now;
  if (elapsedNs < dueNs) return false;
  dueNs += periodNs;
  const SimulatedSignal& signal = kSimulatedSignal;
  const int16_t* const reading = signal.values + position * signal.axes;
  for (uint32_t i = 0; i < signal.axes; ++i) values[i] = static_cast<float>(reading[i]) * signal.scale;
  position = position + 1 == signal.readings ? 0 : position + 1;
  return true;
}

void stopSensor() {}

}  // namespace board
}  // namespace impulsekit
