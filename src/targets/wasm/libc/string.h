/* What emitted code needs of <string.h>: WebAssembly comes without a C library. */
#ifndef IMPULSEKIT_TARGETS_WASM_LIBC_STRING_H
#define IMPULSEKIT_TARGETS_WASM_LIBC_STRING_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void* memcpy(void* to, const void* from, size_t count);
void* memmove(void* to, const void* from, size_t count);
void* memset(void* to, int value, size_t count);

#ifdef __cplusplus
}
#endif

#endif
