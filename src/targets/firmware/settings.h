// SPDX-License-Identifier: Apache-2.0
// What a host may set, and how it is read from text.
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_SETTINGS_H
#define IMPULSEKIT_TARGETS_FIRMWARE_SETTINGS_H

#include <stdint.h>
#include <string.h>

#include "board.h"
#include "console.h"

namespace impulsekit {
namespace firmware {

/// Kept by the board as these bytes.
struct Settings {
  char deviceId[32];
  char label[64];
  /// Empty: recordings are not signed. Shorter than a block of SHA-256.
  char hmacKey[64];
  char apiKey[72];
  char uploadPath[64];
  char uploadHost[64];
  char managementUrl[96];
  float intervalMs;
  uint32_t lengthMs;
};

/// Copies text into a member; false when it does not fit.
template <uint32_t kBytes>
inline bool assign(char (&to)[kBytes], const char* from) {
  const size_t length = strlen(from);
  if (length >= kBytes) return false;
  memcpy(to, from, length + 1);
  return true;
}

/// Takes a number without sign, such as 62.5, of at most 9 digits; false when it is none.
inline bool parseNumber(const char* text, float* out) {
  uint32_t digits = 0;
  uint32_t count = 0;
  uint32_t scale = 1;
  bool behindPoint = false;
  for (; *text != '\0'; ++text) {
    if (*text == '.' && !behindPoint) {
      behindPoint = true;
      continue;
    }
    if (*text < '0' || *text > '9' || ++count > 9) return false;
    digits = digits * 10 + static_cast<uint32_t>(*text - '0');
    if (behindPoint) scale *= 10;
  }
  *out = static_cast<float>(digits) / static_cast<float>(scale);
  return count > 0;
}

/// Takes a whole number of at most 9 digits; false when it is none.
inline bool parseWhole(const char* text, uint32_t* out) {
  uint32_t value = 0;
  const char* const start = text;
  for (; *text != '\0'; ++text) {
    if (*text < '0' || *text > '9' || text - start == 9) return false;
    value = value * 10 + static_cast<uint32_t>(*text - '0');
  }
  *out = value;
  return text != start;
}

/// The parts of a line between commas, cut in place; of more than there is room for, the last holds the rest.
struct Arguments {
  static constexpr int32_t kMax = 4;
  const char* at[kMax];
  int32_t count;

  explicit Arguments(char* text) : at(), count(0) {
    if (*text == '\0') return;
    at[count++] = text;
    for (; *text != '\0' && count < kMax; ++text) {
      if (*text != ',') continue;
      *text = '\0';
      at[count++] = text + 1;
    }
  }
};

inline void defaultDeviceId(Settings* settings) {
  const uint64_t number = board::serialNumber();
  char* to = settings->deviceId;
  for (int32_t shift = 40; shift >= 0; shift -= 8) {
    if (shift != 40) *to++ = ':';
    *to++ = "0123456789ABCDEF"[(number >> (shift + 4)) & 15u];
    *to++ = "0123456789ABCDEF"[(number >> shift) & 15u];
  }
  *to = '\0';
}

inline void printField(const char* key, const char* value) {
  print(key);
  printLine(value);
}

inline void printSampleSettings(const Settings& settings) {
  printField("Label:     ", settings.label);
  print("Interval:  ");
  printNumber(settings.intervalMs, 2);
  printLine(" ms.");
  print("Length:    ");
  printWhole(settings.lengthMs);
  printLine(" ms.");
  printField("HMAC key:  ", settings.hmacKey);
}

inline void printUploadSettings(const Settings& settings) {
  printField("Api Key:   ", settings.apiKey);
  printField("Host:      ", settings.uploadHost);
  printField("Path:      ", settings.uploadPath);
}

inline void printManagementSettings(const Settings& settings) {
  printField("URL:        ", settings.managementUrl);
  printLine("Connected:  0");
  printLine("Last error: ");
}

}  // namespace firmware
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_SETTINGS_H
