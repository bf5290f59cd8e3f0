// An accelerometer with a buffer that slides on, and the consensus of the last readings.
#include <stdio.h>
#include <string.h>

#include "edge-impulse-sdk/classifier/ei_run_classifier.h"

static float buffer[EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE] = {0};
static float inference_buffer[EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE];

static const float recording[] = {
#include "test/recording.inc"
};

int main() {
  static_assert(EI_CLASSIFIER_RAW_SAMPLES_PER_FRAME == 3, "three axes");
  const size_t count = sizeof(recording) / sizeof(recording[0]), step = 15 * EI_CLASSIFIER_RAW_SAMPLES_PER_FRAME;
  ei_printf("Sampling every %d ms\n", static_cast<int>(EI_CLASSIFIER_INTERVAL_MS));

  ei_classifier_smooth_t smooth;
  ei_classifier_smooth_init(&smooth, 4, 3, 0.6f, 0.3f);
  size_t at = 0;
  for (; at + step <= count; at += step) {
    memmove(buffer, buffer + step, (EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE - step) * sizeof(float));
    memcpy(buffer + EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE - step, recording + at, step * sizeof(float));
    if (at + step < EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE) continue;
    memcpy(inference_buffer, buffer, sizeof buffer);

    signal_t signal;
    if (numpy::signal_from_buffer(inference_buffer, EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE, &signal) != 0) return 1;
    ei_impulse_result_t result = {};
    if (run_classifier(&ei_default_impulse, &signal, &result, false) != EI_IMPULSE_OK) return 2;

    const char* prediction = ei_classifier_smooth_update(&smooth, &result);
    printf("%.8f %.8f %.8f %s %d\n", static_cast<double>(result.classification[0].value),
           static_cast<double>(result.classification[1].value), static_cast<double>(result.anomaly), prediction,
           smooth.count[0] + smooth.count[1] + smooth.count[2] + smooth.count[3]);
  }
  ei_classifier_smooth_free(&smooth);
  return 0;
}
