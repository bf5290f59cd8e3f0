// SPDX-License-Identifier: Apache-2.0
// An impulse as data, for programs that ask it what it is or hand it on.
#ifndef IMPULSEKIT_COMPAT_MODEL_TYPES_H
#define IMPULSEKIT_COMPAT_MODEL_TYPES_H

#include <stdint.h>

#include "edge-impulse-sdk/classifier/ei_classifier_types.h"
#include "edge-impulse-sdk/dsp/numpy_types.h"
#include "edge-impulse-sdk/porting/ei_classifier_porting.h"

typedef struct ei_impulse {
  uint32_t project_id;
  const char* project_owner;
  const char* project_name;
  uint32_t impulse_id;
  const char* impulse_name;
  uint32_t deploy_version;
  uint32_t nn_input_frame_size;
  uint32_t raw_sample_count;
  uint32_t raw_samples_per_frame;
  uint32_t dsp_input_frame_size;
  uint32_t input_width;
  uint32_t input_height;
  uint32_t input_frames;
  float interval_ms;
  float frequency;
  uint32_t dsp_blocks_size;
  uint32_t learning_blocks_size;
  uint32_t postprocessing_blocks_size;
  uint32_t inferencing_engine;
  uint32_t sensor;
  const char* fusion_string;
  uint32_t slice_size;
  uint32_t slices_per_model_window;
  uint32_t has_anomaly;
  uint16_t label_count;
  const char* const* categories;
  // How it runs. Ours: nothing else of an impulse is needed.
  void (*reset)();
  EI_IMPULSE_ERROR (*run)(signal_t*, ei_impulse_result_t*, bool);
  EI_IMPULSE_ERROR (*run_slice)(signal_t*, ei_impulse_result_t*, bool);
} ei_impulse_t;

struct ei_impulse_handle_t {
  explicit constexpr ei_impulse_handle_t(const ei_impulse_t* of) : impulse(of) {}
  const ei_impulse_t* impulse;
};

#endif  // IMPULSEKIT_COMPAT_MODEL_TYPES_H
