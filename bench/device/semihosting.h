// SPDX-License-Identifier: Apache-2.0
// Output and exit through the debugger's semihosting calls, and a counter of executed instructions.
#ifndef DEVICE_SEMIHOSTING_H
#define DEVICE_SEMIHOSTING_H

#include <stdint.h>

namespace device {

inline uint32_t call(uint32_t operation, const void* argument) {
  register uint32_t r0 __asm("r0") = operation;
  register const void* r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

inline void print(const char* text) { call(0x04, text); }

/// As `name value` with the value in hexadecimal, so that floats keep all bits.
inline void print(const char* name, uint32_t value) {
  static char line[12];
  for (int32_t i = 0; i < 8; ++i) line[i] = "0123456789abcdef"[(value >> (28 - 4 * i)) & 15u];
  line[8] = '\n';
  line[9] = '\0';
  print(name);
  print(" ");
  print(line);
}

[[noreturn]] inline void exit(int code) {
  const uint32_t block[2] = {0x20026u, static_cast<uint32_t>(code)};
  for (;;) call(0x20, block);
}

/// The CMSDK timer counts down at 25 MHz; QEMU's `-icount shift=0` runs one instruction per ns.
constexpr uint32_t kInstructionsPerTick = 40;

inline uint32_t ticks() {
  volatile uint32_t* const timer = reinterpret_cast<volatile uint32_t*>(0x40000000u);
  if (timer[0] == 0) {
    timer[2] = 0xFFFFFFFFu;
    timer[1] = 0xFFFFFFFFu;
    timer[0] = 1;
  }
  return 0xFFFFFFFFu - timer[1];
}

}  // namespace device

#endif  // DEVICE_SEMIHOSTING_H
