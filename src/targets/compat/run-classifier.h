// SPDX-License-Identifier: Apache-2.0
// Classifies windows and slices of signals, for programs written against the C++ inferencing SDK of Edge Impulse.
// Nothing here is compiled unless it is called. All memory is static, so that one classification runs at a time.
#ifndef IMPULSEKIT_COMPAT_RUN_CLASSIFIER_H
#define IMPULSEKIT_COMPAT_RUN_CLASSIFIER_H

#include <stdint.h>
#include <string.h>

#include "model-parameters/model_metadata.h"

#include "edge-impulse-sdk/classifier/ei_classifier_types.h"
#include "edge-impulse-sdk/classifier/ei_model_types.h"
#include "edge-impulse-sdk/dsp/numpy.hpp"
#include "edge-impulse-sdk/porting/ei_classifier_porting.h"
#include "impulsekit/targets/compat/pages.h"
#include "model-parameters/model_variables.h"

#include "edge-impulse-sdk/classifier/ei_classifier_smooth.h"

namespace impulsekit {
namespace compat {

/// What a signal is read through. The first block asks for values as it needs them.
typedef PagesOf<signal_t> Pages;

/// Adds up the time of steps.
class Stopwatch {
 public:
  Stopwatch() : last_(ei_read_timer_us()) {}
  int64_t lap() {
    const uint64_t now = ei_read_timer_us(), time = now - last_;
    last_ = now;
    return static_cast<int64_t>(time);
  }

 private:
  uint64_t last_;
};

inline int milliseconds(int64_t us) { return static_cast<int>((us + 500) / 1000); }

/// Runs the wired impulse `W`, and slices of its signal through `Slices`.
template <class W, class Slices>
class Runner {
 public:
  static EI_IMPULSE_ERROR run(signal_t* signal, ei_impulse_result_t* result, bool debug) {
    const EI_IMPULSE_ERROR refused = check(signal, result, W::kSignalSize);
    if (refused != EI_IMPULSE_OK) return refused;
    Stopwatch watch;
    pages().open(signal, W::kSignalSize);
    W::features(typename W::Window(&pages()));
    result->timing.dsp_us = watch.lap();
    if (!pages().sound()) return EI_IMPULSE_DSP_ERROR;
    return learn(result, debug);
  }

  static EI_IMPULSE_ERROR runSlice(signal_t* signal, ei_impulse_result_t* result, bool debug) {
    if (Slices::kSize == 0) return EI_IMPULSE_DSP_ERROR;
    const EI_IMPULSE_ERROR refused = check(signal, result, Slices::kSize);
    if (refused != EI_IMPULSE_OK) return refused;
    static typename Slices::Sample slice[Slices::kSize > 0 ? Slices::kSize : 1];
    Stopwatch watch;
    if (!readAll(signal, slice, Slices::kSize)) return EI_IMPULSE_DSP_ERROR;
    if (!ready()) reset();
    const bool full = Slices::push(slice);
    result->timing.dsp_us = watch.lap();
    if (!full) return EI_IMPULSE_OK;
    const EI_IMPULSE_ERROR answer = learn(result, debug);
#if EI_CLASSIFIER_CALIBRATION_ENABLED
    if (answer == EI_IMPULSE_OK) calibrate(result);
#endif
    return answer;
  }

  static void reset() {
    Slices::reset();
    ready() = true;
#if EI_CLASSIFIER_CALIBRATION_ENABLED
    calibration().reset();
#endif
  }

 private:
  static Pages& pages() {
    static Pages memory;
    return memory;
  }
  static bool& ready() {
    static bool value;
    return value;
  }

  /// Labels are set and everything else is 0 unless there is more to say.
  static EI_IMPULSE_ERROR check(signal_t* signal, ei_impulse_result_t* result, int32_t size) {
    if (signal == nullptr || result == nullptr || !signal->get_data) return EI_IMPULSE_INFERENCE_ERROR;
    memset(static_cast<void*>(result), 0, sizeof *result);
    for (int32_t i = 0; i < EI_CLASSIFIER_LABEL_COUNT; ++i) {
      result->classification[i].label = ei_classifier_inferencing_categories[i];
    }
    if (signal->total_length != static_cast<size_t>(size)) return EI_IMPULSE_INVALID_SIZE;
    return ei_run_impulse_check_canceled();
  }

  static EI_IMPULSE_ERROR learn(ei_impulse_result_t* result, bool debug) {
    static typename W::Result answer;
    ei_impulse_result_timing_t& timing = result->timing;
    Stopwatch watch;
    for (int32_t i = 0; i < W::kLearners; ++i) {
      W::learner(i, &answer);
      (W::isAnomaly(i) ? timing.anomaly_us : timing.classification_us) += watch.lap();
    }
#if EI_CLASSIFIER_OBJECT_DETECTION == 1
    boxes(answer, result);
#else
    for (int32_t i = 0; i < EI_CLASSIFIER_LABEL_COUNT; ++i) result->classification[i].value = W::score(answer, i);
#endif
    result->anomaly = W::anomaly(answer);
    timing.postprocessing_us = watch.lap();
    timing.dsp = milliseconds(timing.dsp_us);
    timing.classification = milliseconds(timing.classification_us);
    timing.anomaly = milliseconds(timing.anomaly_us);
    timing.postprocessing = milliseconds(timing.postprocessing_us);
    if (debug) print(*result);
    return EI_IMPULSE_OK;
  }

#if EI_CLASSIFIER_OBJECT_DETECTION == 1
  static void boxes(const typename W::Result& answer, ei_impulse_result_t* result) {
    static ei_impulse_result_bounding_box_t boxes[EI_CLASSIFIER_OBJECT_DETECTION_COUNT];
    static typename W::Box found[EI_CLASSIFIER_OBJECT_DETECTION_COUNT];
    const int32_t count = W::boxes(answer, found, EI_CLASSIFIER_OBJECT_DETECTION_COUNT);
    memset(boxes, 0, sizeof boxes);
    for (int32_t i = 0; i < count; ++i) {
      boxes[i].label = ei_classifier_inferencing_categories[found[i].label];
      boxes[i].x = static_cast<uint32_t>(found[i].x);
      boxes[i].y = static_cast<uint32_t>(found[i].y);
      boxes[i].width = static_cast<uint32_t>(found[i].width);
      boxes[i].height = static_cast<uint32_t>(found[i].height);
      boxes[i].value = found[i].score;
    }
    result->bounding_boxes = boxes;
    result->bounding_boxes_count = static_cast<uint32_t>(count);
  }
#endif

#if EI_CLASSIFIER_CALIBRATION_ENABLED
  static typename W::Calibration& calibration() {
    static typename W::Calibration memory;
    return memory;
  }

  /// 1 for the label that is detected, 0 for all others.
  static void calibrate(ei_impulse_result_t* result) {
    float scores[EI_CLASSIFIER_LABEL_COUNT];
    for (int32_t i = 0; i < EI_CLASSIFIER_LABEL_COUNT; ++i) scores[i] = result->classification[i].value;
    const int32_t detected = calibration().push(scores);
    for (int32_t i = 0; i < EI_CLASSIFIER_LABEL_COUNT; ++i) {
      result->classification[i].value = i == detected ? 1.0f : 0.0f;
    }
    result->postprocessed_output.perf_cal_output.detected_label =
        detected < 0 ? nullptr : ei_classifier_inferencing_categories[detected];
  }
#endif

 public:
  static void print(const ei_impulse_result_t& result) {
    ei_printf("Timing: DSP %d ms, inference %d ms, anomaly %d ms\r\n", result.timing.dsp, result.timing.classification,
              result.timing.anomaly);
#if EI_CLASSIFIER_OBJECT_DETECTION == 1
    for (uint32_t i = 0; i < result.bounding_boxes_count; ++i) {
      const ei_impulse_result_bounding_box_t& box = result.bounding_boxes[i];
      ei_printf("  %s (", box.label);
      ei_printf_float(box.value);
      ei_printf(") [ x: %lu, y: %lu, width: %lu, height: %lu ]\r\n", static_cast<unsigned long>(box.x),
                static_cast<unsigned long>(box.y), static_cast<unsigned long>(box.width),
                static_cast<unsigned long>(box.height));
    }
#else
    for (int32_t i = 0; i < EI_CLASSIFIER_LABEL_COUNT; ++i) {
      ei_printf("  %s: ", result.classification[i].label);
      ei_printf_float(result.classification[i].value);
      ei_printf("\r\n");
    }
#endif
#if EI_CLASSIFIER_HAS_ANOMALY
    ei_printf("Anomaly prediction: ");
    ei_printf_float(result.anomaly);
    ei_printf("\r\n");
#endif
  }
};

}  // namespace compat
}  // namespace impulsekit

typedef impulsekit::compat::Runner<ei_impulsekit_wiring, ei_impulsekit_slices> ei_impulsekit_runner;

/// The impulse of this export, as data. A handle holds no state of its own.
static const ei_impulse_t ei_impulsekit_impulse = {EI_IMPULSEKIT_IMPULSE, &ei_impulsekit_runner::reset,
                                                   &ei_impulsekit_runner::run, &ei_impulsekit_runner::runSlice};
#if defined(__GNUC__)
__attribute__((unused))
#endif
static ei_impulse_handle_t ei_default_impulse(&ei_impulsekit_impulse);

/// Forgets the slices so far. Call it before the first slice and after samples were lost.
inline void run_classifier_init() { ei_impulsekit_runner::reset(); }
inline void run_classifier_init(ei_impulse_handle_t* handle) {
  if (handle != nullptr && handle->impulse != nullptr) handle->impulse->reset();
}

/// There is nothing to free.
inline void run_classifier_deinit() {}
inline void run_classifier_deinit(ei_impulse_handle_t*) {}

/**
 * Classifies a window of EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE values. `get_data` is asked for up to
 * EI_CLASSIFIER_PAGE_VALUES values at a time, in any order and more than once where windows of the first block overlap.
 *
 * EI_IMPULSE_INVALID_SIZE for a signal of another length, EI_IMPULSE_DSP_ERROR when `get_data` fails or a value is not
 * finite, EI_IMPULSE_CANCELED, EI_IMPULSE_INFERENCE_ERROR for null.
 */
inline EI_IMPULSE_ERROR run_classifier(signal_t* signal, ei_impulse_result_t* result, bool debug = false) {
  return ei_impulsekit_runner::run(signal, result, debug);
}
inline EI_IMPULSE_ERROR run_classifier(ei_impulse_handle_t* handle, signal_t* signal, ei_impulse_result_t* result,
                                       bool debug = false) {
  if (handle == nullptr || handle->impulse == nullptr) return EI_IMPULSE_INFERENCE_ERROR;
  return handle->impulse->run(signal, result, debug);
}

/**
 * Takes the next EI_CLASSIFIER_SLICE_SIZE values of a stream and classifies the latest window. Until a whole window has
 * been seen all scores are 0. The last parameter does nothing; smoothing belongs to the export.
 */
inline EI_IMPULSE_ERROR run_classifier_continuous(signal_t* signal, ei_impulse_result_t* result, bool debug = false,
                                                  bool = true) {
  return ei_impulsekit_runner::runSlice(signal, result, debug);
}
inline EI_IMPULSE_ERROR run_classifier_continuous(ei_impulse_handle_t* handle, signal_t* signal,
                                                  ei_impulse_result_t* result, bool debug = false, bool = true) {
  if (handle == nullptr || handle->impulse == nullptr) return EI_IMPULSE_INFERENCE_ERROR;
  return handle->impulse->run_slice(signal, result, debug);
}

/// Prints scores, boxes and times.
inline void ei_print_results(ei_impulse_handle_t*, ei_impulse_result_t* result) {
  if (result != nullptr) ei_impulsekit_runner::print(*result);
}

#endif  // IMPULSEKIT_COMPAT_RUN_CLASSIFIER_H
