#pragma once
#include <stdint.h>

// For the application: it brings camera frames to the size of the impulse. What is not called is not linked.
#include "../primitives/resize/resize.h"

namespace impulsekit {
namespace dsp {

/** Pixels as network input: colour or grey, 0..1 in float or -128..127 in int8. */
template <class P>
struct Pixels {
  static constexpr int32_t kScratchBytes = 0;

  template <class In, class Out>
  static void run(In in, Out out, void*) {
    if (!P::kPacked && (!P::kGrey || P::kChannels == 1)) {
      for (int32_t i = 0; i < P::kPixels * P::kChannels; ++i) put(out, i, in[i]);
      return;
    }
    for (int32_t i = 0; i < P::kPixels; ++i) {
      float red, green, blue;
      if (P::kPacked) {
        const uint32_t pixel = packed(in[i]);
        red = static_cast<float>((pixel >> 16) & 255u);
        green = static_cast<float>((pixel >> 8) & 255u);
        blue = static_cast<float>(pixel & 255u);
      } else {
        red = static_cast<float>(in[3 * i]);
        green = static_cast<float>(in[3 * i + 1]);
        blue = static_cast<float>(in[3 * i + 2]);
      }
      if (P::kGrey) {
        out[i] = 0.00117254897f * red + 0.00230196072f * green + 0.000447058817f * blue;
      } else {
        out[3 * i] = red * kByte;
        out[3 * i + 1] = green * kByte;
        out[3 * i + 2] = blue * kByte;
      }
    }
  }

  /**
   * The int8 input of a network with scale 1/255 and zero point -128, without float features: byte - 128, and for grey
   * ((19595 R + 38469 G + 7471 B) >> 16) - 128, which is at most one step below the rounded float features.
   */
  template <class In>
  static void runInt8(In in, int8_t* out) {
    if (!P::kPacked && (!P::kGrey || P::kChannels == 1)) {
      for (int32_t i = 0; i < P::kPixels * P::kChannels; ++i) out[i] = centred(byte(in[i]));
      return;
    }
    for (int32_t i = 0; i < P::kPixels; ++i) {
      uint32_t red, green, blue;
      if (P::kPacked) {
        const uint32_t pixel = packed(in[i]);
        red = (pixel >> 16) & 255u;
        green = (pixel >> 8) & 255u;
        blue = pixel & 255u;
      } else {
        red = byte(in[3 * i]);
        green = byte(in[3 * i + 1]);
        blue = byte(in[3 * i + 2]);
      }
      if (P::kGrey) {
        *out++ = centred((19595u * red + 38469u * green + 7471u * blue) >> 16);
      } else {
        *out++ = centred(red);
        *out++ = centred(green);
        *out++ = centred(blue);
      }
    }
  }

 private:
  template <class Out, class Sample>
  static void put(Out out, int32_t i, Sample value) {
    out[i] = static_cast<float>(value) * kByte;
  }

  /** Bytes that are stored as int8 need no arithmetic where a step of the network is one of a byte. */
  template <class Out>
  static void put(Out out, int32_t i, uint8_t value) {
    putByte(out, i, value);
  }
  static void putByte(float* out, int32_t i, uint8_t value) { out[i] = static_cast<float>(value) * kByte; }
  template <class Out>
  static void putByte(Out out, int32_t i, uint8_t value) {
    if (Out::kStoresBytes) {
      out.store(i, centred(value));
    } else {
      out[i] = static_cast<float>(value) * kByte;
    }
  }

  static constexpr float kByte = 0.00392156886f;  // 1 / 255

  static int8_t centred(uint32_t value) { return static_cast<int8_t>(static_cast<int32_t>(value) - 128); }

  /** The pixel a number stands for; what is no pixel becomes black or white. */
  template <class T>
  static uint32_t packed(T value) {
    return static_cast<uint32_t>(value);
  }
  static uint32_t packed(float value) {
    if (!(value > 0.0f)) return 0;
    return value < 4294967296.0f ? static_cast<uint32_t>(value) : 0xffffffu;
  }

  /** The byte a number stands for, cut off and limited. */
  static uint32_t byte(uint8_t value) { return value; }
  template <class T>
  static uint32_t byte(T value) {
    if (!(value > static_cast<T>(0))) return 0;
    return value < static_cast<T>(255) ? static_cast<uint32_t>(value) : 255u;
  }
};

}  // namespace dsp
}  // namespace impulsekit
