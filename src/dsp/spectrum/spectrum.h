#pragma once
#include <stdint.h>
#include <string.h>

#include "../../square-root.h"
#include "../primitives/butterworth/butterworth.h"
#include "../primitives/fft/fft.h"
#include "../../inline.h"
#include "../../logarithm.h"
#include "../primitives/window/window.h"

namespace impulsekit {
namespace dsp {

/** The samples of one axis as frames, `kStep` samples from one to the next: as they are. */
template <class P, class In, bool kEnvelope>
class SpectrumFrames {
 public:
  static constexpr int32_t kBytes = 0;

  SpectrumFrames(In in, int32_t axis, float*) : in_(in), at_(axis) {}

  void next() { at_ += P::kAxes * P::kStep; }

  float operator[](int32_t i) const { return static_cast<float>(in_[at_ + P::kAxes * i]); }

 private:
  In in_;
  int32_t at_;
};

/** The squared envelope of a band, 2 y^2; keeps one frame of it. */
template <class P, class In>
class SpectrumFrames<P, In, true> {
 public:
  static constexpr int32_t kBytes = 4 * P::kFftLength;

  SpectrumFrames(In in, int32_t axis, float* memory) : in_(in), at_(axis), values_(memory) {
    startSteady(static_cast<float>(in[axis]), P::kSections, P::kSectionCount, state_);
    fill(0);
  }

  void next() {
    memmove(values_, values_ + P::kStep, sizeof(float) * (P::kFftLength - P::kStep));
    fill(P::kFftLength - P::kStep);
  }

  float operator[](int32_t i) const { return values_[i]; }

 private:
  void fill(int32_t from) {
    for (int32_t i = from; i < P::kFftLength; ++i, at_ += P::kAxes) {
      const float y = filterSample(static_cast<float>(in_[at_]), P::kSections, 7, P::kSectionCount, state_);
      values_[i] = (y + y) * y;
    }
  }

  In in_;
  int32_t at_;
  float* values_;
  float state_[2 * P::kSectionCount];
};

/** Averaged spectrum of every axis, as amplitudes or densities of bins or bands. */
template <class P>
struct WelchSpectrum {
  static constexpr int32_t kScratchBytes = 4 * P::kFftLength + (P::kEnvelope ? 4 * P::kFftLength : 0) +
                                           (P::kFrames > 1 ? 4 * (P::kLastBin - P::kFirstBin + 1) : 0);

  template <class In, class Out>
  static void run(In in, Out out, void* scratch) {
    float* frame = static_cast<float*>(scratch);
    float* memory = frame + P::kFftLength;
    // A single frame is its own average.
    float* power = P::kFrames > 1 ? memory + (P::kEnvelope ? P::kFftLength : 0) : frame;
    for (int32_t a = 0; a < P::kAxes; ++a) {
      SpectrumFrames<P, In, P::kEnvelope> frames(in, a, memory);
      for (int32_t k = 0; k < P::kFrames; ++k) {
        if (k > 0) frames.next();
        fill(frames, frame);
        powerSpectrum<P::kFftLength>(frame, P::kTwiddles);
        frame[0] *= P::kEdgeFactor;
        frame[P::kFftLength / 2] *= P::kEdgeFactor;
        gather(frame, power, k == 0);
      }
      bands(power, out + a * P::kBands);
    }
  }

 private:
  template <class Frames>
  struct Centred {
    const Frames& frames;
    float first, mean;

    IMPULSEKIT_ALWAYS_INLINE float operator[](int32_t i) const {
      return P::kRemoveMean ? (frames[i] - first) - mean : frames[i];
    }
  };

  template <class Frames>
  static void fill(const Frames& frames, float* frame) {
    float first = 0.0f, mean = 0.0f;
    if (P::kRemoveMean) {
      // Relative to the first value, so that the mean of a small movement on a large offset keeps its digits.
      first = frames[0];
      for (int32_t i = 0; i < P::kFftLength; ++i) mean += frames[i] - first;
      mean *= 1.0f / static_cast<float>(P::kFftLength);
    }
    const Centred<Frames> centred = {frames, first, mean};
    windowFrame(centred, P::kFftLength, P::kWindow, P::kWindowCount, frame);
  }

  static void gather(const float* frame, float* power, bool isFirst) {
    for (int32_t b = P::kFirstBin; b <= P::kLastBin; ++b, ++power) {
      if (isFirst) {
        *power = frame[b];
      } else if (!P::kMaxHold) {
        *power += frame[b];
      } else if (frame[b] > *power) {
        *power = frame[b];
      }
    }
  }

  template <class Out>
  static void bands(const float* power, Out out) {
    for (int32_t i = 0, b = 0; i < P::kBands; ++i) {
      const int32_t from = b, end = P::kSingleBins ? i + 1 : static_cast<int32_t>(P::kEdges[i + 1]);
      float sum = 0.0f;
      for (; b < end; ++b) sum += power[b];
      if (P::kDensity && !P::kSingleBins) sum /= static_cast<float>(end - from);
      sum *= P::kFrameFactor;
      if (!(sum <= 3.4028235e38f)) sum = 3.4028235e38f;
      out[i] = P::kDecibels ? 4.3429448f * logarithm(sum) : P::kDensity ? sum : squareRoot(sum);
    }
  }
};

}  // namespace dsp
}  // namespace impulsekit
