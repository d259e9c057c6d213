#pragma once
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/matrix.hpp"
#include "core/random.hpp"

namespace gemel::test {

struct Rows {
  std::int64_t count, dimension;
  std::vector<float> values;  // [count, dimension]
  ConstMatrixView view() const { return {values.data(), count, dimension}; }
  float* row(std::int64_t r) { return values.data() + r * dimension; }
};

/// Points around common centres, a third of them close ones; coordinates of falling weight and an
/// offset, as embeddings have.
inline Rows clustered(std::int64_t count, std::int64_t dimension, std::uint64_t seed) {
  Rows rows{count, dimension, std::vector<float>(static_cast<std::size_t>(count * dimension))};
  for (std::int64_t r = 0; r < count; ++r) {
    Random centre(seed + static_cast<std::uint64_t>(r / 5)),
        own(seed + 7919 * static_cast<std::uint64_t>(r) + 1);
    const double noise = r % 3 == 0 ? 0.2 : 1.0;
    for (std::int64_t k = 0; k < dimension; ++k) {
      const double weight = 1 / std::sqrt(1.0 + static_cast<double>(k) * 0.05);
      rows.row(r)[k] = static_cast<float>(weight * (centre.normal() + noise * own.normal()) + 0.1);
    }
  }
  return rows;
}

/// Small whole numbers: many equal distances, many equal rows, zero rows.
inline Rows coarse(std::int64_t count, std::int64_t dimension, std::uint64_t seed) {
  Rows rows{count, dimension, std::vector<float>(static_cast<std::size_t>(count * dimension))};
  Random random(seed);
  for (std::int64_t r = 0; r < count; ++r) {
    if (r % 4 == 1) {  // as the row before
      std::copy_n(rows.row(r - 1), dimension, rows.row(r));
      continue;
    }
    if (r % 50 == 3) continue;
    for (std::int64_t k = 0; k < dimension; ++k)
      rows.row(r)[k] = random.uniform() < 0.8 ? 0.0f : static_cast<float>(random.below(3)) - 1.0f;
  }
  return rows;
}

/// Zero, tiny, huge and opposite rows among ordinary ones.
inline Rows extreme(std::int64_t count, std::int64_t dimension, std::uint64_t seed) {
  Rows rows = clustered(count, dimension, seed);
  const float factors[] = {0.0f, 1e-20f, 1e-30f, 1e-38f, 1e12f, 1e19f, 3e37f, -1.0f, 1e-8f, 100.0f};
  for (std::int64_t r = 0; r < count; r += 7)
    for (std::int64_t k = 0; k < dimension; ++k) rows.row(r)[k] *= factors[(r / 7) % 10];
  return rows;
}

}  // namespace gemel::test
