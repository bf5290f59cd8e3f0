#ifndef USER_RMS_H
#define USER_RMS_H

#include <stdint.h>

namespace user {

// Mean power of kFrames equal stretches of a window of kSamples values, all axes together.
template <class P>
struct Rms {
  static constexpr uint32_t kScratchBytes = 0;

  // `In` points to the samples: floats, or the whole numbers of a sensor.
  template <class In>
  static void run(In in, float* out, void* /*scratch*/) {
    const int32_t length = P::kSamples / P::kFrames;
    for (int32_t frame = 0; frame < P::kFrames; ++frame) {
      float sum = 0.0f;
      for (int32_t i = 0; i < length; ++i) {
        const float x = static_cast<float>(in[frame * length + i]);
        sum += x * x;
      }
      out[frame] = sum / static_cast<float>(length);
    }
  }
};

}  // namespace user

#endif
