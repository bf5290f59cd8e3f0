// SPDX-License-Identifier: Apache-2.0
// Vector table and reset handler of a Cortex-M that boots from flash. A fault restarts the board.
#include <stdint.h>

#include "cortex-m.h"

// C++ programs may not call `main` by its name.
extern "C" int program() __asm("main");

extern "C" {
// From the linker script.
extern uint32_t stackTop, dataLoad, dataStart, dataEnd, bssStart, bssEnd;
typedef void (*Initializer)();
extern const Initializer initStart, initEnd;

void reset();
void fault();
void tick();
}

void fault() { impulsekit::board::restartCore(); }

// Wakes a core that sleeps in `idle`.
void tick() {}

struct VectorTable {
  const uint32_t* stack;
  void (*core[15])();
  void (*peripherals[32])();
};

#define EIGHT_INTERRUPTS                                                                                              \
  boardInterrupt, boardInterrupt, boardInterrupt, boardInterrupt, boardInterrupt, boardInterrupt, boardInterrupt, \
      boardInterrupt

extern const VectorTable vectors;
__attribute__((section(".vectors"), used)) const VectorTable vectors = {
    &stackTop,
    {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, tick},
    {EIGHT_INTERRUPTS, EIGHT_INTERRUPTS, EIGHT_INTERRUPTS, EIGHT_INTERRUPTS}};

void reset() {
#ifdef __ARM_FP
  impulsekit::board::reg(0xE000ED88u) |= 0xFu << 20;
  __asm volatile("dsb\n isb" ::: "memory");
#endif
  const uint32_t* from = &dataLoad;
  for (uint32_t* to = &dataStart; to != &dataEnd;) *to++ = *from++;
  for (uint32_t* to = &bssStart; to != &bssEnd;) *to++ = 0;
  for (const Initializer* run = &initStart; run != &initEnd;) (*run++)();
  program();
  impulsekit::board::restartCore();
}
