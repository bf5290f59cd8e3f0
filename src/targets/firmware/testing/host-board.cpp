// SPDX-License-Identifier: Apache-2.0
// A board made of standard input and output, whose time passes only while somebody waits. Ends with its input.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../board.h"

namespace impulsekit {
namespace board {
namespace {

uint32_t now;
uint32_t reading;

}  // namespace

void start() {}

int32_t readByte() {
  // Every third time there is nothing yet.
  if (++now % 3 == 0) return -1;
  const int byte = getchar();
  if (byte == EOF) exit(0);
  return byte;
}

void writeByte(uint8_t byte) { putchar(byte); }
void setBaudRate(uint32_t) {}
uint32_t microseconds() { return now; }
void idle() { now += 1000; }
void restart() {}
bool loadSettings(void*, uint32_t) { return false; }
bool storeSettings(const void*, uint32_t) { return true; }
uint64_t serialNumber() { return 0x0123456789abu; }
bool startSensor(float rateHz) { return rateHz < 1000.0f; }

bool readSensor(float* values) {
  if (++reading % 2 == 0) return false;
  for (uint32_t i = 0; i < 3; ++i) values[i] = static_cast<float>(reading % 7) - 2.5f * static_cast<float>(i);
  return true;
}

void stopSensor() {}

}  // namespace board
}  // namespace impulsekit
