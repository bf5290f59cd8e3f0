// SPDX-License-Identifier: Apache-2.0
// As much of an Arduino core as sketches need to compile and, on a host or an emulated AVR, to run: its functions, and
// the macros that get in the way of others.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__AVR__)
#include <avr/io.h>
#else
#include <stdio.h>
#endif

#define ARDUINO_STUB 1
#define HIGH 0x1
#define LOW 0x0
#define INPUT 0x0
#define OUTPUT 0x1
#define DEFAULT 1
#define EXTERNAL 0
#define PI 3.1415926535897932384626433832795
#define DEC 10
#define HEX 16
#define F(text) text
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#undef abs
#define abs(x) ((x) > 0 ? (x) : -(x))
#define constrain(x, low, high) ((x) < (low) ? (low) : ((x) > (high) ? (high) : (x)))
#undef round
#define round(x) ((x) >= 0 ? (long)((x) + 0.5) : (long)((x) - 0.5))
#define radians(deg) ((deg) * 0.017453292519943295)
#define sq(x) ((x) * (x))
#define lowByte(w) ((uint8_t)((w) & 0xff))
#define highByte(w) ((uint8_t)((w) >> 8))
#define bitRead(value, bit) (((value) >> (bit)) & 0x01)
#define bit(b) (1UL << (b))
#define B0 0
#define B1 1
#define B10 2
#define B11 3
typedef uint8_t byte;
typedef bool boolean;
typedef unsigned int word;

unsigned long micros();
unsigned long millis();
void delay(unsigned long ms);

class StubSerial {
 public:
  void begin(unsigned long) {}
  operator bool() const { return true; }
  int read() { return -1; }
  size_t write(char c);
  void print(const char* text) {
    while (*text != '\0') write(*text++);
  }
  void print(long value) {
    if (value < 0) write('-');
    digits(value < 0 ? 0ul - (unsigned long)value : (unsigned long)value);
  }
  void print(int value) { print((long)value); }
  void print(unsigned long value) { digits(value); }
  void print(double value, int places = 2) {
    if (value < 0) write('-');
    double rest = value < 0 ? -value : value, half = 0.5;
    for (int i = 0; i < places; ++i) half /= 10;
    rest += half;
    digits((unsigned long)rest);
    write('.');
    for (rest -= (double)(unsigned long)rest; places > 0; --places) {
      rest *= 10;
      write((char)('0' + (int)rest));
      rest -= (int)rest;
    }
  }
  void println() { write('\n'); }
  template <class T>
  void println(T value) {
    print(value);
    println();
  }
  void println(double value, int places) {
    print(value, places);
    println();
  }

 private:
  void digits(unsigned long value) {
    if (value >= 10) digits(value / 10);
    write((char)('0' + value % 10));
  }
};

extern StubSerial Serial;
