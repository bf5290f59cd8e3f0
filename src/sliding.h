#pragma once
#include <stdint.h>
#include <string.h>

namespace impulsekit {

/**
 * Any stage over a sliding window: keeps the latest kSize values and computes all features anew for every slice of
 * kSlice values. `state` holds kStateBytes; it is ready after `reset`.
 */
template <class Stage, int32_t kSize, int32_t kSlice, class Sample>
struct Sliding {
  struct State {
    int32_t count;
    Sample window[kSize];
  };
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { static_cast<State*>(state)->count = 0; }

  /** Takes a slice; true when the window is full and `out` holds its features. */
  template <class Out>
  static bool push(const Sample* slice, Out out, void* state, void* scratch) {
    State& s = *static_cast<State*>(state);
    memmove(s.window, s.window + kFresh, sizeof(Sample) * (kSize - kFresh));
    memcpy(s.window + (kSize - kFresh), slice + (kSlice - kFresh), sizeof(Sample) * kFresh);
    if (s.count < kSize) s.count = kSize - s.count < kSlice ? kSize : s.count + kSlice;
    if (s.count < kSize) return false;
    Stage::run(static_cast<const Sample*>(s.window), out, scratch);
    return true;
  }

 private:
  /** Values of a slice that the window holds: the latest. */
  static constexpr int32_t kFresh = kSlice < kSize ? kSlice : kSize;
};

}  // namespace impulsekit
