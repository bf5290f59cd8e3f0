#pragma once
#include <stdint.h>

#include "components.h"
#include "front.h"
#include "peaks.h"
#include "spectrum.h"

namespace impulsekit {
namespace dsp {

/** P::kAnalysis: 0 spectrum, 1 peaks, 2 wavelet. */
template <class P, int32_t kAnalysis>
struct AnalysisOf {
  typedef Spectrum<P> Type;
};

template <class P>
struct AnalysisOf<P, 1> {
  typedef Peaks<P> Type;
};

template <class P>
struct AnalysisOf<P, 2> {
  typedef Components<P> Type;
};

/** The same at a tenth of the rate; destroys the axis. */
template <class P, bool kUsed>
struct LowBand {
  template <class Out>
  static void run(float*, int32_t, Out) {}
};

template <class P>
struct LowBand<P, true> {
  template <class Out>
  static void run(float* x, int32_t count, Out out) {
    count = DecimateBy10<P, true>::run(x, count, 1);
    centre(x, count);
    Spectrum<P>::band(x, count, P::kLowFirstBin, P::kLowEndBin, out);
  }
};

/** Features of every axis, the low bands of all axes last. */
template <class P>
struct Spectral {
  static constexpr int32_t kScratchBytes = P::kScratchFloats * 4;

  template <class In, class Out>
  static void run(In in, Out out, void* scratch) {
    typedef typename AnalysisOf<P, P::kAnalysis>::Type Analysis;
    float* x = static_cast<float*>(scratch);
    Out low = out + P::kAxes * P::kFeatures;
    for (int32_t axis = 0; axis < P::kAxes; ++axis) {
      const int32_t count = axisOf<P>(in, axis, x);
      Analysis::describe(x, count, out);
      LowBand<P, P::kExtraLowFrequency>::run(x, count, low);
      out += P::kFeatures;
      low += P::kLowFeatures;
    }
  }
};

}  // namespace dsp
}  // namespace impulsekit
