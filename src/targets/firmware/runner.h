// SPDX-License-Identifier: Apache-2.0
// Everything that runs until it is done or the host says b: recordings, inferences, a stream of readings.
#ifndef IMPULSEKIT_TARGETS_FIRMWARE_RUNNER_H
#define IMPULSEKIT_TARGETS_FIRMWARE_RUNNER_H

#include <stdint.h>
#include <string.h>

#include "base64.h"
#include "board.h"
#include "cbor.h"
#include "console.h"
#include "impulse.h"
#include "settings.h"
#include "sha256.h"

namespace impulsekit {
namespace firmware {

/// Stands for a signature that is not there yet.
static const char kZeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

inline bool isStopLine(const char* line) { return strcmp(line, "b") == 0 || strcmp(line, "AT+STOPIMPULSE") == 0; }

template <class Library>
class Runner {
 public:
  LineEditor& editor() { return editor_; }

  /// The latest recording: a data acquisition document in CBOR.
  const uint8_t* recording() const { return recording_; }
  uint32_t recordingBytes() const { return recordingBytes_; }

  /// Longest recording at the rate of the impulse.
  uint32_t maxSeconds() const {
    return static_cast<uint32_t>(static_cast<float>(kMaxReadings) / Library::kRateHz);
  }

  /// Waits; true when the host wants to stop.
  bool pause(uint32_t ms) {
    const uint32_t start = board::microseconds();
    while (board::microseconds() - start < ms * 1000u) {
      if (wantsStop()) return true;
      board::idle();
    }
    return false;
  }

  /// Takes a recording into memory.
  void record(const Settings& settings) {
    const float readings = static_cast<float>(settings.lengthMs) / settings.intervalMs;
    if (!(readings >= 1.0f)) return printLine("ERR: Sample length is shorter than its interval");
    if (readings > static_cast<float>(kMaxReadings)) return tooLong(settings);
    CborWriter document(recording_, sizeof recording_);
    recordingBytes_ = 0;
    writeHead(settings, &document);
    if (!board::startSensor(1000.0f / settings.intervalMs)) return printLine("ERR: Sensor cannot take this interval");
    printLine("Sampling...");
    bool stopped = false;
    float values[Library::kAxes];
    for (uint32_t left = static_cast<uint32_t>(readings); left > 0 && !stopped; --left) {
      stopped = !nextReading(values);
      if (stopped) break;
      document.array(Library::kAxes);
      for (int32_t i = 0; i < Library::kAxes; ++i) document.number(values[i]);
    }
    board::stopSensor();
    if (stopped) return printLine("ERR: Stopped");
    document.end();
    if (!document.fits()) return printLine("ERR: Recording does not fit into memory");
    recordingBytes_ = document.size();
    if (settings.hmacKey[0] != '\0') sign(settings.hmacKey);
    tellRecording(settings);
  }

  /// Runs the impulse on one window after another, which do not follow each other.
  void classify(bool debug) {
    if (debug && !kWhole) return tellNoWindow();
    tellSettings();
    for (;;) {
      printLine("Starting inferencing in 2 seconds...");
      if (pause(2000)) return;
      if (!board::startSensor(Library::kRateHz)) return printLine("ERR: Sensor cannot take this rate");
      printLine("Recording...");
      startWindow();
      for (int32_t left = Library::kInputSize; left > Library::kPartSize; left -= Library::kPartSize) {
        if (!collect(Library::kPartSize)) return board::stopSensor();
        process();
      }
      const bool whole = collect(Library::kPartSize);
      board::stopSensor();
      if (!whole) return;
      printLine("Recording done");
      if (debug) tellWindow();
      inferAndTell();
    }
  }

  /// Runs the impulse on the latest window after every slice.
  void classifySlices() {
    tellSettings();
    Library::reset();
    if (!board::startSensor(Library::kRateHz)) return printLine("ERR: Sensor cannot take this rate");
    uint32_t elapsed = 0;
    while (collect(Library::kSliceSize)) {
      const uint32_t start = board::microseconds();
      bool ready;
      if (!Library::runSlice(part_, &result_, &ready)) {
        printLine("ERR: A reading is no finite number");
        break;
      }
      elapsed += board::microseconds() - start;
      if (!ready) continue;
      printMs("Predictions (DSP and Classification: ", elapsed / 1000u);
      printLine("): ");
      elapsed = 0;
      tellAnswers();
    }
    board::stopSensor();
  }

  /// Runs the impulse on a window that the host sends as floats, least byte first, in base64. The host sends kChunk
  /// digits, waits for OK and goes on.
  void classifyStatic(bool debug, uint32_t count) {
    if (debug && !kWhole) return tellNoWindow();
    if (count != static_cast<uint32_t>(Library::kInputSize)) {
      print("ERR: The size of the input buffer is not correct. Expected ");
      printWhole(Library::kInputSize);
      print(" items, but got ");
      printWhole(count);
      return newLine();
    }
    print("OK CHUNK=");
    printWhole(kChunk);
    newLine();
    startWindow();
    if (!receiveWindow(count)) return printLine("TIMEOUT\r\nEND OUTPUT");
    print("TRANSFER COMPLETED ");
    printWhole(count);
    newLine();
    if (debug) tellWindow();
    const bool worked = inferAndTell();
    printLine(worked ? "RESULT 0" : "RESULT -5");
    printLine("END OUTPUT");
  }

  /// Sends every reading as a line of numbers between commas: what a data forwarder reads.
  void stream() {
    if (!board::startSensor(Library::kRateHz)) return printLine("ERR: Sensor cannot take this rate");
    float values[Library::kAxes];
    while (nextReading(values)) {
      for (int32_t i = 0; i < Library::kAxes; ++i) {
        if (i > 0) put(',');
        printNumber(values[i], 0);
      }
      newLine();
    }
    board::stopSensor();
  }

 private:
  typedef typename Library::Sample Sample;

  /// Windows lie in memory as a whole, or go through the impulse in parts.
  static constexpr bool kWhole = Library::kPartSize == Library::kInputSize;
  static constexpr uint32_t kChunk = 256;
  static constexpr uint32_t kReceiveTimeoutMs = 2000;
  static constexpr uint32_t kPaddingTimeoutMs = 50;
  /// What the fields before the values take at most, beside the names of the axes.
  static constexpr uint32_t kHeadBytes = 256 + 48 * Library::kAxes;
  static constexpr uint32_t kRowBytes = 5 + CborWriter::kMaxNumberBytes * Library::kAxes;
  static_assert(Library::kRecordingBytes > kHeadBytes + kRowBytes, "no room for a recording");
  static constexpr uint32_t kMaxReadings = (Library::kRecordingBytes - kHeadBytes) / kRowBytes;

  /// Takes what the host sent; true when it wants to stop.
  bool wantsStop() {
    for (int32_t byte = board::readByte(); byte >= 0; byte = board::readByte()) {
      const LineEditor::Event event = editor_.push(static_cast<uint8_t>(byte), false);
      if (event == LineEditor::Event::kNone) continue;
      if (event == LineEditor::Event::kLine && isStopLine(editor_.line())) return true;
      printLine("ERR: Busy, send b to stop");
    }
    return false;
  }

  /// Waits for a reading; false when the host wants to stop.
  bool nextReading(float* values) {
    for (;;) {
      if (wantsStop()) return false;
      if (board::readSensor(values)) return true;
      board::idle();
    }
  }

  /// Fills a part from its start; false when the host wants to stop.
  bool collect(int32_t count) {
    float values[Library::kAxes];
    for (int32_t at = 0; at < count; at += Library::kAxes) {
      if (!nextReading(values)) return false;
      for (int32_t i = 0; i < Library::kAxes; ++i) store(values[i], &part_[at + i]);
    }
    return true;
  }

  bool receiveWindow(uint32_t count) {
    Base64Decoder decoder;
    uint8_t bytes[4];
    uint32_t held = 0;
    uint32_t digits = 0;
    for (uint32_t at = 0; at < count;) {
      const int32_t received = waitForByte(kReceiveTimeoutMs);
      if (received < 0) return false;
      ++digits;
      if (decoder.push(static_cast<uint8_t>(received), &bytes[held]) && ++held == 4) {
        float value;
        memcpy(&value, bytes, sizeof value);
        store(value, &part_[at % static_cast<uint32_t>(Library::kPartSize)]);
        ++at;
        held = 0;
        if (at % static_cast<uint32_t>(Library::kPartSize) == 0 && at < count) process();
      }
      // Padding, and what a host fills its last piece with.
      while (at == count && digits % kChunk != 0 && waitForByte(kPaddingTimeoutMs) >= 0) ++digits;
      if (at < count && digits % kChunk != 0) continue;
      print("OK ");
      printWhole(at);
      newLine();
    }
    return true;
  }

  int32_t waitForByte(uint32_t timeoutMs) {
    const uint32_t start = board::microseconds();
    for (;;) {
      const int32_t byte = board::readByte();
      if (byte >= 0 || board::microseconds() - start > timeoutMs * 1000u) return byte;
      board::idle();
    }
  }

  void startWindow() {
    Library::reset();
    dspMicroseconds_ = 0;
    finite_ = true;
  }

  /// Takes the next part of the window.
  void process() {
    const uint32_t start = board::microseconds();
    finite_ = Library::features(part_) && finite_;
    dspMicroseconds_ += board::microseconds() - start;
  }

  /// Takes the last part of the window, and answers.
  bool inferAndTell() {
    process();
    if (!finite_) {
      printLine("ERR: A reading is no finite number");
      return false;
    }
    uint32_t now = board::microseconds();
    Timing timing = {dspMicroseconds_ / 1000u, 0, 0};
    for (int32_t i = 0; i < Library::kLearners; ++i) {
      const uint32_t from = now;
      Library::learn(i, &result_);
      now = board::microseconds();
      const bool anomaly = Library::learner(i).labels == nullptr;
      (anomaly ? timing.anomalyMs : timing.classificationMs) += (now - from) / 1000u;
    }
    printTiming(timing);
    tellAnswers();
    return true;
  }

  void tellAnswers() const {
    const float* const values = static_cast<const float*>(static_cast<const void*>(&result_));
    for (int32_t i = 0; i < Library::kLearners; ++i) printAnswer(Library::learner(i), values);
  }

  static void tellNoWindow() { printLine("ERR: This board has no memory for a whole window, so it prints none"); }

  void tellWindow() const {
    print("Raw features: ");
    for (int32_t i = 0; i < Library::kPartSize; ++i) {
      if (i > 0) print(", ");
      printNumber(static_cast<float>(part_[i]), 0);
    }
    newLine();
  }

  void tellSettings() const {
    printLine("Inferencing settings:");
    print("\tInterval: ");
    printNumber(1000.0f / Library::kRateHz, 0);
    printLine(" ms.");
    print("\tFrame size: ");
    printWhole(Library::kInputSize);
    newLine();
    printLine("Starting inferencing, press 'b' to break");
  }

  void tooLong(const Settings& settings) const {
    print("ERR: Sample length is too long, at most ");
    printWhole(static_cast<uint64_t>(static_cast<float>(kMaxReadings) * settings.intervalMs));
    printLine(" ms. fit into memory");
  }

  void writeHead(const Settings& settings, CborWriter* document) const {
    document->map(3);
    document->text("protected");
    document->map(2);
    document->pair("ver", "v1");
    document->pair("alg", settings.hmacKey[0] == '\0' ? "none" : "HS256");
    document->pair("signature", kZeros);
    document->text("payload");
    document->map(5);
    document->pair("device_name", settings.deviceId);
    document->pair("device_type", Library::boardType());
    document->text("interval_ms");
    document->number(settings.intervalMs);
    document->text("sensors");
    document->array(Library::kAxes);
    for (int32_t i = 0; i < Library::kAxes; ++i) {
      document->map(2);
      document->pair("name", Library::axis(i));
      document->pair("units", Library::units());
    }
    document->text("values");
    document->openArray();
  }

  /// The signature is that of the document with zeros in its place: the first run of 64.
  void sign(const char* key) {
    uint8_t digest[Sha256::kBytes];
    hmacSha256(key, recording_, recordingBytes_, digest);
    uint32_t at = 0;
    while (memcmp(recording_ + at, kZeros, 64) != 0) ++at;
    for (uint32_t i = 0; i < 64; ++i) recording_[at + i] = hexDigit(digest[i / 2] >> (i % 2 == 0 ? 4 : 0));
  }

  static uint8_t hexDigit(int32_t value) { return static_cast<uint8_t>("0123456789abcdef"[value & 15]); }

  void tellRecording(const Settings& settings) {
    print("Done sampling, total bytes collected: ");
    printWhole(recordingBytes_);
    printLine("\r\nProcessing...\r\nDone processing\r\nUploading...");
    print("File name: /ram/");
    printPlain(settings.label);
    put('.');
    printHex(board::serialNumber() & 0xffffffu, 6);
    printHex(++recordings_, 4);
    printLine(".cbor");
    print("Not uploading file, not connected to WiFi. Used buffer, from=0, to=");
    printWhole(recordingBytes_);
    printLine(".\r\nOK");
  }

  LineEditor editor_;
  typename Library::Result result_;
  /// A window, or what is there of one.
  Sample part_[Library::kPartSize];
  uint32_t dspMicroseconds_;
  bool finite_;
  uint32_t recordingBytes_;
  uint32_t recordings_;
  uint8_t recording_[Library::kRecordingBytes];
};

}  // namespace firmware
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_FIRMWARE_RUNNER_H
