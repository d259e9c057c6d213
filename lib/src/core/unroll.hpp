#pragma once

/// Unrolls the loop that follows, at -O2 too: sums in small arrays stay in registers only then.
#if defined(__clang__)
#define GEMEL_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define GEMEL_UNROLL _Pragma("GCC unroll 8")
#else
#define GEMEL_UNROLL
#endif
