// SPDX-License-Identifier: Apache-2.0
// Vector table and reset handler of a Cortex-M image that runs in QEMU or under a debugger: what `main` prints goes out
// by semihosting, and its result ends the run.
#include <stdint.h>
#include <stdio.h>

int main();

extern "C" {
// From the linker script.
extern uint32_t stackTop, dataLoad, dataStart, dataEnd, bssStart, bssEnd;
typedef void (*Initializer)();
extern const Initializer initStart, initEnd;

// From the C library: opens stdin, stdout and stderr.
void initialise_monitor_handles();

// What a C library wants to call around initializers, and we have no use for.
void _init() {}
void _fini() {}

void reset();
void fault();
}

namespace {

[[noreturn]] void finish(int code) {
  const uint32_t block[2] = {0x20026u, static_cast<uint32_t>(code)};
  register uint32_t r0 __asm("r0") = 0x20;
  register const void* r1 __asm("r1") = block;
  for (;;) __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

}  // namespace

// A fault ends the run with a code of its own instead of a lock-up.
void fault() { finish(99); }

struct VectorTable {
  const uint32_t* stack;
  void (*handlers[15])();
};

extern const VectorTable vectors;
__attribute__((section(".vectors"), used)) const VectorTable vectors = {
    &stackTop, {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault}};

void reset() {
#ifdef __ARM_FP
  volatile uint32_t* const access = reinterpret_cast<volatile uint32_t*>(0xE000ED88u);
  *access |= 0xFu << 20;
  __asm volatile("dsb\n isb" ::: "memory");
#endif
  const uint32_t* from = &dataLoad;
  for (uint32_t* to = &dataStart; to != &dataEnd;) *to++ = *from++;
  for (uint32_t* to = &bssStart; to != &bssEnd;) *to++ = 0;
  initialise_monitor_handles();
  for (const Initializer* run = &initStart; run != &initEnd;) (*run++)();
  const int code = main();
  fflush(stdout);
  finish(code);
}
