// SPDX-License-Identifier: Apache-2.0
// BBC micro:bit v1: UART and timer 0 of the nRF51822, whose 16 MHz clock starts by itself.
#include <stdint.h>

#include "../board.h"
#include "cortex-m.h"
#include "receive-queue.h"

namespace impulsekit {
namespace board {
namespace {

constexpr uint32_t kClockStartCrystal = 0x40000000u;

// UART: tasks, events and registers.
constexpr uint32_t kUart = 0x40002000u;
constexpr uint32_t kUartStartRx = kUart + 0x000u;
constexpr uint32_t kUartStartTx = kUart + 0x008u;
constexpr uint32_t kUartReceived = kUart + 0x108u;
constexpr uint32_t kUartSent = kUart + 0x11Cu;
constexpr uint32_t kUartInterrupts = kUart + 0x304u;
constexpr uint32_t kUartEnable = kUart + 0x500u;
constexpr uint32_t kUartPinTx = kUart + 0x50Cu;
constexpr uint32_t kUartPinRx = kUart + 0x514u;
constexpr uint32_t kUartRx = kUart + 0x518u;
constexpr uint32_t kUartTx = kUart + 0x51Cu;
constexpr uint32_t kUartBaud = kUart + 0x524u;
constexpr uint32_t kPinTx = 24;
constexpr uint32_t kPinRx = 25;
constexpr uint32_t kUartNumber = 2;

// Timer 0, counting microseconds.
constexpr uint32_t kTimer = 0x40008000u;
constexpr uint32_t kTimerStart = kTimer + 0x000u;
constexpr uint32_t kTimerCapture0 = kTimer + 0x040u;
constexpr uint32_t kTimerCompared1 = kTimer + 0x144u;
constexpr uint32_t kTimerInterrupts = kTimer + 0x304u;
constexpr uint32_t kTimerMode = kTimer + 0x504u;
constexpr uint32_t kTimerBits = kTimer + 0x508u;
constexpr uint32_t kTimerPrescaler = kTimer + 0x510u;
constexpr uint32_t kTimerCc0 = kTimer + 0x540u;
constexpr uint32_t kTimerCc1 = kTimer + 0x544u;
constexpr uint32_t kTimerNumber = 8;

ReceiveQueue received;

}  // namespace

void start() {
  reg(kClockStartCrystal) = 1;
  reg(kTimerMode) = 0;
  reg(kTimerBits) = 3;       // 32 bits
  reg(kTimerPrescaler) = 4;  // 16 MHz / 2^4
  reg(kTimerInterrupts) = 1u << 17;
  reg(kTimerStart) = 1;
  reg(kUartPinTx) = kPinTx;
  reg(kUartPinRx) = kPinRx;
  setBaudRate(115200);
  reg(kUartEnable) = 4;
  reg(kUartInterrupts) = 1u << 2;
  reg(kUartStartTx) = 1;
  reg(kUartStartRx) = 1;
  enableInterrupt(kUartNumber);
  enableInterrupt(kTimerNumber);
}

int32_t readByte() { return received.pop(); }

void writeByte(uint8_t byte) {
  reg(kUartSent) = 0;
  reg(kUartTx) = byte;
  while (reg(kUartSent) == 0) {
  }
}

// `writeByte` has waited for the last byte. In units of 16 MHz / 2^32, the lower 12 bits 0.
void setBaudRate(uint32_t baud) {
  const uint64_t units = ((static_cast<uint64_t>(baud) << 32) + 8000000u) / 16000000u;
  reg(kUartBaud) = (static_cast<uint32_t>(units) + 0x800u) & 0xFFFFF000u;
}

uint32_t microseconds() {
  reg(kTimerCapture0) = 1;
  return reg(kTimerCc0);
}

// With interrupts held back, which wake the core all the same: one served before the wait would leave it waiting for
// good, as would a time that has passed before it is set.
void idle() {
  holdInterrupts();
  const uint32_t from = microseconds();
  reg(kTimerCc1) = from + 1000;
  if (microseconds() - from < 1000) waitForInterrupt();
  releaseInterrupts();
}

void restart() { restartCore(); }

uint64_t serialNumber() {
  return (static_cast<uint64_t>(reg(0x10000064u)) << 32 | reg(0x10000060u)) & 0xFFFFFFFFFFFFu;
}

}  // namespace board
}  // namespace impulsekit

void boardInterrupt() {
  using namespace impulsekit::board;
  reg(kTimerCompared1) = 0;
  while (reg(kUartReceived) != 0) {
    reg(kUartReceived) = 0;
    received.push(static_cast<uint8_t>(reg(kUartRx)));
  }
}
