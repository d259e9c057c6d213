#include "infer/engine/tiles.hpp"

#if defined(GEMEL_X86_KERNELS) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace gemel::infer {
#if defined(GEMEL_X86_KERNELS) && defined(__linux__)
namespace {

bool has_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  // Leaf 7, EDX: AMX-BF16, AMX-TILE, AMX-INT8. Every CPU so far has all three or none.
  constexpr unsigned kTiles = 1u << 22 | 1u << 24 | 1u << 25;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & kTiles) == kTiles;
}

bool ask_kernel() {
  constexpr long kAskForState = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM; Linux 5.16
  return syscall(SYS_arch_prctl, kAskForState, kTileData) == 0;
}

}  // namespace

bool may_use_tiles() {
  static const bool may = has_tiles() && ask_kernel();
  return may;
}
#else
bool may_use_tiles() {
  return false;
}
#endif

}  // namespace gemel::infer
