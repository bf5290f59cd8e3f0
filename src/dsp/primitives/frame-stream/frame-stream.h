#pragma once
#include <stdint.h>
#include <string.h>

#include "../inline/inline.h"

namespace impulsekit {
namespace dsp {

/** Two runs of samples, one behind the other, read as one. */
template <class Sample>
struct Joined {
  const Sample* first;
  int32_t size;
  const Sample* rest;

  IMPULSEKIT_ALWAYS_INLINE Sample operator[](int32_t i) const { return i < size ? first[i] : rest[i - size]; }
};

/** Drops the first `count` of `size` samples and puts `values` behind the others. */
template <class Sample>
inline void shiftIn(Sample* samples, int32_t size, const Sample* values, int32_t count) {
  memmove(samples, samples + count, sizeof(Sample) * static_cast<uint32_t>(size - count));
  memcpy(samples + (size - count), values, sizeof(Sample) * static_cast<uint32_t>(count));
}

/** How rows are kept between slices: as they are, or as bytes where every value is a byte / 256. */
template <class Row>
struct Packing;

template <>
struct Packing<float> {
  static void pack(const float* values, float* kept, int32_t size) {
    memcpy(kept, values, sizeof(float) * static_cast<uint32_t>(size));
  }
  static void unpack(const float* kept, float* values, int32_t size) { pack(kept, values, size); }
};

template <>
struct Packing<uint8_t> {
  static void pack(const float* values, uint8_t* kept, int32_t size) {
    for (int32_t i = 0; i < size; ++i) kept[i] = static_cast<uint8_t>(values[i] * 256.0f);
  }
  static void unpack(const uint8_t* kept, float* values, int32_t size) {
    for (int32_t i = 0; i < size; ++i) values[i] = static_cast<float>(kept[i]) * (1.0f / 256.0f);
  }
};

/**
 * First frames of the windows to come, for blocks whose first frame looks around the corner to the end of its window.
 * Of every kSlice samples after the first kSlice of the window the first kKept are held, back to back.
 */
template <class Rows, int32_t kSlice, class Sample, bool kCircular>
struct FirstFrames {
  static constexpr int32_t kKept = Rows::kFrameSamples < kSlice ? Rows::kFrameSamples : kSlice;
  /** Samples of the last, perhaps incomplete, slice of the window. */
  static constexpr int32_t kRest = Rows::kSamples % kSlice;
  static constexpr int32_t kRestKept = kRest < kKept ? kRest : kKept;
  static constexpr int32_t kSize = (Rows::kSamples / kSlice - 1) * kKept + kRestKept;

  /** Computes row 0 of the window that ends with `slice`. */
  static void row(const Sample* kept, const Sample* slice, void* scratch, float* out) {
    const Joined<Sample> window = {slice + (kSlice - Rows::kBack), Rows::kBack, kept};
    Rows::row(window, Rows::kBack, scratch, out);
  }

  static void shift(Sample* kept, const Sample* slice) {
    shiftIn(kept, kSize, slice, kKept - kRestKept);
    shiftIn(kept, kSize, slice + (kSlice - kRest), kRestKept);
  }
};

template <class Rows, int32_t kSlice, class Sample>
struct FirstFrames<Rows, kSlice, Sample, false> {
  static constexpr int32_t kSize = 0;
  static void row(const Sample*, const Sample*, void*, float*) {}
  static void shift(Sample*, const Sample*) {}
};

/**
 * Rows of the frames of a sliding window, slice by slice: only frames that are new are computed. `Rows` says how:
 * `row(in, start, scratch, out)` makes kColumns values of a frame of `in` and up to kBack samples before it. Where kCircular, frame 0 takes those before it from the end of the window. kSlice is a multiple of the
 * frame stride. The same bits as frame-stream.ts.
 */
template <class Rows, int32_t kSlice, class Sample>
struct FrameStream {
  typedef typename Rows::Row Row;
  typedef FirstFrames<Rows, kSlice, Sample, Rows::kCircular> First;

  static constexpr int32_t kNew = kSlice / Rows::kStride;
  static constexpr int32_t kOld = Rows::kFrames - kNew;
  /** Samples from the first that the next frame needs to the end of the window. */
  static constexpr int32_t kTail = Rows::kSamples - Rows::kFrames * Rows::kStride + Rows::kBack;
  static constexpr int32_t kHistory = kTail > 0 ? kTail : 0;
  static constexpr int32_t kKept = kHistory + First::kSize;

  struct State {
    /** Samples seen, up to a window. */
    int32_t count;
    Row rows[kOld * Rows::kColumns];
    Sample samples[kKept > 0 ? kKept : 1];
  };

  static_assert(kSlice % Rows::kStride == 0 && kNew > 0 && kOld > 0, "frames of successive windows must coincide");

  static void reset(State* state) { memset(state, 0, sizeof(State)); }

  /** Takes a slice; true when `out` holds the rows of a whole window. `scratch` is the stage's. */
  static bool push(const Sample* slice, float* out, State* state, void* scratch) {
    State& s = *state;
    Sample* first = s.samples + kHistory;
    Packing<Row>::unpack(s.rows, out, kOld * Rows::kColumns);
    const Joined<Sample> recent = {s.samples, kHistory, slice};
    for (int32_t k = 0; k < kNew; ++k) {
      Rows::row(recent, kHistory - kTail + Rows::kBack + k * Rows::kStride, scratch, out + (kOld + k) * Rows::kColumns);
    }
    Packing<Row>::pack(out + kNew * Rows::kColumns, s.rows, kOld * Rows::kColumns);
    s.count = Rows::kSamples - s.count < kSlice ? Rows::kSamples : s.count + kSlice;
    First::row(first, slice, scratch, out);
    First::shift(first, slice);
    shiftIn(s.samples, kHistory, slice + (kSlice - kFresh), kFresh);
    return s.count == Rows::kSamples;
  }

 private:
  static constexpr int32_t kFresh = kHistory < kSlice ? kHistory : kSlice;
};

}  // namespace dsp
}  // namespace impulsekit
