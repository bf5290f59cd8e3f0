// SPDX-License-Identifier: Apache-2.0
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_BOARDS_RECEIVE_QUEUE_H
#define IMPULSEKIT_TARGETS_FIRMWARE_BOARDS_RECEIVE_QUEUE_H

#include <stdint.h>

namespace impulsekit {
namespace board {

/// Bytes on their way from an interrupt, which alone pushes, to the program, which alone pops. Make it static.
class ReceiveQueue {
 public:
  /// A byte that does not fit is lost.
  void push(uint8_t byte) {
    const uint32_t next = (end_ + 1) % kBytes;
    if (next == start_) return;
    bytes_[end_] = byte;
    end_ = next;
  }

  int32_t pop() {
    if (start_ == end_) return -1;
    const uint8_t byte = bytes_[start_];
    start_ = (start_ + 1) % kBytes;
    return byte;
  }

 private:
  static constexpr uint32_t kBytes = 512;

  volatile uint8_t bytes_[kBytes];
  volatile uint32_t start_;
  volatile uint32_t end_;
};

}  // namespace board
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_BOARDS_RECEIVE_QUEUE_H
