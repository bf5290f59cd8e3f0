// SPDX-License-Identifier: Apache-2.0
// What an application may supply: time, text, cancelling. Everything here has a weak default, so that an application
// defines what it wants to be otherwise.
#ifndef IMPULSEKIT_COMPAT_PORTING_H
#define IMPULSEKIT_COMPAT_PORTING_H

#include <stddef.h>
#include <stdint.h>

#ifndef EI_C_LINKAGE
#define EI_C_LINKAGE 0
#endif

#if defined(__cplusplus) && EI_C_LINKAGE == 1
extern "C" {
#endif

/// What the functions of the library answer with. Those of other engines are here for programs that name them.
typedef enum {
  EI_IMPULSE_OK = 0,
  EI_IMPULSE_ERROR_SHAPES_DONT_MATCH = -1,
  /// `ei_run_impulse_check_canceled` said so.
  EI_IMPULSE_CANCELED = -2,
  EI_IMPULSE_TFLITE_ERROR = -3,
  /// `get_data` failed or gave a value that is not finite, or the impulse cannot run in slices.
  EI_IMPULSE_DSP_ERROR = -5,
  EI_IMPULSE_TFLITE_ARENA_ALLOC_FAILED = -6,
  EI_IMPULSE_CUBEAI_ERROR = -7,
  EI_IMPULSE_ALLOC_FAILED = -8,
  EI_IMPULSE_ONLY_SUPPORTED_FOR_IMAGES = -9,
  EI_IMPULSE_UNSUPPORTED_INFERENCING_ENGINE = -10,
  EI_IMPULSE_OUT_OF_MEMORY = -11,
  EI_IMPULSE_INPUT_TENSOR_WAS_NULL = -13,
  EI_IMPULSE_OUTPUT_TENSOR_WAS_NULL = -14,
  EI_IMPULSE_SCORE_TENSOR_WAS_NULL = -15,
  EI_IMPULSE_LABEL_TENSOR_WAS_NULL = -16,
  EI_IMPULSE_TENSORRT_INIT_FAILED = -17,
  EI_IMPULSE_DRPAI_INIT_FAILED = -18,
  EI_IMPULSE_DRPAI_RUNTIME_FAILED = -19,
  EI_IMPULSE_DEPRECATED_MODEL = -20,
  EI_IMPULSE_LAST_LAYER_NOT_AVAILABLE = -21,
  /// A null argument.
  EI_IMPULSE_INFERENCE_ERROR = -22,
  EI_IMPULSE_AKIDA_ERROR = -23,
  /// The signal is not as long as a window or a slice.
  EI_IMPULSE_INVALID_SIZE = -24,
  EI_IMPULSE_ONNX_ERROR = -25,
  EI_IMPULSE_MEMRYX_ERROR = -26,
  EI_IMPULSE_LAST_LAYER_NOT_SUPPORTED = -28,
  EI_IMPULSE_POSTPROCESSING_ERROR = -29,
  EI_IMPULSE_DATA_NORMALIZATION_ERROR = -30
} EI_IMPULSE_ERROR;

/// Waits; EI_IMPULSE_CANCELED when the application wants to stop.
EI_IMPULSE_ERROR ei_sleep(int32_t time_ms);
/// Asked once per classification; anything but EI_IMPULSE_OK ends it.
EI_IMPULSE_ERROR ei_run_impulse_check_canceled();
/// Time since some fixed moment. The default is 0 where the platform has no clock we know.
uint64_t ei_read_timer_ms();
uint64_t ei_read_timer_us();
void ei_serial_set_baudrate(int baudrate);
void ei_putchar(char c);
char ei_getchar();
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void ei_printf(const char* format, ...);
/// With five decimals, without the C library's floating-point output.
void ei_printf_float(float f);
/// For the application; the library has no heap.
void* ei_malloc(size_t size);
void* ei_calloc(size_t count, size_t size);
void ei_free(void* memory);

#if defined(__cplusplus) && EI_C_LINKAGE == 1
}
#endif

#endif  // IMPULSEKIT_COMPAT_PORTING_H
