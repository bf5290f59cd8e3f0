#pragma once
#include <stdint.h>

#include "../../logarithm.h"
#include "../primitives/stats/stats.h"

namespace impulsekit {
namespace dsp {

/** What is known of one axis; fields that no chosen statistic needs are 0. */
struct Summary {
  Mean mean;
  Shape shape;
  float smallest;
  float largest;
};

/** A few statistics of every axis; the factor is applied to the statistics, which loses nothing. */
template <class P>
struct Flatten {
  static constexpr int32_t kScratchBytes = 0;
  static constexpr int32_t kFeatures =
      P::kAverage + P::kMinimum + P::kMaximum + P::kRms + P::kStdev + P::kSkewness + P::kKurtosis;
  static constexpr bool kNeedsShape = P::kStdev || P::kRms || P::kSkewness || P::kKurtosis;

  template <class In, class Out>
  static void run(In in, Out out, void*) {
    for (int32_t axis = 0; axis < P::kAxes; ++axis) {
      const Strided<In> x = {in, axis, P::kAxes};
      emit(summary(x, P::kSamples), out);
      out += kFeatures;
    }
  }

  template <class X>
  static Summary summary(X x, int32_t count) {
    Summary s = {{0.0f, 0.0f, 0.0f}, {0.0f, 0.0f, 0.0f}, 0.0f, 0.0f};
    if (P::kAverage || kNeedsShape) s.mean = meanOf(x, count);
    if (kNeedsShape) s.shape = shapeOf(x, count, s.mean);
    if (P::kMinimum || P::kMaximum) {
      s.smallest = s.largest = x[0];
      for (int32_t i = 1; i < count; ++i) {
        const float value = x[i];
        if (value < s.smallest) s.smallest = value;
        if (value > s.largest) s.largest = value;
      }
    }
    return s;
  }

  /** Writes the chosen statistics. */
  template <class Out>
  static void emit(const Summary& s, Out out) {
    const float mean = s.mean.value(), deviation = s.shape.deviation;
    const bool isShaped = kSize > 0.0f;
    int32_t at = 0;
    if (P::kAverage) out[at++] = P::kScale * mean;
    if (P::kMinimum) out[at++] = P::kScale * (kSign > 0.0f ? s.smallest : s.largest);
    if (P::kMaximum) out[at++] = P::kScale * (kSign > 0.0f ? s.largest : s.smallest);
    if (P::kRms) out[at++] = level(kSize * squareRoot(deviation * deviation + mean * mean));
    if (P::kStdev) out[at++] = level(kSize * deviation);
    if (P::kSkewness) out[at++] = isShaped ? kSign * s.shape.skewness : 0.0f;
    if (P::kKurtosis) out[at++] = isShaped ? s.shape.kurtosis : -3.0f;
  }

 private:
  static constexpr float kSize = P::kScale < 0.0f ? -P::kScale : P::kScale;
  static constexpr float kSign = P::kScale < 0.0f ? -1.0f : 1.0f;

  static float level(float value) { return P::kLog ? logarithm(value < 1e-6f ? 1e-6f : value) : value; }
};

constexpr int32_t greatestDivisor(int32_t a, int32_t b) { return b == 0 ? a : greatestDivisor(b, a % b); }

/**
 * The same slice by slice: keeps a summary of every chunk of the window (the greatest common divisor of window and
 * slice) and joins them.
 */
template <class P, int32_t kSlice, class Sample>
struct FlattenStream {
  static constexpr int32_t kChunk = greatestDivisor(P::kSamples, kSlice);
  static constexpr int32_t kChunks = P::kSamples / kChunk;

  struct State {
    int32_t filled;
    int32_t next;
    Summary chunks[kChunks][P::kAxes];
  };
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) {
    State& s = *static_cast<State*>(state);
    s.filled = 0;
    s.next = 0;
  }

  static bool push(const Sample* slice, float* out, void* state, void*) {
    State& s = *static_cast<State*>(state);
    for (int32_t i = 0; i < kFresh; ++i) {
      const Sample* chunk = slice + (kSlice - (kFresh - i) * kChunk) * P::kAxes;
      for (int32_t axis = 0; axis < P::kAxes; ++axis) {
        const Strided<const Sample*> x = {chunk, axis, P::kAxes};
        s.chunks[s.next][axis] = Flatten<P>::summary(x, kChunk);
      }
      s.next = s.next + 1 < kChunks ? s.next + 1 : 0;
      if (s.filled < kChunks) ++s.filled;
    }
    if (s.filled < kChunks) return false;
    for (int32_t axis = 0; axis < P::kAxes; ++axis) Flatten<P>::emit(joined(s, axis), out + axis * Flatten<P>::kFeatures);
    return true;
  }

 private:
  /** Chunks of a slice that the window holds: the latest. */
  static constexpr int32_t kFresh = kSlice < P::kSamples ? kSlice / kChunk : kChunks;

  /** Distance of a chunk's mean from that of the window. */
  static float offset(const Summary& chunk, Mean mean) {
    return ((chunk.mean.first - mean.first) + chunk.mean.rest) - mean.rest;
  }

  static Summary joined(const State& s, int32_t axis) {
    Summary all = s.chunks[0][axis];
    const float first = all.mean.first;
    Sum total;
    for (int32_t i = 0; i < kChunks; ++i) {
      const Summary& chunk = s.chunks[i][axis];
      total.add(chunk.mean.first - first);
      total.add(chunk.mean.rest);
      total.add(chunk.mean.tail);
      if (chunk.smallest < all.smallest) all.smallest = chunk.smallest;
      if (chunk.largest > all.largest) all.largest = chunk.largest;
    }
    all.mean = meanFrom(first, total, kChunks);
    if (Flatten<P>::kNeedsShape) all.shape = joinedShape(s, axis, all.mean);
    return all;
  }

  /** Moments of the whole from those of equal parts and the offsets of their means (Chan; Pebay). */
  static Shape joinedShape(const State& s, int32_t axis, Mean mean) {
    float largest = 0.0f;
    for (int32_t i = 0; i < kChunks; ++i) {
      const Summary& chunk = s.chunks[i][axis];
      const float away = offset(chunk, mean), size = away < 0.0f ? -away : away;
      if (size > largest) largest = size;
      if (chunk.shape.deviation > largest) largest = chunk.shape.deviation;
    }
    const Shape constant = {0.0f, 0.0f, -3.0f};
    if (!(largest > 1e-37f && largest < 1e37f)) return constant;
    const float unit = 1.0f / largest;
    float two = 0.0f, three = 0.0f, four = 0.0f;
    for (int32_t i = 0; i < kChunks; ++i) {
      const Summary& chunk = s.chunks[i][axis];
      const float e = offset(chunk, mean) * unit, e2 = e * e;
      const float a = chunk.shape.deviation * unit, a2 = a * a;
      const float a3 = (a2 * a) * chunk.shape.skewness, a4 = (a2 * a2) * (chunk.shape.kurtosis + 3.0f);
      two += a2 + e2;
      three += a3 + e * (3.0f * a2 + e2);
      four += a4 + e * (4.0f * a3 + e * (6.0f * a2 + e2));
    }
    const float n = static_cast<float>(kChunks);
    two /= n;
    const float root = squareRoot(two);
    const Shape shape = {root / unit, (three / n) / (two * root), (four / n) / (two * two) - 3.0f};
    return shape;
  }
};

}  // namespace dsp
}  // namespace impulsekit
