#pragma once

// For the innermost steps, also at -Os: as calls they would move their operands through memory for nothing.
#if defined(__GNUC__)
#define IMPULSEKIT_ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define IMPULSEKIT_ALWAYS_INLINE inline
#endif
