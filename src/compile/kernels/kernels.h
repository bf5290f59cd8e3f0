#pragma once
#include "portable.h"
#include "sum.h"
#if defined(IMPULSEKIT_KERNELS_X86)
#include "x86.h"
#elif defined(IMPULSEKIT_KERNELS_NEON)
#include "neon.h"
#elif defined(IMPULSEKIT_KERNELS_WASM)
#include "wasm.h"
#elif defined(IMPULSEKIT_KERNELS_CORTEX_M_DSP)
#include "cortex-m-dsp.h"
#elif defined(IMPULSEKIT_KERNELS_ARMV6M)
#include "armv6m.h"
#endif

/**
 * `Small` and `Fast`: the policies of this processor for least flash and for least time; `SmallWide` and `FastWide`: the
 * same for single columns with sums of up to 2^30; `Plain`: its policy for the products that some processors leave to the
 * portable one, in _PLAIN order; `Sums`: how it adds tensors.
 */
namespace impulsekit {
namespace nn {

#if defined(IMPULSEKIT_KERNELS_X86)
typedef X86 Small;
typedef X86 Fast;
typedef X86 SmallWide;
typedef X86 FastWide;
typedef X86 Plain;
typedef X86 Sums;
#elif defined(IMPULSEKIT_KERNELS_NEON)
typedef Neon Small;
typedef Neon Fast;
typedef Neon SmallWide;
typedef Neon FastWide;
typedef Neon Plain;
typedef Neon Sums;
#elif defined(IMPULSEKIT_KERNELS_WASM)
typedef Wasm Small;
typedef Wasm Fast;
typedef Wasm SmallWide;
typedef Wasm FastWide;
typedef Wasm Plain;
typedef PortableSums Sums;
#elif defined(IMPULSEKIT_KERNELS_CORTEX_M_DSP)
typedef CortexMDsp<false> Small;
typedef CortexMDsp<true> Fast;
typedef CortexMDspWide<false> SmallWide;
typedef CortexMDspWide<true> FastWide;
typedef Portable Plain;
typedef CortexMDspSums Sums;
#elif defined(IMPULSEKIT_KERNELS_ARMV6M)
typedef Armv6m<false> Small;
typedef Armv6m<true> Fast;
typedef Armv6m<false> SmallWide;
typedef Armv6m<true> FastWide;
typedef Portable Plain;
typedef Armv6mSums Sums;
#else
typedef Portable Small;
typedef Portable Fast;
typedef Portable SmallWide;
typedef Portable FastWide;
typedef Portable Plain;
typedef PortableSums Sums;
#endif

}  // namespace nn
}  // namespace impulsekit
