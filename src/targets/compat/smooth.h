// SPDX-License-Identifier: Apache-2.0
// The consensus of the last few results: a label, "uncertain" or "anomaly".
#ifndef IMPULSEKIT_COMPAT_SMOOTH_H
#define IMPULSEKIT_COMPAT_SMOOTH_H

#include <stddef.h>
#include <stdint.h>

#include "edge-impulse-sdk/classifier/ei_classifier_types.h"
#include "model-parameters/model_variables.h"

/// Most readings that can be remembered; define it before the include to have more.
#ifndef EI_CLASSIFIER_SMOOTH_MAX_READINGS
#define EI_CLASSIFIER_SMOOTH_MAX_READINGS 32
#endif

typedef struct ei_classifier_smooth {
  /// Indices of labels; -1 uncertain, -2 anomaly. The oldest comes first.
  int last_readings[EI_CLASSIFIER_SMOOTH_MAX_READINGS];
  size_t last_readings_size;
  uint8_t min_readings_same;
  float classifier_confidence;
  float anomaly_confidence;
  /// Readings of every label, then uncertain ones, then anomalies.
  uint8_t count[EI_CLASSIFIER_LABEL_COUNT + 2];
  size_t count_size;
} ei_classifier_smooth_t;

/**
 * Starts with uncertain readings only.
 *
 * @param n_readings how many are remembered, at most EI_CLASSIFIER_SMOOTH_MAX_READINGS
 * @param min_readings_same how many of them must agree
 * @param classifier_confidence least score of a label
 * @param anomaly_confidence anomaly score from which on a reading is an anomaly
 */
inline void ei_classifier_smooth_init(ei_classifier_smooth_t* smooth, size_t n_readings, uint8_t min_readings_same,
                                      float classifier_confidence = 0.8f, float anomaly_confidence = 0.3f) {
  smooth->last_readings_size =
      n_readings < EI_CLASSIFIER_SMOOTH_MAX_READINGS ? n_readings : EI_CLASSIFIER_SMOOTH_MAX_READINGS;
  for (size_t i = 0; i < smooth->last_readings_size; ++i) smooth->last_readings[i] = -1;
  smooth->min_readings_same = min_readings_same;
  smooth->classifier_confidence = classifier_confidence;
  smooth->anomaly_confidence = anomaly_confidence;
  smooth->count_size = EI_CLASSIFIER_LABEL_COUNT + 2;
  for (size_t i = 0; i < smooth->count_size; ++i) smooth->count[i] = 0;
}

/// Takes the next result and gives what most of the last readings say.
inline const char* ei_classifier_smooth_update(ei_classifier_smooth_t* smooth, ei_impulse_result_t* result) {
  int reading = -1;
  float best = smooth->classifier_confidence;
  for (int i = 0; i < EI_CLASSIFIER_LABEL_COUNT; ++i) {
    if (result->classification[i].value < best) continue;
    best = result->classification[i].value;
    reading = i;
  }
#if EI_CLASSIFIER_HAS_ANOMALY
  if (result->anomaly >= smooth->anomaly_confidence) reading = -2;
#endif
  const size_t size = smooth->last_readings_size;
  for (size_t i = 1; i < size; ++i) smooth->last_readings[i - 1] = smooth->last_readings[i];
  if (size > 0) smooth->last_readings[size - 1] = reading;
  for (size_t i = 0; i < smooth->count_size; ++i) smooth->count[i] = 0;
  for (size_t i = 0; i < size; ++i) {
    const int of = smooth->last_readings[i];
    ++smooth->count[of >= 0 ? of : EI_CLASSIFIER_LABEL_COUNT - 1 - of];
  }
  int top = EI_CLASSIFIER_LABEL_COUNT;
  for (int i = 0; i < EI_CLASSIFIER_LABEL_COUNT + 2; ++i) {
    if (smooth->count[i] > smooth->count[top]) top = i;
  }
  if (smooth->count[top] < smooth->min_readings_same || top == EI_CLASSIFIER_LABEL_COUNT) return "uncertain";
  return top > EI_CLASSIFIER_LABEL_COUNT ? "anomaly" : ei_classifier_inferencing_categories[top];
}

/// There is nothing to free.
inline void ei_classifier_smooth_free(ei_classifier_smooth_t*) {}

#endif  // IMPULSEKIT_COMPAT_SMOOTH_H
