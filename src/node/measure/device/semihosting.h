// SPDX-License-Identifier: Apache-2.0
// Output and exit through the debugger's semihosting calls, and a counter of executed instructions.
#ifndef IMPULSEKIT_NODE_MEASURE_DEVICE_SEMIHOSTING_H
#define IMPULSEKIT_NODE_MEASURE_DEVICE_SEMIHOSTING_H

#include <stdint.h>

// From the linker script.
extern "C" uint32_t timer[3];

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

/// Ticks of the machine's CMSDK timer, which counts down; its address is a symbol of the linker.
inline uint32_t ticks() {
  volatile uint32_t* const control = timer;
  if (control[0] == 0) {
    control[2] = 0xFFFFFFFFu;
    control[1] = 0xFFFFFFFFu;
    control[0] = 1;
  }
  return 0xFFFFFFFFu - control[1];
}

/// A file in the folder QEMU was started in.
class File {
 public:
  enum Mode { kRead = 1, kWrite = 5 };

  /// A file that is not there ends the run.
  template <uint32_t N>
  File(const char (&name)[N], Mode mode) {
    const uint32_t block[3] = {reinterpret_cast<uint32_t>(name), mode, N - 1};
    handle_ = call(0x01, block);
    if (handle_ == 0xFFFFFFFFu) exit(98);
  }

  /// Whether all bytes were there.
  bool read(void* to, uint32_t bytes) const { return transfer(0x06, to, bytes); }

  bool write(const void* from, uint32_t bytes) const { return transfer(0x05, from, bytes); }

 private:
  bool transfer(uint32_t operation, const void* memory, uint32_t bytes) const {
    const uint32_t block[3] = {handle_, reinterpret_cast<uint32_t>(memory), bytes};
    return call(operation, block) == 0;
  }

  uint32_t handle_;
};

}  // namespace device

#endif  // IMPULSEKIT_NODE_MEASURE_DEVICE_SEMIHOSTING_H
