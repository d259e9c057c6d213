#pragma once
#include "search/code_kernel.hpp"

namespace gemel::search {

/// True where this processor multiplies bytes in 512-bit registers (AVX-512 VNNI).
bool vnni_available();
/// code_masks() for such a processor; elsewhere it must not be called.
void vnni_masks(const CodeRows& a, std::int64_t first, std::int64_t count, const CodeGroups& b,
                std::int64_t group, const float* need, std::uint64_t* masks);

}  // namespace gemel::search
