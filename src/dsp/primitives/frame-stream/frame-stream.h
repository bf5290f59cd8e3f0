#pragma once
#include <stdint.h>
#include <string.h>

#include "../../../inline.h"

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

/** What streams ask of rows, for a block of traits P whose rows hold kWidth values and look kReach samples back. */
template <class P, int32_t kWidth, int32_t kReach>
struct RowSizes {
  static constexpr int32_t kSamples = P::kSamples, kFrames = P::kFrames, kStride = P::kStride;
  static constexpr int32_t kFrameSamples = P::kFrameSamples, kColumns = kWidth, kBack = kReach;
  static constexpr bool kCircular = kBack > 0;
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
  template <class Out>
  static void row(const Sample* kept, const Sample* slice, void* scratch, Out out) {
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
  template <class Out>
  static void row(const Sample*, const Sample*, void*, Out) {}
  static void shift(Sample*, const Sample*) {}
};

/** Which frames of a sliding window are new with a slice, and what is kept of the signal for them. */
template <class Rows, int32_t kSlice, class Sample>
struct FrameSteps {
  typedef FirstFrames<Rows, kSlice, Sample, Rows::kCircular> First;

  static constexpr int32_t kNew = kSlice / Rows::kStride;
  static constexpr int32_t kOld = Rows::kFrames - kNew;
  /** Samples from the first that the next frame needs to the end of the window. */
  static constexpr int32_t kTail = Rows::kSamples - Rows::kFrames * Rows::kStride + Rows::kBack;
  static constexpr int32_t kHistory = kTail > 0 ? kTail : 0;
  static constexpr int32_t kKept = kHistory + First::kSize;

  static_assert(kSlice % Rows::kStride == 0 && kNew > 0 && kOld > 0, "frames of successive windows must coincide");

  /** Computes the rows of the new frames. */
  template <class Out>
  static void newRows(const Sample* samples, const Sample* slice, void* scratch, Out out) {
    const Joined<Sample> recent = {samples, kHistory, slice};
    for (int32_t k = 0; k < kNew; ++k, out += Rows::kColumns) {
      Rows::row(recent, kHistory - kTail + Rows::kBack + k * Rows::kStride, scratch, out);
    }
  }

  /** Keeps of the slice what later ones need. */
  static void keep(Sample* samples, const Sample* slice) {
    First::shift(samples + kHistory, slice);
    shiftIn(samples, kHistory, slice + (kSlice - kFresh), kFresh);
  }

  /** Samples seen, up to a window. */
  static int32_t seen(int32_t count) { return Rows::kSamples - count < kSlice ? Rows::kSamples : count + kSlice; }

 private:
  static constexpr int32_t kFresh = kHistory < kSlice ? kHistory : kSlice;
};

/**
 * Rows of the frames of a sliding window, slice by slice: only frames that are new are computed. `Rows` says how:
 * `row(in, start, scratch, out)` makes kColumns values of a frame of `in` and up to kBack samples before it. Where
 * kCircular, frame 0 takes those before it from the end of the window. kSlice is a multiple of the frame stride. The
 * same bits as frame-stream.ts.
 */
template <class Rows, int32_t kSlice, class Sample>
struct FrameStream {
  typedef FrameSteps<Rows, kSlice, Sample> Steps;

  struct State {
    int32_t count;
    float rows[Steps::kOld * Rows::kColumns];
    Sample samples[Steps::kKept > 0 ? Steps::kKept : 1];
  };

  static void reset(State* state) { memset(state, 0, sizeof(State)); }

  /** Takes a slice; true when `out` holds the rows of a whole window. `scratch` is the stage's. */
  static bool push(const Sample* slice, float* out, State* state, void* scratch) {
    State& s = *state;
    memcpy(out, s.rows, sizeof s.rows);
    Steps::newRows(s.samples, slice, scratch, out + Steps::kOld * Rows::kColumns);
    memcpy(s.rows, out + Steps::kNew * Rows::kColumns, sizeof s.rows);
    s.count = Steps::seen(s.count);
    Steps::First::row(s.samples + Steps::kHistory, slice, scratch, out);
    Steps::keep(s.samples, slice);
    return s.count == Rows::kSamples;
  }
};

/** The stream of a block: its rows, and `Rows::finish(out, scratch)`, which takes in the whole window each time. */
template <class Rows, int32_t kSlice, class Sample>
struct RowStream {
  typedef FrameStream<Rows, kSlice, Sample> Frames;
  typedef typename Frames::State State;
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { Frames::reset(static_cast<State*>(state)); }

  static bool push(const Sample* slice, float* out, void* state, void* scratch) {
    if (!Frames::push(slice, out, static_cast<State*>(state), scratch)) return false;
    Rows::finish(out, scratch);
    return true;
  }
};

/** A row that keeps what is assigned to it as bytes; `Code` converts features q / 256 to q and back. */
template <class Code>
class ByteRow {
 public:
  explicit ByteRow(uint8_t* at) : at_(at) {}

  class Value {
   public:
    explicit Value(uint8_t* at) : at_(at) {}
    void operator=(float value) const { *at_ = Code::pack(value); }

   private:
    uint8_t* at_;
  };

  Value operator[](int32_t i) const { return Value(at_ + i); }
  ByteRow operator+(int32_t count) const { return ByteRow(at_ + count); }
  ByteRow& operator+=(int32_t count) {
    at_ += count;
    return *this;
  }

 private:
  uint8_t* at_;
};

/** Features q / 256 as q. */
struct ByteCode {
  static uint8_t pack(float value) { return static_cast<uint8_t>(value * 256.0f); }
  static float unpack(uint8_t code) { return static_cast<float>(code) * (1.0f / 256.0f); }
};

/** The same for blocks whose rows are features q / 256: all of a window are kept as bytes, and each is written once. */
template <class Rows, class Code, int32_t kSlice, class Sample>
struct ByteFrameStream {
  typedef FrameSteps<Rows, kSlice, Sample> Steps;

  struct State {
    int32_t count;
    uint8_t rows[Rows::kFrames * Rows::kColumns];
    Sample samples[Steps::kKept > 0 ? Steps::kKept : 1];
  };
  static constexpr int32_t kStateBytes = static_cast<int32_t>(sizeof(State));

  static void reset(void* state) { memset(state, 0, sizeof(State)); }

  template <class Out>
  static bool push(const Sample* slice, Out out, void* state, void* scratch) {
    State& s = *static_cast<State*>(state);
    const ByteRow<Code> rows(s.rows);
    memmove(s.rows, s.rows + Steps::kNew * Rows::kColumns, Steps::kOld * Rows::kColumns);
    Steps::newRows(s.samples, slice, scratch, rows + Steps::kOld * Rows::kColumns);
    s.count = Steps::seen(s.count);
    Steps::First::row(s.samples + Steps::kHistory, slice, scratch, rows);
    Steps::keep(s.samples, slice);
    if (s.count < Rows::kSamples) return false;
    for (int32_t i = 0; i < Rows::kFrames * Rows::kColumns; ++i) out[i] = Code::unpack(s.rows[i]);
    return true;
  }
};

}  // namespace dsp
}  // namespace impulsekit
