#include "search/difference_kernel.hpp"

#include <doctest.h>

#include <cstdlib>

#include "core/random.hpp"

using namespace gemel;
using namespace gemel::search;

TEST_CASE("every kernel adds up differences of bytes") {
  for (const DifferenceKernel kernel : {DifferenceKernel::portable, best_difference_kernel()})
    for (const std::int64_t depth : {8, 64, 1000}) {
      Random random(static_cast<std::uint64_t>(depth));
      ByteRows a(13, depth);
      ByteGroups b(70, depth);
      std::vector<std::vector<std::uint8_t>> left, right;
      const auto random_row = [&] {
        std::vector<std::uint8_t> row(static_cast<std::size_t>(depth));
        for (auto& code : row) code = static_cast<std::uint8_t>(random.below(256));
        return row;
      };
      for (int i = 0; i < 13; ++i) {
        left.push_back(random_row());
        a.set(i, left.back().data(), 0);
      }
      for (int j = 0; j < 70; ++j) {
        right.push_back(random_row());
        b.set(j, right.back().data(), j);
      }
      const auto sum = [&](std::size_t i, std::size_t j) {
        std::int64_t total = 0;
        for (std::size_t k = 0; k < left[i].size(); ++k)
          total += std::abs(int{left[i][k]} - int{right[j][k]});
        return total;
      };
      // Row 2 + i may be as far as it is from right row i, to the step: that one is in, just.
      std::vector<std::int64_t> limit(11 + kSpareMasks);
      for (std::size_t i = 0; i < 11; ++i) limit[i] = sum(i + 2, i) - static_cast<std::int64_t>(i);
      Scratch scratch;
      std::vector<std::uint64_t> masks(11 + kSpareMasks);
      std::int64_t in = 0;
      for (std::int64_t g = 0; g < 2; ++g) {
        difference_masks(kernel, a, 2, 11, b, g, limit.data(), scratch, masks.data());
        for (std::size_t i = 0; i < 11; ++i)
          for (std::size_t j = 0; j < (g == 0 ? 64 : 6); ++j) {
            const std::size_t column = static_cast<std::size_t>(g) * 64 + j;
            const bool wanted = sum(i + 2, column) <= limit[i] + static_cast<std::int64_t>(column);
            CHECK(((masks[i] >> j) & 1) == wanted);
            in += wanted;
          }
      }
      CHECK(in >= 11);
      CHECK(in < 11 * 70);
    }
}

TEST_CASE("limits beyond every sum let everything in, below none") {
  for (const DifferenceKernel kernel : {DifferenceKernel::portable, best_difference_kernel()}) {
    ByteRows a(1, 8);
    ByteGroups b(64, 8);
    const std::uint8_t high[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    a.set(0, high, 0);
    Scratch scratch;
    std::vector<std::uint64_t> masks(1 + kSpareMasks);
    std::vector<std::int64_t> limit(1 + kSpareMasks, std::int64_t{1} << 40);
    difference_masks(kernel, a, 0, 1, b, 0, limit.data(), scratch, masks.data());
    CHECK(masks[0] == ~std::uint64_t{0});
    limit[0] = 8 * 255 - 1;
    difference_masks(kernel, a, 0, 1, b, 0, limit.data(), scratch, masks.data());
    CHECK(masks[0] == 0);
  }
}
