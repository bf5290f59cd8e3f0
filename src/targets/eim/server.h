// SPDX-License-Identifier: Apache-2.0
// Answers the messages of the EIM protocol for one library.
//
// `L` is the emitted struct that describes the library. It offers
//   Result, kInputSize, kSliceSize (values of one continuous slice), kResponseBytes, kDspSteps, kSteps, kScoreCount,
//   kScoresAt and kAnomalyAt (first float of either in Result, -1 for none), info() (members of the hello answer as
//   JSON text), key(i) (label i as a JSON string), isAnomaly(step), step(index, window, result), check(window).
#ifndef IMPULSEKIT_TARGETS_EIM_SERVER_H
#define IMPULSEKIT_TARGETS_EIM_SERVER_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../cpp/library.h"
#include "json.h"

namespace impulsekit {
namespace eim {

/// Error code of a run whose scores are not finite; smaller codes are those of the library's Status.
constexpr int32_t kScoresNotFinite = 100;

inline int64_t nowUs() {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<int64_t>(t.tv_sec) * 1000000 + t.tv_nsec / 1000;
}

/// Text of bounded length. Text that does not fit is cut and `complete` turns false.
template <int32_t kBytes>
class Response {
 public:
  void clear() {
    length_ = 0;
    complete_ = true;
    text_[0] = '\0';
  }

  __attribute__((format(printf, 2, 3))) void add(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int room = kBytes - length_;
    const int wanted = vsnprintf(text_ + length_, static_cast<size_t>(room), format, arguments);
    va_end(arguments);
    if (wanted < 0 || wanted >= room) {
      complete_ = false;
      length_ = kBytes - 1;
    } else {
      length_ += wanted;
    }
  }

  bool complete() const { return complete_; }
  const char* text() const { return text_; }
  size_t length() const { return static_cast<size_t>(length_); }

 private:
  int length_;
  bool complete_;
  char text_[kBytes];
};

/// One conversation: says hello once, then classifies. Make it static; it holds the windows and the response.
template <class L>
class Server {
 public:
  /// Answers one message. The text is valid JSON without a line break, and stays until the next call.
  const Response<L::kResponseBytes>& answer(Span message) {
    const int64_t received = nowUs();
    response_.clear();
    Member members[] = {{"id", {}},       {"hello", {}},         {"classify", {}}, {"classify_continuous", {}},
                        {"set_threshold", {}}};
    Span* const id = &members[0].value;
    if (!readObject(message, members, sizeof members / sizeof members[0])) {
      response_.add("{\"error\":\"Failed to parse the message: it is no valid JSON object\"}");
      return response_;
    }
    jsonUs_ = nowUs() - received;
    if (!readInteger(*id, &id_)) {
      response_.add("{\"success\":false,\"error\":\"Missing 'id' field in message\"}");
      return response_;
    }
    dispatch(members[1].value, members[2].value, members[3].value, members[4].value);
    if (!response_.complete()) tooLong();
    return response_;
  }

  /// What `--print-info` shows: the answer to a hello with id 1.
  const Response<L::kResponseBytes>& info() {
    response_.clear();
    id_ = 1;
    describe();
    return response_;
  }

 private:
  void dispatch(Span hello, Span classify, Span continuous, Span threshold) {
    if (hello.present()) return greet(hello);
    if (!ready_) return refuse("Invalid message, should initialize first");
    if (classify.present()) return classifyWindow(classify);
    if (continuous.present()) return classifySlice(continuous);
    if (threshold.present()) return setThreshold(threshold);
    refuse("Failed to handle message");
  }

  void greet(Span value) {
    int64_t version = 0;
    if (ready_) return refuse("Invalid message 'hello', already initialized");
    if (!readInteger(value, &version) || version != 1) return refuse("Invalid value for 'hello', only 1 supported");
    ready_ = true;
    describe();
  }

  void describe() { response_.add("{\"id\":%lld,\"success\":true,%s}", static_cast<long long>(id_), L::info()); }

  bool readValues(Span array, const char* name, float* out, int64_t expected) {
    const int64_t count = readFloats(array, out, expected);
    if (count == expected) return true;
    if (count < 0) {
      response_.add("{\"id\":%lld,\"success\":false,\"error\":\"Failed to parse %s array, should contain all numbers\"}",
                    static_cast<long long>(id_), name);
    } else {
      response_.add(
          "{\"id\":%lld,\"success\":false,\"error\":\"Invalid number of features in '%s', expected %lld but got %lld\"}",
          static_cast<long long>(id_), name, static_cast<long long>(expected), static_cast<long long>(count));
    }
    return false;
  }

  void classifyWindow(Span array) {
    if (readValues(array, "classify", values_, L::kInputSize)) run(values_);
  }

  /// Slides the window on by one slice. Until a whole window has been seen, all scores are 0.
  void classifySlice(Span array) {
    constexpr int32_t kept = L::kInputSize - L::kSliceSize;
    if (!readValues(array, "classify_continuous", values_, L::kSliceSize)) return;
    memmove(sliding_, sliding_ + L::kSliceSize, static_cast<size_t>(kept) * sizeof(float));
    memcpy(sliding_ + kept, values_, static_cast<size_t>(L::kSliceSize) * sizeof(float));
    if (seen_ < L::kInputSize) seen_ += L::kSliceSize;
    if (seen_ >= L::kInputSize) return run(sliding_);
    memset(&result_, 0, sizeof result_);
    dspUs_ = learnUs_ = anomalyUs_ = 0;
    report();
  }

  /// No block of ours has thresholds, so that no id can be right.
  void setThreshold(Span value) {
    Member id[] = {{"id", {}}};
    const bool identified = value.isObject() && readObject(value, id, 1) && id[0].value.isNumber();
    refuse(identified ? "set_threshold: cannot find learn block with this id"
                      : "set_threshold should have a numeric field 'id'");
  }

  void run(const float* window) {
    int32_t code = L::check(window) ? 0 : 2;
    dspUs_ = learnUs_ = anomalyUs_ = 0;
    for (int32_t i = 0; i < L::kSteps && code == 0; ++i) {
      const int64_t start = nowUs();
      L::step(i, window, &result_);
      int64_t* const bucket = i < L::kDspSteps ? &dspUs_ : (L::isAnomaly(i) ? &anomalyUs_ : &learnUs_);
      *bucket += nowUs() - start;
    }
    memcpy(scores_, &result_, sizeof scores_);
    if (code == 0 && !allFinite(scores_, L::kScoreCount)) code = kScoresNotFinite;
    if (code == 0) return report();
    response_.add("{\"id\":%lld,\"success\":false,\"error\":\"Classifying failed, error code was %d\"}",
                  static_cast<long long>(id_), static_cast<int>(code));
  }

  void report() {
    memcpy(scores_, &result_, sizeof scores_);
    response_.add("{\"id\":%lld,\"success\":true,\"result\":{", static_cast<long long>(id_));
    if (L::kScoresAt >= 0) {
      response_.add("\"classification\":{");
      for (int32_t i = 0; i < L::kLabelCount; ++i) {
        response_.add("%s%s:%.9g", i > 0 ? "," : "", L::key(i), static_cast<double>(scores_[L::kScoresAt + i]));
      }
      response_.add("}");
    }
    if (L::kAnomalyAt >= 0) {
      response_.add("%s\"anomaly\":%.9g", L::kScoresAt >= 0 ? "," : "", static_cast<double>(scores_[L::kAnomalyAt]));
    }
    response_.add("},\"timing\":{\"dsp\":%.3f,\"classification\":%.3f,\"anomaly\":%.3f,\"json\":%.3f}}", ms(dspUs_),
                  ms(learnUs_), ms(anomalyUs_), ms(jsonUs_));
  }

  static double ms(int64_t us) { return static_cast<double>(us) / 1000.0; }

  void refuse(const char* text) {
    response_.add("{\"id\":%lld,\"success\":false,\"error\":\"%s\"}", static_cast<long long>(id_), text);
  }

  void tooLong() {
    response_.clear();
    response_.add(
        "{\"id\":%lld,\"success\":false,\"error\":\"Classification response was larger than max response buffer size %d\"}",
        static_cast<long long>(id_), static_cast<int>(L::kResponseBytes));
  }

  bool ready_;
  int64_t id_;
  int64_t jsonUs_, dspUs_, learnUs_, anomalyUs_;
  int32_t seen_;
  typename L::Result result_;
  float scores_[L::kScoreCount];
  float values_[L::kInputSize];
  float sliding_[L::kInputSize];
  Response<L::kResponseBytes> response_;
};

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_SERVER_H
