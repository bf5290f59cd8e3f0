#pragma once
#include <stdint.h>

#include "../primitives/butterworth/butterworth.h"

namespace impulsekit {
namespace dsp {

/** Butterworth filter of every window on its own. */
template <class P>
struct Filter {
  static constexpr int32_t kScratchBytes = 0;

  template <class In>
  static void run(In in, float* out, void*) {
    filterWindow<P::kSectionFloats>(in, out, P::kSize, P::kAxes, P::kSections, P::kSectionCount);
  }
};

/**
 * Butterworth filter of a signal that never ends: the state lasts from slice to slice. Over the same traits as Filter;
 * the same bits as `FilterStream` in stream.ts.
 */
template <class P>
class FilterStream {
 public:
  FilterStream() { reset(); }

  /** Forgets the signal. */
  void reset() {
    for (int32_t i = 0; i < kStates * P::kAxes; ++i) state_[i] = 0.0f;
    started_ = false;
  }

  /** Filters `steps` time steps; `in` may be `out`. */
  template <class In>
  void push(In in, float* out, int32_t steps) {
    if (!started_ && steps > 0) start(in);
    for (int32_t i = 0; i < steps * P::kAxes; i += P::kAxes) {
      for (int32_t a = 0; a < P::kAxes; ++a) {
        const float value = static_cast<float>(in[i + a]);
        out[i + a] = filterSample(value, P::kSections, P::kSectionFloats, P::kSectionCount, state_ + kStates * a);
      }
    }
  }

 private:
  /** Of one axis. */
  static constexpr int32_t kStates = 2 * P::kSectionCount;

  template <class In>
  void start(In in) {
    started_ = true;
    if (P::kSectionFloats != 7) return;
    for (int32_t a = 0; a < P::kAxes; ++a) {
      startSteady(static_cast<float>(in[a]), P::kSections, P::kSectionCount, state_ + kStates * a);
    }
  }

  float state_[kStates * P::kAxes];
  bool started_;
};

}  // namespace dsp
}  // namespace impulsekit
