// SPDX-License-Identifier: Apache-2.0
// Settings in memory that a restart leaves alone. A loss of power clears them: boards with flash to spare write it there.
#include <stdint.h>
#include <string.h>

#include "../board.h"

namespace impulsekit {
namespace board {
namespace {

constexpr uint32_t kMaxBytes = 512;

struct Kept {
  uint32_t bytes;
  uint32_t checksum;
  uint8_t settings[kMaxBytes];
};

__attribute__((section(".noinit"))) Kept kept;

/// FNV-1a: memory holds anything after power comes on.
uint32_t checksumOf(const uint8_t* bytes, uint32_t count) {
  uint32_t hash = 2166136261u;
  for (uint32_t i = 0; i < count; ++i) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

}  // namespace

bool loadSettings(void* settings, uint32_t bytes) {
  if (kept.bytes != bytes || bytes > kMaxBytes || kept.checksum != checksumOf(kept.settings, bytes)) return false;
  memcpy(settings, kept.settings, bytes);
  return true;
}

bool storeSettings(const void* settings, uint32_t bytes) {
  if (bytes > kMaxBytes) return false;
  memcpy(kept.settings, settings, bytes);
  kept.bytes = bytes;
  kept.checksum = checksumOf(kept.settings, bytes);
  return true;
}

}  // namespace board
}  // namespace impulsekit
