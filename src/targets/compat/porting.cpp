// SPDX-License-Identifier: Apache-2.0
// Weak defaults of the porting functions: define your own, or leave this file out and supply all of them.
#if !defined(_POSIX_C_SOURCE) && defined(__linux__)
#define _POSIX_C_SOURCE 199309L
#endif

#include "edge-impulse-sdk/porting/ei_classifier_porting.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(ARDUINO)
#include <Arduino.h>
#elif defined(__unix__) || defined(__APPLE__)
#include <time.h>
#define IMPULSEKIT_HAS_CLOCK 1
#endif

#if defined(__GNUC__)
#define IMPULSEKIT_WEAK __attribute__((weak))
#else
#define IMPULSEKIT_WEAK
#endif

IMPULSEKIT_WEAK uint64_t ei_read_timer_us() {
#if defined(ARDUINO)
  return micros();
#elif defined(IMPULSEKIT_HAS_CLOCK)
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
  return static_cast<uint64_t>(now.tv_sec) * 1000000u + static_cast<uint64_t>(now.tv_nsec) / 1000u;
#else
  return 0;
#endif
}

IMPULSEKIT_WEAK uint64_t ei_read_timer_ms() { return ei_read_timer_us() / 1000u; }

IMPULSEKIT_WEAK EI_IMPULSE_ERROR ei_run_impulse_check_canceled() { return EI_IMPULSE_OK; }

IMPULSEKIT_WEAK EI_IMPULSE_ERROR ei_sleep(int32_t time_ms) {
#if defined(ARDUINO)
  delay(static_cast<unsigned long>(time_ms > 0 ? time_ms : 0));
#elif defined(IMPULSEKIT_HAS_CLOCK)
  struct timespec time;
  time.tv_sec = time_ms > 0 ? time_ms / 1000 : 0;
  time.tv_nsec = time_ms > 0 ? (time_ms % 1000) * 1000000L : 0;
  nanosleep(&time, nullptr);
#else
  const uint64_t start = ei_read_timer_ms();
  // Does not wait for a clock that stands still.
  while (ei_read_timer_ms() != 0 && ei_read_timer_ms() - start < static_cast<uint64_t>(time_ms > 0 ? time_ms : 0)) {
  }
#endif
  return ei_run_impulse_check_canceled();
}

IMPULSEKIT_WEAK void ei_serial_set_baudrate(int) {}

#if defined(ARDUINO)
IMPULSEKIT_WEAK void ei_putchar(char c) { Serial.write(c); }
IMPULSEKIT_WEAK char ei_getchar() {
  const int c = Serial.read();
  return c < 0 ? '\0' : static_cast<char>(c);
}
#else
IMPULSEKIT_WEAK void ei_putchar(char c) { putchar(c); }
IMPULSEKIT_WEAK char ei_getchar() {
  const int c = getchar();
  return c < 0 ? '\0' : static_cast<char>(c);
}
#endif

IMPULSEKIT_WEAK void ei_printf(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
#if defined(ARDUINO)
  char text[256];
  vsnprintf(text, sizeof text, format, arguments);
  Serial.print(text);
#else
  vprintf(format, arguments);
#endif
  va_end(arguments);
}

IMPULSEKIT_WEAK void ei_printf_float(float f) {
  // Beyond these limits an integer does not hold it with five decimals.
  if (!(f > -2e9f && f < 2e9f)) {
    ei_printf(f > 0.0f ? "2000000000" : (f < 0.0f ? "-2000000000" : "nan"));
    return;
  }
  const float magnitude = f < 0.0f ? -f : f;
  uint32_t whole = static_cast<uint32_t>(magnitude);
  uint32_t rest = static_cast<uint32_t>((magnitude - static_cast<float>(whole)) * 100000.0f + 0.5f);
  if (rest >= 100000u) {
    ++whole;
    rest = 0;
  }
  ei_printf("%s%lu.%05lu", f < 0.0f ? "-" : "", static_cast<unsigned long>(whole), static_cast<unsigned long>(rest));
}

IMPULSEKIT_WEAK void* ei_malloc(size_t size) { return malloc(size); }
IMPULSEKIT_WEAK void* ei_calloc(size_t count, size_t size) { return calloc(count, size); }
IMPULSEKIT_WEAK void ei_free(void* memory) { free(memory); }
