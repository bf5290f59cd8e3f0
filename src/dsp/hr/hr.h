#pragma once
#include <stdint.h>

#include "../../square-root.h"
#include "../primitives/butterworth/butterworth.h"
#include "../../inline.h"

namespace impulsekit {
namespace dsp {

/** Mean of the values within `half` of a place that moves along `count` values. */
class MovingMean {
 public:
  MovingMean(const float* x, int32_t count, int32_t half) : x_(x), count_(count), half_(half), inside_(0), sum_(0.0f) {
    for (int32_t i = 0; i < half && i < count; ++i) enter(i);
  }

  /** Called with 0, 1, 2, ... */
  IMPULSEKIT_ALWAYS_INLINE float at(int32_t i) {
    if (i + half_ < count_) enter(i + half_);
    if (i > half_) {
      sum_ -= x_[i - half_ - 1];
      --inside_;
    }
    return sum_ / static_cast<float>(inside_);
  }

 private:
  void enter(int32_t i) {
    sum_ += x_[i];
    ++inside_;
  }

  const float* x_;
  int32_t count_, half_, inside_;
  float sum_;
};

/** Heart rate and variability from a pulse wave or an electrocardiogram. The same bits as hr.ts. */
template <class P>
struct HeartRate {
  static constexpr int32_t kScratchBytes = 4 * (P::kSamples + P::kMostBeats);

  template <class In>
  static void run(In in, float* out, void* scratch) {
    float* x = static_cast<float*>(scratch);
    Beats beats = {x + P::kSamples, 0, 0.0f, 0.0f};
    filterWindow<7>(in, x, P::kSamples, 1, P::kSections, P::kSectionCount);
    const float mean = energies(x);
    if (mean > 0.0f) findBeats(x, P::kOffsetShare * mean, beats);
    describe(beats.at, beats.count, out);
  }

 private:
  struct Beats {
    float* at;
    int32_t count;
    float level, last;

    /** Keeps a block of energy as a beat unless it is faint, or too near the one before and not stronger. */
    void add(float place, float strength) {
      if (count == 0) level = strength;
      if (strength < 0.35f * level) {
        level *= 0.97f;
        return;
      }
      const float bounded = strength < 2.0f * level ? strength : 2.0f * level;
      level += (bounded > level ? 0.5f : 0.125f) * (bounded - level);
      if (count > 0 && place - at[count - 1] < P::kLeastInterval) {
        if (strength <= last) return;
        --count;
      }
      if (count == P::kMostBeats) return;
      at[count++] = place;
      last = strength;
    }
  };

  /** Energy of what may be a beat, relative to the largest; in place. Returns its mean, 0 for no signal. */
  static float energies(float* x) {
    float peak = 0.0f;
    for (int32_t i = 0; i < P::kSamples; ++i) {
      const float size = x[i] < 0.0f ? -x[i] : x[i];
      if (size > peak) peak = size;
    }
    if (!(peak > 1e-30f)) return 0.0f;
    const float scale = 1.0f / peak;
    float previous = x[0] * scale, sum = 0.0f;
    for (int32_t i = 0; i < P::kSamples; ++i) {
      const float value = x[i] * scale;
      float part = value > 0.0f ? value : 0.0f;
      if (P::kSlope) part = (i + 1 < P::kSamples ? x[i + 1] * scale : value) - previous;
      previous = value;
      x[i] = part * part;
      sum += x[i];
    }
    return sum / static_cast<float>(P::kSamples);
  }

  /** Beats are where a short mean of the energy exceeds a long one; each stands at the centre of its energy. */
  static void findBeats(const float* x, float offset, Beats& beats) {
    MovingMean near(x, P::kSamples, P::kNear), around(x, P::kSamples, P::kAround);
    int32_t start = -1;
    float sum = 0.0f, moment = 0.0f;
    for (int32_t i = 0; i < P::kSamples; ++i) {
      const float high = near.at(i), low = around.at(i);
      if (high > low + offset) {
        if (start < 0) {
          start = i;
          sum = moment = 0.0f;
        }
        sum += x[i];
        moment += static_cast<float>(i - start) * x[i];
      } else if (start >= 0) {
        // A block at the edge of the window is cut: its centre is elsewhere.
        if (start > 0 && i - start > P::kNear) beats.add(static_cast<float>(start) + moment / sum, sum);
        start = -1;
      }
    }
  }

  /** Turns the places of beats into intervals, 0 for those that cannot be, and these into features. */
  static void describe(float* x, int32_t beats, float* out) {
    for (int32_t i = 0; i < 7; ++i) out[i] = 0.0f;
    out[5] = static_cast<float>(beats);
    const int32_t count = beats - 1;
    int32_t valid = 0;
    for (int32_t i = 0; i < count; ++i) {
      x[i] = x[i + 1] - x[i];
      if (x[i] > P::kMostInterval) x[i] = 0.0f;
      if (x[i] > 0.0f) ++valid;
    }
    if (valid == 0) return;
    const float median = 0.5f * (ranked(x, count, (valid - 1) / 2) + ranked(x, count, valid / 2));
    float sum = 0.0f;
    valid = 0;
    for (int32_t i = 0; i < count; ++i) {
      if (x[i] < 0.7f * median || x[i] > 1.3f * median) x[i] = 0.0f;
      if (x[i] > 0.0f) ++valid;
      sum += x[i];
    }
    if (valid == 0) return;
    out[0] = P::kPerMinute / median;
    out[1] = P::kMs * (sum / static_cast<float>(valid));
    variability(x, count, sum / static_cast<float>(valid), valid, out);
    // All of the window but an interval at each end should be covered.
    const float covered = sum / (static_cast<float>(P::kSamples) - 2.0f * median);
    out[6] = covered > 0.0f && covered < 1.0f ? covered * covered : 1.0f;
  }

  static void variability(const float* x, int32_t count, float mean, int32_t valid, float* out) {
    float squares = 0.0f, steps = 0.0f;
    int32_t pairs = 0, large = 0;
    for (int32_t i = 0; i < count; ++i) {
      if (!(x[i] > 0.0f)) continue;
      squares += (x[i] - mean) * (x[i] - mean);
      if (i == 0 || !(x[i - 1] > 0.0f)) continue;
      const float step = x[i] - x[i - 1];
      steps += step * step;
      if (step > P::kLargeStep || -step > P::kLargeStep) ++large;
      ++pairs;
    }
    if (valid > 1) out[2] = P::kMs * squareRoot(squares / static_cast<float>(valid - 1));
    if (pairs == 0) return;
    out[3] = P::kMs * squareRoot(steps / static_cast<float>(pairs));
    out[4] = static_cast<float>(large) / static_cast<float>(pairs);
  }

  /** The positive value that `rank` others are before, in order of size. */
  static float ranked(const float* x, int32_t count, int32_t rank) {
    for (int32_t i = 0; i < count; ++i) {
      if (!(x[i] > 0.0f)) continue;
      int32_t less = 0, equal = 0;
      for (int32_t j = 0; j < count; ++j) {
        if (x[j] > 0.0f && x[j] < x[i]) ++less;
        if (x[j] == x[i]) ++equal;
      }
      if (less <= rank && rank < less + equal) return x[i];
    }
    return 0.0f;
  }
};

}  // namespace dsp
}  // namespace impulsekit
