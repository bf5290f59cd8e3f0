// SPDX-License-Identifier: Apache-2.0
#ifndef IMPULSEKIT_TARGETS_WASM_EXPORTS_H
#define IMPULSEKIT_TARGETS_WASM_EXPORTS_H

#include <stdint.h>

/// Makes a function visible to JavaScript under this name.
#define IMPULSEKIT_EXPORT(name) extern "C" __attribute__((export_name(name)))

#endif  // IMPULSEKIT_TARGETS_WASM_EXPORTS_H
