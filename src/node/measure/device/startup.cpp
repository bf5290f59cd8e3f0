// SPDX-License-Identifier: Apache-2.0
// Vector table and reset handler for a Cortex-M image that QEMU's mps2 machines boot.
#include <stdint.h>

#include "semihosting.h"

int main();

extern "C" {
// From the linker script.
extern uint32_t stackTop, dataLoad, dataStart, dataEnd, bssStart, bssEnd;

void reset();

// A fault ends the run with a code of its own instead of a lock-up.
void fault() { device::exit(99); }
}

typedef void (*Handler)();

struct VectorTable {
  const uint32_t* stack;
  Handler handlers[15];
};

extern const VectorTable vectors;
__attribute__((section(".vectors"))) const VectorTable vectors = {
    &stackTop, {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault}};

void reset() {
#ifdef __ARM_FP
  volatile uint32_t* const access = reinterpret_cast<volatile uint32_t*>(0xE000ED88u);
  *access |= 0xFu << 20;
  __asm volatile("dsb\n isb" ::: "memory");
#endif
#ifdef __ARM_ARCH_6M__
  // This code runs on a Cortex-M3, which would forgive what a Cortex-M0+ does not: unaligned access.
  *reinterpret_cast<volatile uint32_t*>(0xE000ED14u) |= 1u << 3;
  __asm volatile("dsb\n isb" ::: "memory");
#endif
  const uint32_t* from = &dataLoad;
  for (uint32_t* to = &dataStart; to != &dataEnd;) *to++ = *from++;
  for (uint32_t* to = &bssStart; to != &bssEnd;) *to++ = 0;
  device::exit(main());
}
