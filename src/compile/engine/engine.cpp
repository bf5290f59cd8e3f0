/* The int8 kernels as exports of one WebAssembly module; `scripts/build-engine.mjs` compiles it. */
#include "../ops/common/gather.h"
#include "../ops/common/lookup.h"
#include "../ops/average-pool/op.h"
#include "../ops/concat/op.h"
#include "../ops/conv2d/op.h"
#include "../ops/dense/op.h"
#include "../ops/depthwise-conv2d/op.h"
#include "../ops/gru/op.h"
#include "../ops/lstm/op.h"
#include "../ops/max-pool/op.h"
#include "../ops/mean/op.h"
#include "../ops/mul/op.h"
#include "../ops/pad/op.h"
#include "../ops/quantize/op.h"
#include "../ops/resize-nearest/op.h"
#include "../ops/softmax/op.h"

namespace impulsekit {
namespace nn {

/** Exports a call as "function descriptor inputs", which is what the TypeScript side makes of its wiring. */
#define EXPORT(function, Descriptor, inputs)                                              \
  extern "C" __attribute__((export_name(#function " " #Descriptor " " #inputs))) void \
      function##Descriptor##inputs

EXPORT(conv2dInt8, Conv2dInt8, 1)(const Conv2dInt8& d, const int8_t* x, int8_t* y, void* scratch) {
  conv2dInt8<Fast>(d, x, y, scratch);
}
EXPORT(depthwiseConv2dInt8, DepthwiseConv2dInt8, 1)(const DepthwiseConv2dInt8& d, const int8_t* x, int8_t* y, void* scratch) {
  depthwiseConv2dInt8<Fast>(d, x, y, scratch);
}
EXPORT(lstmInt8, LstmInt8, 1)(const LstmInt8& d, const int8_t* x, int8_t* y, void* scratch) {
  lstmInt8<Fast>(d, x, y, scratch);
}
EXPORT(gruInt8, GruInt8, 1)(const GruInt8& d, const int8_t* x, int8_t* y, void* scratch) {
  const bool resetAfter = d.candidate.recurrentBias != nullptr;
  resetAfter ? gruInt8<Fast, true>(d, x, y, scratch) : gruInt8<Fast, false>(d, x, y, scratch);
}
EXPORT(denseInt8, Product, 1)(const Product& d, const int8_t* x, int8_t* y) { denseInt8<Fast>(d, x, y); }

#define EXPORT_UNARY(function, Descriptor) \
  EXPORT(function, Descriptor, 1)(const Descriptor& d, const int8_t* x, int8_t* y) { function(d, x, y); }

EXPORT_UNARY(averagePool2dInt8, AveragePool2dInt8)
EXPORT_UNARY(maxPool2dInt8, MaxPool2dInt8)
EXPORT_UNARY(meanInt8, MeanInt8)
EXPORT_UNARY(softmaxInt8, SoftmaxInt8)
EXPORT_UNARY(lookupInt8, LookupInt8)
EXPORT_UNARY(gatherInt8, Gather)
EXPORT_UNARY(padInt8, PadInt8)
EXPORT_UNARY(resizeNearestInt8, ResizeNearest)
EXPORT_UNARY(elementwise, SumBroadcastInt8)
EXPORT_UNARY(elementwise, MulBroadcastInt8)

#define EXPORT_PAIR(function, Descriptor)                                                               \
  EXPORT(function, Descriptor, 2)(const Descriptor& d, const int8_t* a, const int8_t* b, int8_t* y) { \
    function(d, a, b, y);                                                                               \
  }

EXPORT_PAIR(elementwise, SumPairsInt8)
EXPORT_PAIR(elementwise, SumBroadcastInt8)
EXPORT_PAIR(elementwise, MulPairsInt8)
EXPORT_PAIR(elementwise, MulBroadcastInt8)

typedef const int8_t* In;
EXPORT(concatInt8, Concat, 1)(const Concat& d, In a, int8_t* y) { concatInt8(d, a, y); }
EXPORT(concatInt8, Concat, 2)(const Concat& d, In a, In b, int8_t* y) { concatInt8(d, a, b, y); }
EXPORT(concatInt8, Concat, 3)(const Concat& d, In a, In b, In c, int8_t* y) { concatInt8(d, a, b, c, y); }
EXPORT(concatInt8, Concat, 4)(const Concat& d, In a, In b, In c, In e, int8_t* y) { concatInt8(d, a, b, c, e, y); }

EXPORT(quantize, Quantization, 1)(const Quantization& d, const float* x, int8_t* y) { quantize(d, x, y); }
EXPORT(dequantize, Quantization, 1)(const Quantization& d, const int8_t* x, float* y) { dequantize(d, x, y); }

}  // namespace nn
}  // namespace impulsekit
