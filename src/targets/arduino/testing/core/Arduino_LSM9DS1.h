// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <Arduino.h>

class StubImu {
 public:
  int begin() { return 1; }
  int accelerationAvailable() { return 1; }
  int readAcceleration(float& x, float& y, float& z);
};

extern StubImu IMU;
