// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include <stdint.h>

// Values of one page. There are four: 1 KB in all.
#ifndef EI_CLASSIFIER_PAGE_VALUES
#define EI_CLASSIFIER_PAGE_VALUES 64
#endif

namespace impulsekit {
namespace compat {

/** Values of a signal by index, read page by page; a page that is needed again is read again when it had to go. */
template <class Signal>
class PagesOf {
 public:
  void open(Signal* signal, int32_t size) {
    signal_ = signal;
    size_ = size;
    sound_ = true;
    latest_ = 0;
    for (int32_t i = 0; i < kPages; ++i) page_[i] = -1;
  }

  /** A value that could not be read, or is not finite, is 0. */
  float at(int32_t i) {
    const int32_t page = i / kValues;
    if (page != page_[latest_]) find(page);
    return values_[latest_][i % kValues];
  }

  /** Whether every value so far could be read and is finite. */
  bool sound() const { return sound_; }

 private:
  static constexpr int32_t kPages = 4, kValues = EI_CLASSIFIER_PAGE_VALUES;

  void find(int32_t page) {
    for (int32_t i = 0; i < kPages; ++i) {
      if (page_[i] != page) continue;
      latest_ = i;
      return;
    }
    latest_ = (latest_ + 1) % kPages;
    page_[latest_] = page;
    read(page * kValues, values_[latest_]);
  }

  void read(int32_t from, float* to) {
    const int32_t count = size_ - from < kValues ? size_ - from : kValues;
    const bool failed = signal_->get_data(static_cast<size_t>(from), static_cast<size_t>(count), to) != 0;
    for (int32_t i = 0; i < count; ++i) {
      if (!failed && to[i] >= -3.4e38f && to[i] <= 3.4e38f) continue;
      to[i] = 0.0f;
      sound_ = false;
    }
  }

  Signal* signal_;
  int32_t size_;
  int32_t latest_;
  bool sound_;
  int32_t page_[kPages];
  float values_[kPages][kValues];
};

/** A window of values as the first block reads it. */
template <class Pages>
class Values {
 public:
  explicit Values(Pages* pages, int32_t start = 0) : pages_(pages), start_(start) {}
  float operator[](int32_t i) const { return pages_->at(start_ + i); }
  Values operator+(int32_t count) const { return Values(pages_, start_ + count); }

 private:
  Pages* pages_;
  int32_t start_;
};

/** The pixel a number stands for. */
inline uint32_t pixel(float value) {
  if (!(value > 0.0f)) return 0;
  return value < 16777216.0f ? static_cast<uint32_t>(value) : 0xffffffu;
}

/** Pixels 0xRRGGBB as red, green and blue, one after another. */
template <class Pages>
class Colours {
 public:
  explicit Colours(Pages* pages, int32_t start = 0) : pages_(pages), start_(start) {}
  float operator[](int32_t i) const {
    const int32_t at = (start_ + i) / 3, channel = (start_ + i) % 3;
    return static_cast<float>((pixel(pages_->at(at)) >> (16 - 8 * channel)) & 255u);
  }
  Colours operator+(int32_t count) const { return Colours(pages_, start_ + count); }

 private:
  Pages* pages_;
  int32_t start_;
};

/** Pixels 0xRRGGBB as grey, by ITU-R BT.601, rounded as pictures are when an impulse is trained. */
template <class Pages>
class Greys {
 public:
  explicit Greys(Pages* pages, int32_t start = 0) : pages_(pages), start_(start) {}
  float operator[](int32_t i) const {
    const uint32_t rgb = pixel(pages_->at(start_ + i));
    const uint32_t sum = 19595u * ((rgb >> 16) & 255u) + 38470u * ((rgb >> 8) & 255u) + 7471u * (rgb & 255u);
    return static_cast<float>((sum + 32768u) >> 16);
  }
  Greys operator+(int32_t count) const { return Greys(pages_, start_ + count); }

 private:
  Pages* pages_;
  int32_t start_;
};

/** What a stream takes: floats as they are, int16 rounded and limited. */
inline void takeValue(float value, float* to) { *to = value; }
inline void takeValue(float value, int16_t* to) {
  const float limited = value < -32768.0f ? -32768.0f : (value > 32767.0f ? 32767.0f : value);
  *to = static_cast<int16_t>(limited < 0.0f ? limited - 0.5f : limited + 0.5f);
}

/** Reads a whole signal, page by page; false when that fails or a value is not finite. */
template <class Signal, class Sample>
bool readAll(Signal* signal, Sample* to, int32_t size) {
  float page[EI_CLASSIFIER_PAGE_VALUES];
  for (int32_t from = 0; from < size; from += EI_CLASSIFIER_PAGE_VALUES) {
    const int32_t count = size - from < EI_CLASSIFIER_PAGE_VALUES ? size - from : EI_CLASSIFIER_PAGE_VALUES;
    if (signal->get_data(static_cast<size_t>(from), static_cast<size_t>(count), page) != 0) return false;
    for (int32_t i = 0; i < count; ++i) {
      if (!(page[i] >= -3.4e38f && page[i] <= 3.4e38f)) return false;
      takeValue(page[i], to + from + i);
    }
  }
  return true;
}

/** Slices of an impulse that has none. */
struct NoSlices {
  typedef float Sample;
  static constexpr int32_t kSize = 0;
  static bool push(const Sample*) { return false; }
  static void reset() {}
};

}  // namespace compat
}  // namespace impulsekit
