// A microphone in slices: an interrupt fills one of two int16 buffers while the other is classified.
#include <stdint.h>
#include <stdio.h>

#include "edge-impulse-sdk/classifier/ei_run_classifier.h"

#if !defined(EI_CLASSIFIER_SENSOR) || EI_CLASSIFIER_SENSOR != EI_CLASSIFIER_SENSOR_MICROPHONE
#error "Invalid model for current sensor."
#endif

typedef struct {
  int16_t* buffers[2];
  uint8_t buf_select;
  uint8_t buf_ready;
  uint32_t buf_count;
  uint32_t n_samples;
} inference_t;

static int16_t memory[2][EI_CLASSIFIER_SLICE_SIZE];
static inference_t inference = {{memory[0], memory[1]}, 0, 0, 0, EI_CLASSIFIER_SLICE_SIZE};

static const int16_t recording[] = {
#include "test/recording.inc"
};

/// What the interrupt of a microphone does.
static void on_sample(int16_t sample) {
  inference.buffers[inference.buf_select][inference.buf_count++] = sample;
  if (inference.buf_count < inference.n_samples) return;
  inference.buf_select ^= 1;
  inference.buf_count = 0;
  inference.buf_ready = 1;
}

static int microphone_audio_signal_get_data(size_t offset, size_t length, float* out_ptr) {
  return numpy::int16_to_float(&inference.buffers[inference.buf_select ^ 1][offset], out_ptr, length);
}

int main() {
  run_classifier_init();
  for (size_t i = 0; i < sizeof(recording) / sizeof(recording[0]); i++) {
    on_sample(recording[i]);
    if (inference.buf_ready == 0) continue;
    inference.buf_ready = 0;

    signal_t signal;
    signal.total_length = EI_CLASSIFIER_SLICE_SIZE;
    signal.get_data = &microphone_audio_signal_get_data;
    ei_impulse_result_t result = {};
    const EI_IMPULSE_ERROR r = run_classifier_continuous(&signal, &result, false);
    if (r != EI_IMPULSE_OK) {
      ei_printf("ERR: Failed to run classifier (%d)\n", r);
      return 1;
    }
    for (size_t ix = 0; ix < EI_CLASSIFIER_LABEL_COUNT; ix++) {
      printf("%s %.8f ", result.classification[ix].label, static_cast<double>(result.classification[ix].value));
    }
    printf("\n");
  }
  run_classifier_deinit();
  return 0;
}
