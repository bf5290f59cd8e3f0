// One window of recorded values, classified once: the smallest program there is. Nothing here knows our library.
#include <stdio.h>
#include <string.h>

#include "edge-impulse-sdk/classifier/ei_run_classifier.h"

static const float features[] = {
#include "test/features.inc"
};

static int read_features(size_t offset, size_t length, float* out) {
  memcpy(out, features + offset, length * sizeof(float));
  return 0;
}

int main() {
  const size_t count = sizeof(features) / sizeof(features[0]);
  if (count != EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE) {
    ei_printf("expected %d values, got %d\n", EI_CLASSIFIER_DSP_INPUT_FRAME_SIZE, static_cast<int>(count));
    return 1;
  }

  signal_t signal;
  signal.total_length = count;
  signal.get_data = &read_features;

  ei_impulse_result_t result;
  const EI_IMPULSE_ERROR res = run_classifier(&signal, &result, false);
  printf("run_classifier returned: %d\r\n", res);
  printf("Timing: DSP %d ms, inference %d ms, anomaly %d ms\r\n", result.timing.dsp, result.timing.classification,
         result.timing.anomaly);

#if EI_CLASSIFIER_OBJECT_DETECTION == 1
  for (uint32_t i = 0; i < result.bounding_boxes_count; i++) {
    ei_impulse_result_bounding_box_t box = result.bounding_boxes[i];
    if (box.value == 0) continue;
    printf("  %s (%.8f) [ x: %u, y: %u, width: %u, height: %u ]\r\n", box.label, static_cast<double>(box.value), box.x,
           box.y, box.width, box.height);
  }
#else
  for (uint16_t i = 0; i < EI_CLASSIFIER_LABEL_COUNT; i++) {
    printf("  %s: %.8f\r\n", ei_classifier_inferencing_categories[i],
           static_cast<double>(result.classification[i].value));
  }
#endif
#if EI_CLASSIFIER_HAS_ANOMALY == 1
  printf("Anomaly prediction: %.8f\r\n", static_cast<double>(result.anomaly));
#endif
  return res == EI_IMPULSE_OK ? 0 : 2;
}
