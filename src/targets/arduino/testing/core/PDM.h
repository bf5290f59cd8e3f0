// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <Arduino.h>

class StubPdm {
 public:
  int begin(int channels, int rateHz) { return channels == 1 && rateHz == 16000; }
  void onReceive(void (*function)(void)) { function_ = function; }
  int available() { return (int)(2 * left_); }
  int read(void* buffer, size_t bytes) {
    const size_t count = min(bytes / 2, left_);
    memcpy(buffer, samples_, 2 * count);
    samples_ += count;
    left_ -= count;
    return (int)(2 * count);
  }
  /// What the interrupt of a board does: these samples are there.
  void receive(const int16_t* samples, size_t count) {
    samples_ = samples;
    left_ = count;
    while (left_ > 0) function_();
  }

 private:
  void (*function_)(void);
  const int16_t* samples_;
  size_t left_;
};

extern StubPdm PDM;
