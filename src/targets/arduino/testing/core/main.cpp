// SPDX-License-Identifier: Apache-2.0
// Runs a sketch: `setup` once, `loop` once, and then stops.
#include <Arduino.h>

void setup();
void loop();

StubSerial Serial;

// Time goes by as it is asked for.
static unsigned long now = 0;
unsigned long micros() { return now += 50; }
unsigned long millis() { return micros() / 1000; }
void delay(unsigned long ms) { now += 1000 * ms; }

#if defined(__AVR__)
size_t StubSerial::write(char c) {
  while ((UCSR0A & (1 << UDRE0)) == 0) {
  }
  UDR0 = (uint8_t)c;
  return 1;
}

int main() {
  UCSR0B = 1 << TXEN0;
  setup();
  loop();
  Serial.println();
  // Ends the emulation.
  asm volatile("cli\n sleep");
  for (;;) {
  }
}
#else
size_t StubSerial::write(char c) { return (size_t)putchar(c) != 0; }

int main() {
  setup();
  loop();
}
#endif
