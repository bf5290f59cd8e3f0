// A camera frame of bytes, handed on pixel by pixel as 0xRRGGBB.
#include <stdint.h>
#include <stdio.h>

#include "edge-impulse-sdk/classifier/ei_run_classifier.h"

#if !defined(EI_CLASSIFIER_SENSOR) || EI_CLASSIFIER_SENSOR != EI_CLASSIFIER_SENSOR_CAMERA
#error "Invalid model for current sensor"
#endif

static const uint8_t snapshot_buf[] = {
#include "test/frame.inc"
};

static int ei_camera_get_data(size_t offset, size_t length, float* out_ptr) {
  size_t pixel_ix = offset * 3;
  for (size_t i = 0; i < length; i++) {
    out_ptr[i] = static_cast<float>((snapshot_buf[pixel_ix] << 16) + (snapshot_buf[pixel_ix + 1] << 8) +
                                    snapshot_buf[pixel_ix + 2]);
    pixel_ix += 3;
  }
  return 0;
}

int main() {
  ei::signal_t signal;
  signal.total_length = EI_CLASSIFIER_INPUT_WIDTH * EI_CLASSIFIER_INPUT_HEIGHT;
  signal.get_data = &ei_camera_get_data;
  ei_impulse_result_t result = {};
  const EI_IMPULSE_ERROR err = run_classifier(&signal, &result, false);
  if (err != EI_IMPULSE_OK) {
    ei_printf("ERR: Failed to run classifier (%d)\n", err);
    return 1;
  }
#if EI_CLASSIFIER_OBJECT_DETECTION == 1
  for (uint32_t i = 0; i < EI_CLASSIFIER_OBJECT_DETECTION_COUNT; i++) {
    const ei_impulse_result_bounding_box_t bb = result.bounding_boxes[i];
    if (bb.value == 0) continue;
    printf("%s %.8f %u %u %u %u\n", bb.label, static_cast<double>(bb.value), bb.x, bb.y, bb.width, bb.height);
  }
#else
  for (uint16_t i = 0; i < EI_CLASSIFIER_LABEL_COUNT; i++) {
    printf("%s %.8f\n", ei_classifier_inferencing_categories[i], static_cast<double>(result.classification[i].value));
  }
#endif
  return 0;
}
