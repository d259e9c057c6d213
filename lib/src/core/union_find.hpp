#pragma once
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace gemel {

/// Disjoint sets over 0 … n−1; the smallest member names its set, so the result does not depend on
/// the order of the joins.
class UnionFind {
 public:
  explicit UnionFind(std::int32_t n) : parent_(static_cast<std::size_t>(n)) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  std::int32_t find(std::int32_t i) {
    while (parent(i) != i) i = parent(i) = parent(parent(i));  // path halving
    return i;
  }
  /// @return true if i and j were in different sets
  bool join(std::int32_t i, std::int32_t j) {
    i = find(i);
    j = find(j);
    if (i == j) return false;
    if (i > j) std::swap(i, j);
    parent(j) = i;
    return true;
  }

 private:
  std::int32_t& parent(std::int32_t i) { return parent_[static_cast<std::size_t>(i)]; }
  std::vector<std::int32_t> parent_;
};

}  // namespace gemel
