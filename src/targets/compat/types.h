// SPDX-License-Identifier: Apache-2.0
// What a classification gives.
#ifndef IMPULSEKIT_COMPAT_TYPES_H
#define IMPULSEKIT_COMPAT_TYPES_H

#include <stdint.h>

#include "model-parameters/model_metadata.h"

typedef struct {
  const char* label;
  float value;
} ei_impulse_result_classification_t;

typedef struct {
  const char* label;
  /// Pixels of the window, from the upper left corner.
  uint32_t x;
  uint32_t y;
  uint32_t width;
  uint32_t height;
  /// 0 where there is no object: skip it.
  float value;
} ei_impulse_result_bounding_box_t;

/// Milliseconds, rounded, and microseconds.
typedef struct {
  int sampling;
  int dsp;
  int classification;
  int anomaly;
  int postprocessing;
  int64_t dsp_us;
  int64_t classification_us;
  int64_t anomaly_us;
  int64_t postprocessing_us;
} ei_impulse_result_timing_t;

/// Null, or the label that was detected, where the export has a detection threshold.
typedef struct {
  const char* detected_label;
} ei_performance_calibration_output_t;

typedef struct {
  ei_performance_calibration_output_t perf_cal_output;
} ei_postprocessed_output_t;

typedef struct {
  /// EI_CLASSIFIER_OBJECT_DETECTION_COUNT boxes, which stay until the next classification; null for other impulses.
  ei_impulse_result_bounding_box_t* bounding_boxes;
  /// How many of them hold an object.
  uint32_t bounding_boxes_count;
  /// One entry at least, also where there are no labels.
  ei_impulse_result_classification_t classification[EI_CLASSIFIER_LABEL_COUNT > 0 ? EI_CLASSIFIER_LABEL_COUNT : 1];
  /// 0 or less is normal, higher is stranger.
  float anomaly;
  ei_impulse_result_timing_t timing;
  ei_postprocessed_output_t postprocessed_output;
} ei_impulse_result_t;

#endif  // IMPULSEKIT_COMPAT_TYPES_H
