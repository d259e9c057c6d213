#include "search/code_kernel.hpp"

#include <doctest.h>

#include <cmath>
#include <vector>

#include "core/random.hpp"

using namespace gemel;
using namespace gemel::search;

namespace {

// Plain sums of whole numbers; the test is arranged so that no verdict hangs on rounding.
std::int64_t product(const std::vector<std::int8_t>& u, const std::vector<std::int8_t>& v) {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < u.size(); ++k) sum += std::int64_t{u[k]} * v[k];
  return sum;
}

std::vector<std::int8_t> random_codes(Random& random, std::int64_t depth) {
  std::vector<std::int8_t> codes(static_cast<std::size_t>(depth));
  for (auto& c : codes) c = static_cast<std::int8_t>(static_cast<int>(random.below(255)) - 127);
  return codes;
}

}  // namespace

TEST_CASE("every kernel tells bounds below the need from those above") {
  std::vector<CodeKernel> kernels = {CodeKernel::portable};
  if (best_code_kernel() != CodeKernel::portable) kernels.push_back(best_code_kernel());
  for (const CodeKernel kernel : kernels)
    for (const std::int64_t depth : {4, 64, 1024, 1100, 2304}) {
      Random random(static_cast<std::uint64_t>(depth));
      CodeRows a(13, depth);
      CodeGroups b(70, depth);
      std::vector<std::vector<std::int8_t>> left, right;
      for (int i = 0; i < 13; ++i) {
        left.push_back(random_codes(random, depth));
        a.set(i, left.back().data(), 0.5f, 2.0f, 0.0f);
      }
      for (int j = 0; j < 70; ++j) {
        right.push_back(random_codes(random, depth));
        b.set(j, right.back().data(), 4.0f, 3.0f, 7.0f);
      }
      // 0.5 · 4 · dot + 2 · 3 − 7 = 2 · dot − 1: odd, and the needs are even.
      std::vector<float> need(13 + kSpareMasks);
      for (std::size_t i = 0; i < 13; ++i) need[i] = 1000.0f * (static_cast<float>(i) - 6);
      Scratch scratch;
      std::vector<std::uint64_t> masks(13 + kSpareMasks);
      for (std::int64_t g = 0; g < 2; ++g) {
        code_masks(kernel, a, 2, 11, b, g, need.data(), scratch, masks.data());
        for (std::size_t i = 0; i < 11; ++i)
          for (std::size_t j = 0; j < (g == 0 ? 64 : 6); ++j) {
            const std::int64_t dot =
                product(left[i + 2], right[static_cast<std::size_t>(g) * 64 + j]);
            const bool kept = (masks[i] >> j) & 1;
            CHECK(kept == (2 * dot - 1 >= static_cast<std::int64_t>(need[i])));
          }
      }
    }
}

TEST_CASE("extreme codes do not overflow, and a bound that is no number rules nothing out") {
  for (const CodeKernel kernel : {CodeKernel::portable, best_code_kernel()}) {
    const std::int64_t depth = 4096;
    const std::vector<std::int8_t> high(4096, 127), low(4096, -127);
    CodeRows a(2, depth);
    CodeGroups b(3, depth);
    a.set(0, high.data(), 1, 0, 0);
    a.set(1, low.data(), 1, 0, 0);
    b.set(0, high.data(), 1, 0, 0);
    b.set(1, low.data(), 1, 0, 0);
    b.set(2, high.data(), 1, 0, std::nanf(""));
    // 127² · 4096 = 66,064,384
    const std::vector<float> need(2 + kSpareMasks, 66064000.0f);
    Scratch scratch;
    std::vector<std::uint64_t> masks(2 + kSpareMasks);
    code_masks(kernel, a, 0, 2, b, 0, need.data(), scratch, masks.data());
    CHECK((masks[0] & 7) == 0b101);
    CHECK((masks[1] & 7) == 0b110);
  }
}
