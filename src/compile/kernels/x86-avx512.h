#pragma once
#if defined(__GNUC__) && !defined(__clang__)
/* GCC 12 takes its own undefined operands for a mistake of ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif
#include "columns.h"
#include "sum.h"

#define IMPULSEKIT_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

namespace impulsekit {
namespace nn {

/*
 * AVX-512 with VNNI: VPDPBUSD adds four products of an unsigned and a signed byte to each of 16 channels. Weights
 * become unsigned by adding 128, and 128 times the sum of the inputs is taken off again.
 */
namespace avx512 {

/** How 16 neighbouring channels are requantised. */
struct Requantizer {
  __m512i bias, multiplier, left, right, offset, low, high;
  __mmask16 channels;
};

IMPULSEKIT_AVX512 inline __m512i multiplyHigh(__m512i a, __m512i b) {
  const __m512i half = _mm512_set1_epi64(1 << 30);
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(a, b), half);
  const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(a, 32), _mm512_srli_epi64(b, 32)), half);
  return _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
}

IMPULSEKIT_AVX512 inline __m512i roundingShift(__m512i x, __m512i exponent) {
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i mask = _mm512_sub_epi32(_mm512_sllv_epi32(one, exponent), one);
  const __m512i threshold = _mm512_add_epi32(_mm512_srli_epi32(mask, 1), _mm512_srli_epi32(x, 31));
  const __mmask16 up = _mm512_cmpgt_epi32_mask(_mm512_and_si512(x, mask), threshold);
  const __m512i floor = _mm512_srav_epi32(x, exponent);
  return _mm512_mask_add_epi32(floor, up, floor, one);
}

IMPULSEKIT_AVX512 inline __m512i saturatingShift(__m512i x, __m512i shift) {
  const __m512i shifted = _mm512_sllv_epi32(x, shift);
  const __mmask16 over = _mm512_cmpneq_epi32_mask(_mm512_srav_epi32(shifted, shift), x);
  const __m512i largest = _mm512_xor_si512(_mm512_srai_epi32(x, 31), _mm512_set1_epi32(INT32_MAX));
  return _mm512_mask_mov_epi32(shifted, over, largest);
}

IMPULSEKIT_AVX512 inline __m512i requantize(__m512i x, __m512i multiplier, __m512i left, __m512i right) {
  return roundingShift(multiplyHigh(saturatingShift(x, left), multiplier), right);
}

IMPULSEKIT_AVX512 inline __m512i atLeastZero(__m512i x) { return _mm512_max_epi32(x, _mm512_setzero_si512()); }

IMPULSEKIT_AVX512 inline __mmask16 lanes(int32_t count) {
  return static_cast<__mmask16>(count >= 16 ? 0xffffu : (1u << count) - 1u);
}

IMPULSEKIT_AVX512 inline Requantizer requantizer(const Rescale& r, int32_t channels, int32_t channel) {
  Requantizer q;
  q.channels = lanes(channels - channel);
  q.bias = _mm512_maskz_loadu_epi32(q.channels, r.bias + channel);
  __m512i shift = _mm512_set1_epi32(r.shifts[0]);
  q.multiplier = _mm512_set1_epi32(r.multipliers[0]);
  if (r.perChannel) {
    shift = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(q.channels, r.shifts + channel));
    q.multiplier = _mm512_maskz_loadu_epi32(q.channels, r.multipliers + channel);
  }
  q.left = atLeastZero(shift);
  q.right = atLeastZero(_mm512_sub_epi32(_mm512_setzero_si512(), shift));
  q.offset = _mm512_set1_epi32(r.outputOffset);
  q.low = _mm512_set1_epi32(r.low);
  q.high = _mm512_set1_epi32(r.high);
  return q;
}

IMPULSEKIT_AVX512 inline void store(const Requantizer& q, __m512i sums, int8_t* y) {
  const __m512i scaled = requantize(_mm512_add_epi32(sums, q.bias), q.multiplier, q.left, q.right);
  const __m512i value = _mm512_add_epi32(scaled, q.offset);
  _mm512_mask_cvtepi32_storeu_epi8(y, q.channels, _mm512_max_epi32(q.low, _mm512_min_epi32(q.high, value)));
}

/** Distances to the second, third and fourth block of channels; those that are missing stand for the last one. */
struct Blocks {
  int32_t second, third, fourth;
};

IMPULSEKIT_AVX512 inline Blocks blocks(int32_t channels, int32_t stride) {
  const int32_t last = (channels - 1) / 4;
  const Blocks b = {(last < 1 ? last : 1) * stride, (last < 2 ? last : 2) * stride, (last < 3 ? last : 3) * stride};
  return b;
}

IMPULSEKIT_AVX512 inline __m128i load16(const int8_t* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(static_cast<const void*>(p)));
}

IMPULSEKIT_AVX512 inline __m512i fourLanes(__m128i a, __m128i b, __m128i c, __m128i d) {
  const __m512i ab = _mm512_inserti32x4(_mm512_castsi128_si512(a), b, 1);
  return _mm512_inserti32x4(_mm512_inserti32x4(ab, c, 2), d, 3);
}

IMPULSEKIT_AVX512 inline __m512i unsignedWeights(const int8_t* w, const Blocks& b) {
  const __m512i weights = fourLanes(load16(w), load16(w + b.second), load16(w + b.third), load16(w + b.fourth));
  return _mm512_xor_si512(weights, _mm512_set1_epi8(-128));
}

/** Four inputs, for every channel. */
IMPULSEKIT_AVX512 inline __m512i inputs(const int8_t* x) {
  int32_t word;
  memcpy(&word, x, sizeof word);
  return _mm512_set1_epi32(word);
}

/** -128 times the sum of a column, in every lane. */
IMPULSEKIT_AVX512 inline __m512i correction(const int8_t* x, int32_t bytes) {
  const __m512i factor = _mm512_set1_epi8(-128);
  __m512i sum = _mm512_setzero_si512();
  for (int32_t k = 0; k < bytes; k += 64) {
    const __m512i values = _mm512_maskz_loadu_epi32(lanes((bytes - k) / 4), x + k);
    sum = _mm512_dpbusd_epi32(sum, factor, values);
  }
  return _mm512_set1_epi32(-_mm512_reduce_add_epi32(sum));
}

IMPULSEKIT_AVX512 inline void product(const Product& p, const void* columns, int32_t pixels, int8_t* y, int32_t step) {
  const FourColumns c = fourColumns(p, columns, pixels);
  const int32_t bytes = columnBytes(p.depth);
  const __m512i c0 = correction(c.x[0], bytes), c1 = correction(c.x[1], bytes);
  const __m512i c2 = correction(c.x[2], bytes), c3 = correction(c.x[3], bytes);
  const int8_t* block = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 16, block += 16 * bytes) {
    const Blocks b = blocks(p.channels - channel, 4 * bytes);
    __m512i s0 = c0, s1 = c1, s2 = c2, s3 = c3;
    for (int32_t k = 0; k < bytes; k += 4) {
      const __m512i w = unsignedWeights(block + 4 * k, b);
      s0 = _mm512_dpbusd_epi32(s0, w, inputs(c.x[0] + k));
      s1 = _mm512_dpbusd_epi32(s1, w, inputs(c.x[1] + k));
      s2 = _mm512_dpbusd_epi32(s2, w, inputs(c.x[2] + k));
      s3 = _mm512_dpbusd_epi32(s3, w, inputs(c.x[3] + k));
    }
    const Requantizer q = requantizer(p.rescale, p.channels, channel);
    store(q, s0, y + channel);
    if (pixels > 1) store(q, s1, y + step + channel);
    if (pixels > 2) store(q, s2, y + 2 * step + channel);
    if (pixels > 3) store(q, s3, y + 3 * step + channel);
  }
}

IMPULSEKIT_AVX512 inline void row(const Product& p, const int8_t* x, int8_t* y) {
  const int32_t bytes = columnBytes(p.depth);
  const __m512i start = correction(x, bytes);
  const int8_t* block = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 16, block += 16 * bytes) {
    const Blocks b = blocks(p.channels - channel, 4 * bytes);
    __m512i even = start, odd = _mm512_setzero_si512();
    int32_t k = 0;
    for (; k + 8 <= bytes; k += 8) {
      even = _mm512_dpbusd_epi32(even, unsignedWeights(block + 4 * k, b), inputs(x + k));
      odd = _mm512_dpbusd_epi32(odd, unsignedWeights(block + 4 * k + 16, b), inputs(x + k + 4));
    }
    if (k < bytes) even = _mm512_dpbusd_epi32(even, unsignedWeights(block + 4 * k, b), inputs(x + k));
    store(requantizer(p.rescale, p.channels, channel), _mm512_add_epi32(even, odd), y + channel);
  }
}

/** Four channels each of four taps in every lane, as a lane of weights: the taps of a channel are neighbours. */
IMPULSEKIT_AVX512 inline __m512i byChannel(__m512i v) {
  const __m128i order = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_shuffle_epi8(v, _mm512_broadcast_i32x4(order));
}

IMPULSEKIT_AVX512 inline __m512i tapInputs(const int8_t* const* taps, int32_t count, int32_t channel, __mmask16 channels) {
  const __m128i a = _mm_maskz_loadu_epi8(channels, taps[0] + channel);
  const __m128i b = _mm_maskz_loadu_epi8(channels, taps[1] + channel);
  const __m128i c = count > 2 ? _mm_maskz_loadu_epi8(channels, taps[2] + channel) : a;
  const __m128i d = count > 2 ? _mm_maskz_loadu_epi8(channels, taps[3] + channel) : b;
  const __m512i lanes = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return byChannel(_mm512_permutexvar_epi32(lanes, fourLanes(a, b, c, d)));
}

/** Weights of four taps, or of the last two and zeros. */
IMPULSEKIT_AVX512 inline __m512i tapWeights(const int8_t* w, const Blocks& b, int32_t count) {
  const __mmask8 taps = count > 2 ? 0xf : 0x3;
  const __m512i weights =
      fourLanes(_mm_maskz_loadu_epi32(taps, w), _mm_maskz_loadu_epi32(taps, w + b.second),
                _mm_maskz_loadu_epi32(taps, w + b.third), _mm_maskz_loadu_epi32(taps, w + b.fourth));
  return _mm512_xor_si512(byChannel(weights), _mm512_set1_epi8(-128));
}

IMPULSEKIT_AVX512 inline void depthwise(const DepthwiseProduct& p, const int8_t* const* taps, int8_t* y) {
  const __m512i offset = _mm512_set1_epi8(-128);
  const int8_t* block = p.weights;
  for (int32_t channel = 0; channel < p.channels; channel += 16, block += 16 * p.taps) {
    const Requantizer q = requantizer(p.rescale, p.channels, channel);
    const Blocks b = blocks(p.channels - channel, 4 * p.taps);
    __m512i sums = _mm512_setzero_si512(), excess = sums;
    for (int32_t tap = 0; tap < p.taps; tap += 4) {
      const __m512i x = tapInputs(taps + tap, p.taps - tap, channel, q.channels);
      sums = _mm512_dpbusd_epi32(sums, tapWeights(block + 4 * tap, b, p.taps - tap), x);
      excess = _mm512_dpbusd_epi32(excess, offset, x);
    }
    store(q, _mm512_sub_epi32(sums, excess), y + channel);
  }
}

IMPULSEKIT_AVX512 inline __m512i requantize(__m512i x, int32_t multiplier, int32_t shift) {
  const __m512i left = _mm512_set1_epi32(shift > 0 ? shift : 0);
  const __m512i right = _mm512_set1_epi32(shift > 0 ? 0 : -shift);
  return requantize(x, _mm512_set1_epi32(multiplier), left, right);
}

/** A stored value of an operand of a sum, at the common scale. */
IMPULSEKIT_AVX512 inline __m512i operand(const int8_t* x, __mmask16 mask, int32_t offset, int32_t multiplier, int32_t shift) {
  const __m512i value = _mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, x));
  return requantize(_mm512_slli_epi32(_mm512_add_epi32(value, _mm512_set1_epi32(offset)), 20), multiplier, shift);
}

IMPULSEKIT_AVX512 inline void sum(const SumInt8& s, const int8_t* a, const int8_t* b, int8_t* y, int32_t count) {
  for (int32_t i = 0; i < count; i += 16) {
    const __mmask16 mask = lanes(count - i);
    const __m512i left = operand(a + i, mask, s.offsetA, s.multiplierA, s.shiftA);
    const __m512i right = operand(b + i, mask, s.offsetB, s.multiplierB, s.shiftB);
    const __m512i both = s.sign < 0 ? _mm512_sub_epi32(left, right) : _mm512_add_epi32(left, right);
    const __m512i value =
        _mm512_add_epi32(requantize(both, s.outputMultiplier, s.outputShift), _mm512_set1_epi32(s.outputOffset));
    const __m512i bounded = _mm512_max_epi32(_mm512_set1_epi32(s.low), _mm512_min_epi32(_mm512_set1_epi32(s.high), value));
    _mm512_mask_cvtepi32_storeu_epi8(y + i, mask, bounded);
  }
}

}  // namespace avx512
}  // namespace nn
}  // namespace impulsekit
