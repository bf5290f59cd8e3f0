// SPDX-License-Identifier: Apache-2.0
// What firmware needs of a board: implement these functions and it runs there. None may take memory from a heap.
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_BOARD_H
#define IMPULSEKIT_TARGETS_FIRMWARE_BOARD_H

#include <stdint.h>

namespace impulsekit {
namespace board {

/// Called once, before everything else: clocks, serial port at 115,200 baud 8N1, timer.
void start();

/// Next byte from the host, or -1. Received bytes should be kept by an interrupt, since an inference takes its time; a
/// host may send 5 bytes every 20 ms.
int32_t readByte();

/// Sends a byte to the host, after waiting for room.
void writeByte(uint8_t byte);

/// Waits until all bytes are on the line, then changes the speed of the serial port.
void setBaudRate(uint32_t baud);

/// Time since any moment, modulo 2^32. Called at least once a minute.
uint32_t microseconds();

/// Called while there is nothing to do: may sleep until an interrupt, for at most 1 ms.
void idle();

/// Starts the program anew.
void restart();

/// Copies settings that `storeSettings` kept; false when there are none of this size.
bool loadSettings(void* settings, uint32_t bytes);

/// Keeps settings, if possible over a loss of power; false when the board cannot.
bool storeSettings(const void* settings, uint32_t bytes);

/// A number no other board of this type has.
uint64_t serialNumber();

/// Starts the sensor: from now on it takes a reading every 1 / rateHz seconds. False when it cannot take that many.
bool startSensor(float rateHz);

/// Gives the oldest reading that was not yet given, one value per axis, in the units of the training data; false when
/// there is none. The driver keeps readings while an inference runs.
bool readSensor(float* values);

void stopSensor();

}  // namespace board
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_BOARD_H
