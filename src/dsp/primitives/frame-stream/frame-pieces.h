#pragma once
#include <stdint.h>
#include <string.h>

#include "frame-stream.h"

namespace impulsekit {
namespace dsp {

/**
 * First frames of the windows to come, as FirstFrames keeps them, from pieces of slices. The slice that is on its way
 * has one already, while that of the oldest is still wanted: so there is one for every slice of a window.
 */
template <class Rows, int32_t kSlice, int32_t kPiece, class Sample, bool kCircular>
struct FirstFramesOfPieces {
  static constexpr int32_t kKept = Rows::kFrameSamples < kSlice ? Rows::kFrameSamples : kSlice;
  static constexpr int32_t kSize = Rows::kSamples / kSlice * kKept;

  /** Takes the piece that lies `at` samples behind the start of its slice. */
  static void keep(Sample* kept, const Sample* piece, int32_t at) {
    if (at == 0) memmove(kept, kept + kKept, sizeof(Sample) * static_cast<uint32_t>(kSize - kKept));
    const int32_t left = kKept - at;
    if (left <= 0) return;
    memcpy(kept + (kSize - left), piece, sizeof(Sample) * static_cast<uint32_t>(left < kPiece ? left : kPiece));
  }

  /** Computes row 0 of the window that ends with `piece`. */
  template <class Out>
  static void row(const Sample* kept, const Sample* piece, void* scratch, Out out) {
    const Joined<Sample> window = {piece + (kPiece - Rows::kBack), Rows::kBack, kept};
    Rows::row(window, Rows::kBack, scratch, out);
  }
};

template <class Rows, int32_t kSlice, int32_t kPiece, class Sample>
struct FirstFramesOfPieces<Rows, kSlice, kPiece, Sample, false> {
  static constexpr int32_t kSize = 0;
  static void keep(Sample*, const Sample*, int32_t) {}
  template <class Out>
  static void row(const Sample*, const Sample*, void*, Out) {}
};

/** Rows of features q / 256, kept as bytes. */
template <class Rows, class Code>
struct KeptBytes {
  typedef uint8_t Value;
  static ByteRow<Code> at(Value* values) { return ByteRow<Code>(values); }

  template <class Out>
  static void give(const Value* values, Out out, void*) {
    for (int32_t i = 0; i < Rows::kFrames * Rows::kColumns; ++i) out[i] = Code::unpack(values[i]);
  }
};

/** Rows of floats; `Rows::finish(out, scratch)` takes in the whole window. */
template <class Rows>
struct KeptFloats {
  typedef float Value;
  static float* at(Value* values) { return values; }

  static void give(const Value* values, float* out, void* scratch) {
    memcpy(out, values, sizeof(Value) * Rows::kFrames * Rows::kColumns);
    Rows::finish(out, scratch);
  }
};

/**
 * FrameStream for slices that come in pieces of kPiece samples: frames are computed as soon as all of their samples are
 * there, and the features of the latest window are given with the last piece of every slice. `Kept` says what rows are
 * kept as. Windows hold a whole number of slices, slices of pieces, and pieces of frame strides.
 */
template <class Rows, class Kept, int32_t kSlice, int32_t kPiece, class Sample>
struct FramePieces {
  typedef FirstFramesOfPieces<Rows, kSlice, kPiece, Sample, Rows::kCircular> First;

  static constexpr int32_t kNew = kPiece / Rows::kStride;
  static constexpr int32_t kOld = Rows::kFrames - kNew;
  /** Samples from the first that the next frame needs to the last seen. */
  static constexpr int32_t kTail = Rows::kSamples - Rows::kFrames * Rows::kStride + Rows::kBack;
  static constexpr int32_t kHistory = kTail > 0 ? kTail : 0;
  static constexpr int32_t kSamplesKept = kHistory + First::kSize;

  static_assert(Rows::kSamples % kSlice == 0 && kSlice % kPiece == 0, "pieces make slices, and slices windows");
  static_assert(kPiece % Rows::kStride == 0 && kNew > 0 && kOld > 0, "a piece holds frame strides, and a window pieces");

  struct State {
    /** Samples of the window that are there. */
    int32_t count;
    typename Kept::Value rows[Rows::kFrames * Rows::kColumns];
    Sample samples[kSamplesKept > 0 ? kSamplesKept : 1];
  };
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { memset(state, 0, sizeof(State)); }

  /** Takes a piece; true when it ends a slice, the window is full, and `out` holds its features. */
  template <class Out>
  static bool push(const Sample* piece, Out out, void* state, void* scratch) {
    State& s = *static_cast<State*>(state);
    if (s.count == Rows::kSamples) s.count -= kSlice;
    newRows(s, piece, scratch);
    First::keep(s.samples + kHistory, piece, s.count % kSlice);
    shiftIn(s.samples, kHistory, piece + (kPiece - kFresh), kFresh);
    s.count += kPiece;
    if (s.count < Rows::kSamples) return false;
    First::row(s.samples + kHistory, piece, scratch, Kept::at(s.rows));
    Kept::give(s.rows, out, scratch);
    return true;
  }

 private:
  static constexpr int32_t kFresh = kHistory < kPiece ? kHistory : kPiece;

  static void newRows(State& s, const Sample* piece, void* scratch) {
    memmove(s.rows, s.rows + kNew * Rows::kColumns, sizeof(typename Kept::Value) * kOld * Rows::kColumns);
    const Joined<Sample> recent = {s.samples, kHistory, piece};
    for (int32_t k = 0; k < kNew; ++k) {
      const int32_t start = kHistory - kTail + Rows::kBack + k * Rows::kStride;
      Rows::row(recent, start, scratch, Kept::at(s.rows + (kOld + k) * Rows::kColumns));
    }
  }
};

}  // namespace dsp
}  // namespace impulsekit
