#pragma once
#include <stdint.h>
#include <string.h>

namespace impulsekit {

/**
 * Sliding for slices that come in pieces of kPiece values: computes the features of the latest window with the last
 * piece of every slice. kSize is a multiple of kSlice, and kSlice of kPiece.
 */
template <class Stage, int32_t kSize, int32_t kSlice, int32_t kPiece, class Sample>
struct SlidingPieces {
  static_assert(kSize % kSlice == 0 && kSlice % kPiece == 0, "pieces make slices, and slices windows");

  struct State {
    int32_t count;
    Sample window[kSize];
  };
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { static_cast<State*>(state)->count = 0; }

  /** Takes a piece; true when it ends a slice, the window is full, and `out` holds its features. */
  template <class Out>
  static bool push(const Sample* piece, Out out, void* state, void* scratch) {
    State& s = *static_cast<State*>(state);
    if (s.count == kSize) {
      memmove(s.window, s.window + kSlice, sizeof(Sample) * (kSize - kSlice));
      s.count = kSize - kSlice;
    }
    memcpy(s.window + s.count, piece, sizeof(Sample) * kPiece);
    s.count += kPiece;
    if (s.count < kSize) return false;
    Stage::run(static_cast<const Sample*>(s.window), out, scratch);
    return true;
  }
};

}  // namespace impulsekit
