#pragma once
#include <immintrin.h>
#include "columns.h"
#include "sum.h"

#define IMPULSEKIT_AVX2 __attribute__((target("avx2")))

namespace impulsekit {
namespace nn {

/*
 * AVX2: bytes become 16 bits, of which VPMADDWD adds two products to each of 8 lanes: two lanes for each of four
 * channels. VPMADDUBSW, which takes bytes, would saturate.
 */
namespace avx2 {

/** How 8 neighbouring channels are requantised. */
struct Requantizer {
  __m256i bias, multiplier, left, right, offset, low, high;
  int32_t channels;
};

IMPULSEKIT_AVX2 inline __m256i multiplyHigh(__m256i a, __m256i b) {
  const __m256i half = _mm256_set1_epi64x(1 << 30);
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(a, b), half);
  const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(a, 32), _mm256_srli_epi64(b, 32)), half);
  return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xaa);
}

IMPULSEKIT_AVX2 inline __m256i roundingShift(__m256i x, __m256i exponent) {
  const __m256i one = _mm256_set1_epi32(1);
  const __m256i mask = _mm256_sub_epi32(_mm256_sllv_epi32(one, exponent), one);
  const __m256i threshold = _mm256_add_epi32(_mm256_srli_epi32(mask, 1), _mm256_srli_epi32(x, 31));
  const __m256i up = _mm256_cmpgt_epi32(_mm256_and_si256(x, mask), threshold);
  return _mm256_sub_epi32(_mm256_srav_epi32(x, exponent), up);
}

IMPULSEKIT_AVX2 inline __m256i saturatingShift(__m256i x, __m256i shift) {
  const __m256i shifted = _mm256_sllv_epi32(x, shift);
  const __m256i fits = _mm256_cmpeq_epi32(_mm256_srav_epi32(shifted, shift), x);
  const __m256i largest = _mm256_xor_si256(_mm256_srai_epi32(x, 31), _mm256_set1_epi32(INT32_MAX));
  return _mm256_blendv_epi8(largest, shifted, fits);
}

IMPULSEKIT_AVX2 inline __m256i requantize(__m256i x, __m256i multiplier, __m256i left, __m256i right) {
  return roundingShift(multiplyHigh(saturatingShift(x, left), multiplier), right);
}

IMPULSEKIT_AVX2 inline __m256i atLeastZero(__m256i x) { return _mm256_max_epi32(x, _mm256_setzero_si256()); }

/** Up to 8 bytes. */
IMPULSEKIT_AVX2 inline __m128i loadBytes(const int8_t* from, int32_t count) {
  int8_t bytes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  if (count < 8) {
    for (int32_t i = 0; i < count; ++i) bytes[i] = from[i];
    from = bytes;
  }
  return _mm_loadl_epi64(static_cast<const __m128i*>(static_cast<const void*>(from)));
}

/** Stores up to 8 of 8 values that fit in a byte. */
IMPULSEKIT_AVX2 inline void storeBytes(__m256i values, int32_t count, int8_t* to) {
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  int8_t bytes[8];
  void* target = count < 8 ? bytes : to;
  _mm_storel_epi64(static_cast<__m128i*>(target), _mm_packs_epi16(words, words));
  if (count >= 8) return;
  for (int32_t i = 0; i < count; ++i) to[i] = bytes[i];
}

/** The first `count` of 8 lanes. */
IMPULSEKIT_AVX2 inline __m256i lanes(int32_t count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

IMPULSEKIT_AVX2 inline Requantizer requantizer(const Rescale& r, int32_t channels, int32_t channel) {
  Requantizer q;
  q.channels = channels - channel;
  const __m256i mask = lanes(q.channels);
  q.bias = _mm256_maskload_epi32(r.bias + channel, mask);
  __m256i shift = _mm256_set1_epi32(r.shifts[0]);
  q.multiplier = _mm256_set1_epi32(r.multipliers[0]);
  if (r.perChannel) {
    shift = _mm256_cvtepi8_epi32(loadBytes(r.shifts + channel, q.channels));
    q.multiplier = _mm256_maskload_epi32(r.multipliers + channel, mask);
  }
  q.left = atLeastZero(shift);
  q.right = atLeastZero(_mm256_sub_epi32(_mm256_setzero_si256(), shift));
  q.offset = _mm256_set1_epi32(r.outputOffset);
  q.low = _mm256_set1_epi32(r.low);
  q.high = _mm256_set1_epi32(r.high);
  return q;
}

IMPULSEKIT_AVX2 inline void store(const Requantizer& q, __m256i sums, int8_t* y) {
  const __m256i scaled = requantize(_mm256_add_epi32(sums, q.bias), q.multiplier, q.left, q.right);
  const __m256i value = _mm256_add_epi32(scaled, q.offset);
  storeBytes(_mm256_max_epi32(q.low, _mm256_min_epi32(q.high, value)), q.channels, y);
}

IMPULSEKIT_AVX2 inline __m128i load16(const int8_t* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(static_cast<const void*>(p)));
}

/** 16 bytes as 16 bits each: four weights each of four channels. */
IMPULSEKIT_AVX2 inline __m256i weights(const int8_t* w) { return _mm256_cvtepi8_epi16(load16(w)); }

/** Four inputs as 16 bits each, for every channel. */
IMPULSEKIT_AVX2 inline __m256i inputs(const int8_t* x) {
  int32_t word;
  memcpy(&word, x, sizeof word);
  return _mm256_cvtepi8_epi16(_mm_set1_epi32(word));
}

/** BlockSums of two blocks of four channels, two lanes for each channel. */
struct BlockSums {
  __m256i first, second;
};

IMPULSEKIT_AVX2 inline void addProducts(BlockSums& s, __m256i first, __m256i second, __m256i x) {
  s.first = _mm256_add_epi32(s.first, _mm256_madd_epi16(first, x));
  s.second = _mm256_add_epi32(s.second, _mm256_madd_epi16(second, x));
}

/** BlockSums of 8 channels. */
IMPULSEKIT_AVX2 inline __m256i total(const BlockSums& s) {
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(s.first, s.second), 0xd8);
}

/** Distance to the second block of channels; a missing one stands for the first. */
IMPULSEKIT_AVX2 inline int32_t secondBlock(int32_t channels, int32_t stride) { return channels > 4 ? stride : 0; }

IMPULSEKIT_AVX2 inline void product(const Product& p, const void* columns, int32_t pixels, int8_t* y, int32_t step) {
  const FourColumns c = fourColumns(p, columns, pixels);
  const int32_t bytes = columnBytes(p.depth);
  const int8_t* block = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 8, block += 8 * bytes) {
    const int32_t distance = secondBlock(p.channels - channel, 4 * bytes);
    BlockSums s0 = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    BlockSums s1 = s0, s2 = s0, s3 = s0;
    for (int32_t k = 0; k < bytes; k += 4) {
      const __m256i first = weights(block + 4 * k), second = weights(block + 4 * k + distance);
      addProducts(s0, first, second, inputs(c.x[0] + k));
      addProducts(s1, first, second, inputs(c.x[1] + k));
      addProducts(s2, first, second, inputs(c.x[2] + k));
      addProducts(s3, first, second, inputs(c.x[3] + k));
    }
    const Requantizer q = requantizer(p.rescale, p.channels, channel);
    store(q, total(s0), y + channel);
    if (pixels > 1) store(q, total(s1), y + step + channel);
    if (pixels > 2) store(q, total(s2), y + 2 * step + channel);
    if (pixels > 3) store(q, total(s3), y + 3 * step + channel);
  }
}

IMPULSEKIT_AVX2 inline void row(const Product& p, const int8_t* x, int8_t* y) {
  const int32_t bytes = columnBytes(p.depth);
  const int8_t* block = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 8, block += 8 * bytes) {
    const int8_t* second = block + secondBlock(p.channels - channel, 4 * bytes);
    BlockSums sums = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (int32_t k = 0; k < bytes; k += 4) {
      addProducts(sums, weights(block + 4 * k), weights(second + 4 * k), inputs(x + k));
    }
    store(requantizer(p.rescale, p.channels, channel), total(sums), y + channel);
  }
}

/** Two neighbouring taps of 8 channels as 16 bits each, the taps of a channel next to each other. */
IMPULSEKIT_AVX2 inline __m256i tapInputs(const int8_t* const* taps, int32_t channel, int32_t channels) {
  const __m128i first = loadBytes(taps[0] + channel, channels);
  return _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(first, loadBytes(taps[1] + channel, channels)));
}

IMPULSEKIT_AVX2 inline __m256i tapWeights(const int8_t* w, int32_t second) {
  const __m128i order = _mm_setr_epi8(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
  const __m128i both = _mm_unpacklo_epi64(loadBytes(w, 8), loadBytes(w + second, 8));
  return _mm256_cvtepi8_epi16(_mm_shuffle_epi8(both, order));
}

IMPULSEKIT_AVX2 inline void depthwise(const DepthwiseProduct& p, const int8_t* const* taps, int8_t* y) {
  const int8_t* block = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 8, block += 8 * p.taps) {
    const int32_t channels = p.channels - channel;
    const int32_t second = secondBlock(channels, 4 * p.taps);
    __m256i sums = _mm256_setzero_si256();
    for (int32_t tap = 0; tap < p.taps; tap += 2) {
      const __m256i x = tapInputs(taps + tap, channel, channels);
      sums = _mm256_add_epi32(sums, _mm256_madd_epi16(x, tapWeights(block + 4 * tap, second)));
    }
    store(requantizer(p.rescale, p.channels, channel), sums, y + channel);
  }
}

IMPULSEKIT_AVX2 inline __m256i requantize(__m256i x, int32_t multiplier, int32_t shift) {
  const __m256i left = _mm256_set1_epi32(shift > 0 ? shift : 0);
  const __m256i right = _mm256_set1_epi32(shift > 0 ? 0 : -shift);
  return requantize(x, _mm256_set1_epi32(multiplier), left, right);
}

/** A stored value of an operand of a sum, at the common scale. */
IMPULSEKIT_AVX2 inline __m256i operand(const int8_t* x, int32_t count, int32_t offset, int32_t multiplier, int32_t shift) {
  const __m256i value = _mm256_cvtepi8_epi32(loadBytes(x, count));
  return requantize(_mm256_slli_epi32(_mm256_add_epi32(value, _mm256_set1_epi32(offset)), 20), multiplier, shift);
}

IMPULSEKIT_AVX2 inline void sum(const SumInt8& s, const int8_t* a, const int8_t* b, int8_t* y, int32_t count) {
  for (int32_t i = 0; i < count; i += 8) {
    const __m256i left = operand(a + i, count - i, s.offsetA, s.multiplierA, s.shiftA);
    const __m256i right = operand(b + i, count - i, s.offsetB, s.multiplierB, s.shiftB);
    const __m256i both = s.sign < 0 ? _mm256_sub_epi32(left, right) : _mm256_add_epi32(left, right);
    const __m256i value =
        _mm256_add_epi32(requantize(both, s.outputMultiplier, s.outputShift), _mm256_set1_epi32(s.outputOffset));
    const __m256i bounded = _mm256_max_epi32(_mm256_set1_epi32(s.low), _mm256_min_epi32(_mm256_set1_epi32(s.high), value));
    storeBytes(bounded, count - i, y + i);
  }
}

}  // namespace avx2
}  // namespace nn
}  // namespace impulsekit
