// SPDX-License-Identifier: Apache-2.0
// Answers the messages of the EIM protocol for one library.
//
// `L` is the emitted struct that describes the library. It offers
//   sizes: kFeatureCount (values of one classification), kChannels (what pixels are unpacked into; 0: features go in as
//     they are), kInputSize, kSliceSize (values of one slice; 0: no stream), kResponseBytes
//   steps: kDspSteps, kSteps, isAnomaly(step), stepName(step), step(index, window, result), slide(slice), resetSlide()
//   results: Result, kScoreCount, kLabelCount, kScoresAt and kAnomalyAt (first float of either in Result, -1 for none),
//     Box, kMaxBoxes (0: finds no objects), kMinScore, boxes(result, minScore, out)
//   texts: info() (members of the hello answer as JSON), key(label) (as a JSON string), kObjectsId (of the block with
//     the threshold, -1 for none)
//   detections: kCalibrationId (-1 for none), detection(), sliceMs()
#ifndef IMPULSEKIT_TARGETS_EIM_SERVER_H
#define IMPULSEKIT_TARGETS_EIM_SERVER_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../cpp/library.h"
#include "calibration.h"
#include "json.h"
#include "pixels.h"
#include "response.h"
#include "shared.h"

namespace impulsekit {
namespace eim {

/// Error codes of a run: those of the library's Status, and this one for scores that are not finite.
constexpr int32_t kNotFinite = 2;
constexpr int32_t kScoresNotFinite = 100;

/// What the library of an impulse that finds no objects has as its box.
struct NoBox {
  int32_t label, x, y, width, height;
  float score;
};

inline int64_t nowUs() {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<int64_t>(t.tv_sec) * 1000000 + t.tv_nsec / 1000;
}

inline double milliseconds(int64_t us) { return static_cast<double>(us) / 1000.0; }

/// One conversation: says hello once, then classifies. Make it static; it holds the windows and the response.
template <class L>
class Server {
 public:
  typedef Shared<L> Block;

  /// Answers one message that took `receiveUs` to come. The text is valid JSON without a line break, and stays until the
  /// next call.
  const Response<L::kResponseBytes>& answer(Span message, int64_t receiveUs) {
    start_ = nowUs();
    receiveUs_ = receiveUs;
    debug_ = false;
    response_.clear();
    Floats window = {values_, L::kFeatureCount, -1};
    Floats slice = {slice_, L::kSliceSize, -1};
    Member members[] = {{"id", {}, nullptr},
                        {"hello", {}, nullptr},
                        {"classify", {}, &window},
                        {"classify_shm", {}, nullptr},
                        {"classify_continuous", {}, &slice},
                        {"classify_continuous_shm", {}, nullptr},
                        {"set_threshold", {}, nullptr},
                        {"debug", {}, nullptr}};
    if (!readObject(message, members, sizeof members / sizeof members[0])) {
      response_.add("{\"error\":\"Failed to parse the message: it is no valid JSON object\"}");
      return response_;
    }
    jsonUs_ = nowUs() - start_;
    debug_ = members[7].value.present() && *members[7].value.begin == 't';
    if (readInteger(members[0].value, &id_)) {
      dispatch(members, window.count, slice.count);
    } else {
      response_.add("{\"success\":false,\"error\":\"Missing 'id' field in message\"}");
    }
    if (!response_.complete()) tooLong();
    return response_;
  }

  /// What `--print-info` shows: the answer to a hello with id 1.
  const Response<L::kResponseBytes>& info() {
    response_.clear();
    response_.add("{\"id\":1,\"success\":true,%s}", L::info());
    return response_;
  }

  /// Whether the latest message asked for debug text.
  bool debugs() const { return debug_; }

  /// Starts anew, as for another peer.
  void reset() {
    Block::remove();
    ready_ = false;
  }

 private:
  enum { kId, kHello, kClassify, kClassifyShared, kSlice, kSliceShared, kThreshold };

  void dispatch(const Member* members, int64_t windowCount, int64_t sliceCount) {
    if (members[kHello].value.present()) return greet(members[kHello].value);
    if (!ready_) return refuse("Invalid message, should initialize first");
    if (members[kClassify].value.present()) {
      if (isCount(windowCount, "classify", L::kFeatureCount)) classify();
    } else if (members[kClassifyShared].value.present()) {
      if (takeShared(members[kClassifyShared], values_, L::kFeatureCount)) classify();
    } else if (members[kSlice].value.present()) {
      if (isCount(sliceCount, "classify_continuous", L::kSliceSize)) classifySlice();
    } else if (members[kSliceShared].value.present()) {
      if (takeShared(members[kSliceShared], slice_, L::kSliceSize)) classifySlice();
    } else if (members[kThreshold].value.present()) {
      setThreshold(members[kThreshold].value);
    } else {
      refuse("Failed to handle message");
    }
  }

  void greet(Span value) {
    int64_t version = 0;
    if (ready_) return refuse("Invalid message 'hello', already initialized");
    if (!readInteger(value, &version) || version != 1) return refuse("Invalid value for 'hello', only 1 supported");
    ready_ = true;
    minScore_ = L::kMinScore;
    calibration_.reset();
    L::resetSlide();
    response_.add("{\"id\":%lld,\"success\":true,%s,", static_cast<long long>(id_), L::info());
    constexpr int32_t bytes = L::kFeatureCount * static_cast<int32_t>(sizeof(float));
    const char* const problem = Block::make(static_cast<size_t>(bytes));
    if (problem != nullptr) return response_.add("\"features_shm_error\":\"%s\"}", problem);
    response_.add("\"features_shm\":{\"name\":\"%s\",\"size_bytes\":%d,\"type\":\"float32\",\"elements\":%d}}",
                  Block::name(), static_cast<int>(bytes), static_cast<int>(L::kFeatureCount));
  }

  bool isCount(int64_t count, const char* name, int64_t expected) {
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

  /// Reads `expected` values out of shared memory, when the message says that there are so many.
  bool takeShared(const Member& message, float* out, int32_t expected) {
    Member elements[] = {{"elements", {}, nullptr}};
    int64_t count = 0;
    const bool given = message.value.isObject() && readObject(message.value, elements, 1);
    if (!given || !readInteger(elements[0].value, &count)) {
      response_.add("{\"id\":%lld,\"success\":false,\"error\":\"Missing 'elements' in '%s'\"}",
                    static_cast<long long>(id_), message.name);
      return false;
    }
    if (count != expected) {
      response_.add(
          "{\"id\":%lld,\"success\":false,"
          "\"error\":\"Invalid value for 'classify_data_shm.elements', expected %d, but got %lld\"}",
          static_cast<long long>(id_), static_cast<int>(expected), static_cast<long long>(count));
      return false;
    }
    if (Block::read(out, static_cast<size_t>(expected) * sizeof(float))) return true;
    refuse("Failed to read the shared memory");
    return false;
  }

  void classify() {
    const float* window = values_;
    bool valid = allFinite(values_, L::kFeatureCount);
    if (L::kChannels > 0) {
      valid = valid && unpack<L::kChannels>(values_, L::kFeatureCount, window_);
      window = window_;
    }
    if (!valid) return failed(kNotFinite);
    memset(stepUs_, 0, sizeof stepUs_);
    for (int32_t i = 0; i < L::kDspSteps; ++i) step(i, window);
    learn(false);
  }

  /// Slides the window on by one slice. Until a whole window has been seen, all scores are 0.
  void classifySlice() {
    if (L::kSliceSize == 0) return refuse("This impulse does not run on slices: its input is no signal");
    if (!allFinite(slice_, L::kSliceSize)) return failed(kNotFinite);
    memset(stepUs_, 0, sizeof stepUs_);
    const int64_t start = nowUs();
    const bool full = L::slide(slice_);
    stepUs_[0] = nowUs() - start;
    if (full) return learn(L::kCalibrationId >= 0);
    memset(&result_, 0, sizeof result_);
    report(false);
  }

  void step(int32_t index, const float* window) {
    const int64_t start = nowUs();
    L::step(index, window, &result_);
    stepUs_[index] = nowUs() - start;
  }

  void learn(bool detects) {
    for (int32_t i = L::kDspSteps; i < L::kSteps; ++i) step(i, nullptr);
    report(detects);
  }

  void report(bool detects) {
    memcpy(scores_, &result_, sizeof scores_);
    if (!allFinite(scores_, L::kScoreCount)) return failed(kScoresNotFinite);
    int64_t afterUs = nowUs();
    if (detects) calibration_.apply(scores_ + (L::kScoresAt > 0 ? L::kScoresAt : 0));
    response_.add("{\"id\":%lld,\"success\":true,\"result\":{", static_cast<long long>(id_));
    const char* separator = "";
    if (L::kScoresAt >= 0) {
      response_.add("\"classification\":{");
      for (int32_t i = 0; i < L::kLabelCount; ++i) {
        response_.add("%s%s:%.9g", i > 0 ? "," : "", L::key(i), static_cast<double>(scores_[L::kScoresAt + i]));
      }
      response_.add("}");
      separator = ",";
    }
    if (L::kMaxBoxes > 0) {
      addBoxes(separator);
      separator = ",";
    }
    afterUs = detects || L::kMaxBoxes > 0 ? nowUs() - afterUs : 0;
    if (L::kAnomalyAt >= 0) {
      response_.add("%s\"anomaly\":%.9g", separator, static_cast<double>(scores_[L::kAnomalyAt]));
    }
    response_.add("}");
    addTiming(afterUs);
    if (debug_) addInfo();
    response_.add("}");
  }

  void addBoxes(const char* separator) {
    const int32_t count = L::boxes(result_, minScore_, boxes_);
    response_.add("%s\"bounding_boxes\":[", separator);
    const char* between = "";
    for (int32_t i = 0; i < count; ++i) {
      const typename L::Box& box = boxes_[i];
      if (!(box.score > 0.0f)) continue;
      response_.add("%s{\"label\":%s,\"value\":%.9g,\"x\":%d,\"y\":%d,\"width\":%d,\"height\":%d}", between,
                    L::key(box.label), static_cast<double>(box.score), static_cast<int>(box.x), static_cast<int>(box.y),
                    static_cast<int>(box.width), static_cast<int>(box.height));
      between = ",";
    }
    response_.add("]");
  }

  void addTiming(int64_t afterUs) {
    int64_t dsp = 0;
    int64_t learning = 0;
    int64_t anomaly = 0;
    for (int32_t i = 0; i < L::kSteps; ++i) {
      int64_t* const bucket = i < L::kDspSteps ? &dsp : L::isAnomaly(i) ? &anomaly : &learning;
      *bucket += stepUs_[i];
    }
    response_.add(
        ",\"timing\":{\"dsp\":%.3f,\"classification\":%.3f,\"anomaly\":%.3f,\"postprocessing\":%.3f,\"json\":%.3f,"
        "\"stdin\":%.3f,\"msg_handler\":%.3f}",
        milliseconds(dsp), milliseconds(learning), milliseconds(anomaly), milliseconds(afterUs),
        milliseconds(jsonUs_), milliseconds(receiveUs_), milliseconds(nowUs() - start_));
  }

  /// Milliseconds by block, for clients that asked to debug.
  void addInfo() {
    response_.add(",\"info\":\"impulsekit:");
    for (int32_t i = 0; i < L::kSteps; ++i) {
      response_.add("%s %s %.3f ms", i > 0 ? "," : "", L::stepName(i), milliseconds(stepUs_[i]));
    }
    response_.add("\"");
  }

  void setThreshold(Span value) {
    Member members[] = {{"id", {}, nullptr}, {"min_score", {}, nullptr}};
    int64_t block = 0;
    if (!value.isObject() || !readObject(value, members, 2) || !members[0].value.isNumber()) {
      return refuse("set_threshold should have a numeric field 'id'");
    }
    const char* problem = "set_threshold: cannot find learn block with this id";
    const bool isBlock = readInteger(members[0].value, &block) && block >= 0;
    if (isBlock && block == L::kObjectsId) {
      problem = readShare(members[1].value, &minScore_) ? nullptr : "set_threshold: min_score should be a number from 0 to 1";
    } else if (isBlock && block == L::kCalibrationId) {
      problem = calibration_.set(value);
    }
    if (problem != nullptr) return refuse(problem);
    response_.add("{\"id\":%lld,\"success\":true}", static_cast<long long>(id_));
  }

  void failed(int32_t code) {
    response_.add("{\"id\":%lld,\"success\":false,\"error\":\"Classifying failed, error code was %d\"}",
                  static_cast<long long>(id_), static_cast<int>(code));
  }

  void refuse(const char* text) {
    response_.add("{\"id\":%lld,\"success\":false,\"error\":\"%s\"}", static_cast<long long>(id_), text);
  }

  void tooLong() {
    response_.clear();
    response_.add(
        "{\"id\":%lld,\"success\":false,\"error\":\"Classification response (more than %d bytes) was larger than max "
        "response buffer size\"}",
        static_cast<long long>(id_), static_cast<int>(L::kResponseBytes));
  }

  bool ready_, debug_;
  int64_t id_;
  int64_t start_, receiveUs_, jsonUs_, stepUs_[L::kSteps];
  float minScore_;
  Calibration<L> calibration_;
  typename L::Result result_;
  typename L::Box boxes_[L::kMaxBoxes > 0 ? L::kMaxBoxes : 1];
  float scores_[L::kScoreCount];
  float values_[L::kFeatureCount];
  float window_[L::kChannels > 0 ? L::kInputSize : 1];
  float slice_[L::kSliceSize > 0 ? L::kSliceSize : 1];
  Response<L::kResponseBytes> response_;
};

}  // namespace eim
}  // namespace impulsekit

#endif  // IMPULSEKIT_TARGETS_EIM_SERVER_H
