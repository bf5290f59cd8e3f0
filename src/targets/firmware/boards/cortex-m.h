// SPDX-License-Identifier: Apache-2.0
// What all Cortex-M cores share: registers, restarting, and memory that outlives a restart.
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_BOARDS_CORTEX_M_H
#define IMPULSEKIT_TARGETS_FIRMWARE_BOARDS_CORTEX_M_H

#include <stdint.h>

/// Serves every interrupt of the peripherals of a board.
extern "C" void boardInterrupt();

namespace impulsekit {
namespace board {

inline volatile uint32_t& reg(uint32_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

/// Lets an interrupt of a peripheral through.
inline void enableInterrupt(uint32_t number) { reg(0xE000E100u + 4 * (number / 32)) = 1u << (number % 32); }

inline void waitForInterrupt() { __asm volatile("wfi" ::: "memory"); }

inline void holdInterrupts() { __asm volatile("cpsid i" ::: "memory"); }
inline void releaseInterrupts() { __asm volatile("cpsie i" ::: "memory"); }

[[noreturn]] inline void restartCore() {
  __asm volatile("dsb" ::: "memory");
  reg(0xE000ED0Cu) = 0x05FA0004u;
  for (;;) __asm volatile("dsb" ::: "memory");
}

}  // namespace board
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_BOARDS_CORTEX_M_H
