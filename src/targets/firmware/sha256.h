// SPDX-License-Identifier: Apache-2.0
// HMAC (RFC 2104) with SHA-256 (FIPS 180-4), for the signatures of recordings.
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_SHA256_H
#define IMPULSEKIT_TARGETS_FIRMWARE_SHA256_H

#include <stdint.h>
#include <string.h>

namespace impulsekit {
namespace firmware {

class Sha256 {
 public:
  static constexpr uint32_t kBytes = 32;
  static constexpr uint32_t kBlockBytes = 64;

  Sha256() : length_(0) {
    static const uint32_t kStart[8] = {0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
                                       0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u};
    memcpy(state_, kStart, sizeof state_);
  }

  void add(const uint8_t* bytes, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      block_[length_ % kBlockBytes] = bytes[i];
      if (++length_ % kBlockBytes == 0) mix();
    }
  }

  /// Ends the message.
  void finish(uint8_t* digest) {
    const uint64_t bits = static_cast<uint64_t>(length_) * 8;
    const uint8_t one = 0x80;
    const uint8_t zero = 0;
    add(&one, 1);
    while (length_ % kBlockBytes != kBlockBytes - 8) add(&zero, 1);
    for (int32_t shift = 56; shift >= 0; shift -= 8) {
      const uint8_t byte = static_cast<uint8_t>((bits >> shift) & 255u);
      add(&byte, 1);
    }
    for (uint32_t i = 0; i < kBytes; ++i) digest[i] = static_cast<uint8_t>((state_[i / 4] >> (24 - 8 * (i % 4))) & 255u);
  }

 private:
  static uint32_t rotate(uint32_t x, uint32_t by) { return (x >> by) | (x << (32 - by)); }

  /// The schedule is kept as its latest 16 words.
  void mix() {
    static const uint32_t kRounds[64] = {
        0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
        0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
        0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
        0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
        0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
        0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
        0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
        0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u};
    uint32_t words[16];
    for (uint32_t i = 0; i < 16; ++i) {
      const uint8_t* const at = block_ + 4 * i;
      words[i] = (static_cast<uint32_t>(at[0]) << 24) | (static_cast<uint32_t>(at[1]) << 16) |
                 (static_cast<uint32_t>(at[2]) << 8) | at[3];
    }
    uint32_t s[8];
    memcpy(s, state_, sizeof s);
    for (uint32_t i = 0; i < 64; ++i) {
      const uint32_t word = words[i % 16];
      const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
      const uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
      const uint32_t first = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + choice + kRounds[i] + word;
      const uint32_t second = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + majority;
      memmove(s + 1, s, 7 * sizeof s[0]);
      s[4] += first;
      s[0] = first + second;
      const uint32_t w1 = words[(i + 1) % 16];
      const uint32_t w14 = words[(i + 14) % 16];
      words[i % 16] = word + (rotate(w1, 7) ^ rotate(w1, 18) ^ (w1 >> 3)) + words[(i + 9) % 16] +
                      (rotate(w14, 17) ^ rotate(w14, 19) ^ (w14 >> 10));
    }
    for (uint32_t i = 0; i < 8; ++i) state_[i] += s[i];
  }

  uint32_t state_[8];
  uint32_t length_;
  uint8_t block_[kBlockBytes];
};

/// Keys are shorter than a block.
inline void hmacSha256(const char* key, const uint8_t* message, uint32_t count, uint8_t* digest) {
  uint8_t pad[Sha256::kBlockBytes];
  const uint8_t kPads[2] = {0x36, 0x5c};
  for (uint32_t pass = 0; pass < 2; ++pass) {
    const uint32_t length = static_cast<uint32_t>(strlen(key));
    for (uint32_t i = 0; i < sizeof pad; ++i) {
      pad[i] = static_cast<uint8_t>((i < length ? static_cast<uint8_t>(key[i]) : 0u) ^ kPads[pass]);
    }
    Sha256 hash;
    hash.add(pad, sizeof pad);
    if (pass == 0) hash.add(message, count);
    else hash.add(digest, Sha256::kBytes);
    hash.finish(digest);
  }
}

}  // namespace firmware
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_SHA256_H
