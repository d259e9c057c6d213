#pragma once

/// Compiles a hot loop for several instruction sets and picks one at load time. Used on plain
/// functions only. Instruction-set levels, not `arch=haswell` and the like: those match that
/// maker's CPUs only, and every other falls back to the baseline. Off under sanitizers, whose
/// runtimes are not ready when the choice is made, and where the compiler or platform has no such
/// attribute.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(GEMEL_SANITIZED)
#define GEMEL_SIMD_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define GEMEL_SIMD_CLONES
#endif
