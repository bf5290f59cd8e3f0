#pragma once
#include <stdint.h>

#include "../primitives/fft/fft.h"
#include "../primitives/frames/frames.h"
#include "../../logarithm.h"

namespace impulsekit {
namespace dsp {

/** Versions 3 and 4: decibels between the noise floor (0) and +12 dB (1). */
template <class P, bool kDecibels>
struct SpectrogramScale {
  static float level(float power) { return logarithm(power) * P::kSlope; }

  /** From the levels of a window to its features. `loud`: samples count as fractions of 32768. */
  static void finish(float* matrix, int32_t size, bool loud) {
    const float offset = loud ? P::kLoudOffset : P::kOffset;
    for (int32_t i = 0; i < size; ++i) matrix[i] = feature(matrix[i], offset);
  }

  static float feature(float level, float offset) {
    const float value = level + offset;
    return value < 0.0f ? 0.0f : P::kClips && value > 1.0f ? 1.0f : value;
  }
};

/** Versions 1 and 2: from the smallest power of the window (0) to the largest (1). */
template <class P>
struct SpectrogramScale<P, false> {
  static float level(float power) { return power; }

  static void finish(float* matrix, int32_t size, bool) {
    float least = matrix[0], most = matrix[0];
    for (int32_t i = 1; i < size; ++i) {
      if (matrix[i] < least) least = matrix[i];
      if (matrix[i] > most) most = matrix[i];
    }
    const float scale = 1.0f / (most - least);
    for (int32_t i = 0; i < size; ++i) {
      const float value = (matrix[i] - least) * scale;
      matrix[i] = value <= 1.0f ? value : 0.0f;  // also where the window is constant and the scale infinite
    }
  }
};

/** Samples outside -1..1; versions that never rescale do not look for them. */
template <bool kRescales>
struct Loudness {
  /** Samples that follow the last one outside -1..1; `quiet` + size when there is none. */
  template <class In>
  static int32_t since(In in, int32_t size, int32_t quiet) {
    for (int32_t i = size - 1; i >= 0; --i) {
      const float value = static_cast<float>(in[i]);
      if (value > 1.0f || value < -1.0f) return size - 1 - i;
    }
    return quiet + size;
  }
};

template <>
struct Loudness<false> {
  template <class In>
  static int32_t since(In, int32_t size, int32_t quiet) {
    return quiet + size;
  }
};

/** Power of every FFT bin, frame by frame from the window straight into the output. */
template <class P>
struct Spectrogram;

/** What becomes of the levels of all frames: their scale takes in the whole window. */
template <class P, bool kByItself>
struct SpectrogramRun {
  template <class In>
  static void run(In in, float* out, float* work) {
    for (int32_t k = 0; k < P::kFrames; ++k) {
      emphasisedFrame<P>(in, k * P::kStride, work);
      Spectrogram<P>::frame(work, out + k * Spectrogram<P>::kBands);
    }
    Spectrogram<P>::finish(out, Loudness<P::kRescales>::since(in, P::kSamples, 0) < P::kSamples);
  }
};

/** Version 4: every level is a feature by itself, and written once. */
template <class P>
struct SpectrogramRun<P, true> {
  template <class In, class Out>
  static void run(In in, Out out, float* work) {
    for (int32_t k = 0; k < P::kFrames; ++k, out += Spectrogram<P>::kBands) {
      emphasisedFrame<P>(in, k * P::kStride, work);
      Spectrogram<P>::frame(work, work);
      for (int32_t b = 0; b < Spectrogram<P>::kBands; ++b) {
        out[b] = SpectrogramScale<P, true>::feature(work[b], P::kOffset);
      }
    }
  }
};

template <class P>
struct Spectrogram {
  static constexpr int32_t kScratchBytes = 4 * P::kFftLength;
  static constexpr int32_t kBands = P::kFftLength / 2 + 1;

  template <class In, class Out>
  static void run(In in, Out out, void* scratch) {
    SpectrogramRun<P, P::kDecibels && !P::kRescales>::run(in, out, static_cast<float*>(scratch));
  }

  /** Turns a frame as `emphasisedFrame` leaves it (destroyed) into one row of kBands levels, which may take its place. */
  static void frame(float* x, float* row) {
    rawPowers<P::kFftLength>(x, P::kTwiddles);
    for (int32_t b = 0; b < kBands; ++b) row[b] = Scale::level(x[b]);
  }

  /** Turns the levels of all frames into features, in place. */
  static void finish(float* matrix, bool loud) { Scale::finish(matrix, P::kFrames * kBands, loud); }

 private:
  typedef SpectrogramScale<P, P::kDecibels> Scale;
};

}  // namespace dsp
}  // namespace impulsekit
