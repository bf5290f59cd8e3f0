// SPDX-License-Identifier: Apache-2.0
// Writes CBOR (RFC 8949) into a buffer: as much of it as data acquisition documents need.
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_CBOR_H
#define IMPULSEKIT_TARGETS_FIRMWARE_CBOR_H

#include <stdint.h>
#include <string.h>

namespace impulsekit {
namespace firmware {

class CborWriter {
 public:
  CborWriter(uint8_t* buffer, uint32_t capacity) : buffer_(buffer), capacity_(capacity), size_(0), fits_(true) {}

  /// Most bytes that `number` writes.
  static constexpr uint32_t kMaxNumberBytes = 5;

  void map(uint32_t pairs) { head(5, pairs); }
  void array(uint32_t items) { head(4, items); }
  /// An array whose length is not known before `end`.
  void openArray() { byte(0x9f); }
  void end() { byte(0xff); }

  void text(const char* value) {
    const uint32_t length = static_cast<uint32_t>(strlen(value));
    head(3, length);
    for (uint32_t i = 0; i < length; ++i) byte(static_cast<uint8_t>(value[i]));
  }

  void pair(const char* key, const char* value) {
    text(key);
    text(value);
  }

  /// A float, as a whole number where that is shorter.
  void number(float value) {
    const int32_t whole = value > -65536.0f && value < 65536.0f ? static_cast<int32_t>(value) : 0;
    if (static_cast<float>(whole) == value) {
      return whole < 0 ? head(1, static_cast<uint32_t>(-1 - whole)) : head(0, static_cast<uint32_t>(whole));
    }
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    byte(0xfa);
    for (int32_t shift = 24; shift >= 0; shift -= 8) byte(static_cast<uint8_t>((bits >> shift) & 255u));
  }

  uint32_t size() const { return size_; }
  /// False when something did not fit; the buffer then holds the beginning.
  bool fits() const { return fits_; }

 private:
  void head(uint32_t major, uint32_t value) {
    const uint32_t type = major << 5;
    const uint32_t bytes = value < 24 ? 0 : value < 256 ? 1 : value < 65536 ? 2 : 4;
    byte(static_cast<uint8_t>(type | (bytes == 0 ? value : bytes == 1 ? 24 : bytes == 2 ? 25 : 26)));
    for (uint32_t i = bytes; i > 0; --i) byte(static_cast<uint8_t>((value >> (8 * (i - 1))) & 255u));
  }

  void byte(uint8_t value) {
    fits_ = fits_ && size_ < capacity_;
    if (fits_) buffer_[size_++] = value;
  }

  uint8_t* buffer_;
  uint32_t capacity_;
  uint32_t size_;
  bool fits_;
};

}  // namespace firmware
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_CBOR_H
