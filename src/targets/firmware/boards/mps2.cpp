// SPDX-License-Identifier: Apache-2.0
// Arm MPS2 with the images AN385 (Cortex-M3) and AN386 (Cortex-M4): UART 0 and timer 0 of the CMSDK, at 25 MHz.
#include <stdint.h>

#include "../board.h"
#include "cortex-m.h"
#include "receive-queue.h"

namespace impulsekit {
namespace board {
namespace {

constexpr uint32_t kClockHz = 25000000;

// CMSDK APB UART: registers and bits.
constexpr uint32_t kUart = 0x40004000u;
constexpr uint32_t kUartData = kUart;
constexpr uint32_t kUartState = kUart + 0x4u;
constexpr uint32_t kUartControl = kUart + 0x8u;
constexpr uint32_t kUartInterrupt = kUart + 0xCu;
constexpr uint32_t kUartDivider = kUart + 0x10u;
constexpr uint32_t kStateTxFull = 1u << 0;
constexpr uint32_t kStateRxFull = 1u << 1;
constexpr uint32_t kControlTx = 1u << 0;
constexpr uint32_t kControlRx = 1u << 1;
constexpr uint32_t kControlRxInterrupt = 1u << 3;
constexpr uint32_t kInterruptRx = 1u << 1;
constexpr uint32_t kUartRxNumber = 0;

// CMSDK APB timer: counts down.
constexpr uint32_t kTimerControl = 0x40000000u;
constexpr uint32_t kTimerValue = 0x40000004u;
constexpr uint32_t kTimerReload = 0x40000008u;

constexpr uint32_t kTicksPerMicrosecond = kClockHz / 1000000;

ReceiveQueue received;
uint32_t lastTicks, restTicks, elapsedMicroseconds;

}  // namespace

void start() {
  reg(kTimerReload) = 0xFFFFFFFFu;
  reg(kTimerValue) = 0xFFFFFFFFu;
  reg(kTimerControl) = 1;
  lastTicks = 0xFFFFFFFFu;
  // SysTick wakes the core every millisecond.
  reg(0xE000E014u) = kClockHz / 1000 - 1;
  reg(0xE000E018u) = 0;
  reg(0xE000E010u) = 7;
  setBaudRate(115200);
  reg(kUartControl) = kControlTx | kControlRx | kControlRxInterrupt;
  enableInterrupt(kUartRxNumber);
}

int32_t readByte() { return received.pop(); }

void writeByte(uint8_t byte) {
  while ((reg(kUartState) & kStateTxFull) != 0) {
  }
  reg(kUartData) = byte;
}

void setBaudRate(uint32_t baud) {
  // The buffer is empty before the last byte has left: one more byte takes 10 bits.
  while ((reg(kUartState) & kStateTxFull) != 0) {
  }
  const uint32_t divider = reg(kUartDivider);
  const uint32_t from = microseconds();
  while (divider != 0 && microseconds() - from < divider * 10 / kTicksPerMicrosecond) {
  }
  reg(kUartDivider) = (kClockHz + baud / 2) / baud;
}

uint32_t microseconds() {
  const uint32_t now = reg(kTimerValue);
  restTicks += lastTicks - now;
  lastTicks = now;
  elapsedMicroseconds += restTicks / kTicksPerMicrosecond;
  restTicks %= kTicksPerMicrosecond;
  return elapsedMicroseconds;
}

void idle() { waitForInterrupt(); }

void restart() { restartCore(); }

// The board has none: a locally administered address.
uint64_t serialNumber() { return 0x020000000385u; }

}  // namespace board
}  // namespace impulsekit

void boardInterrupt() {
  using namespace impulsekit::board;
  reg(kUartInterrupt) = kInterruptRx;
  while ((reg(kUartState) & kStateRxFull) != 0) received.push(static_cast<uint8_t>(reg(kUartData)));
}
