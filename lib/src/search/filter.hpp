#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/aligned.hpp"
#include "core/matrix.hpp"
#include "core/metric.hpp"

namespace gemel::search {

/// Rows of the second set that are looked at together: one bit each of a mask.
constexpr std::int64_t kGroup = 64;
/// Rows of the first set that one task takes.
constexpr std::int64_t kBlock = 512;
/// masks() may write this many more masks than asked for.
constexpr std::int64_t kSpareMasks = 8;

constexpr std::int64_t groups_of(std::int64_t rows) {
  return (rows + kGroup - 1) / kGroup;
}

/// Memory of one worker between calls of masks().
struct Scratch {
  AlignedBuffer<float> floats;
  AlignedBuffer<std::uint8_t> bytes;
};

/// Rules pairs out: a lower bound of how far apart two rows are. Immutable, shared by all workers.
class Filter {
 public:
  virtual ~Filter() = default;
  /// Bit j of masks[r] is cleared only if row first + r of a and row 64 * group + j of b are
  /// further apart than reach[r] (see reach.hpp). Bits past b's last row mean nothing.
  /// @param reach  [count]
  /// @param masks  [count + kSpareMasks]
  virtual void masks(std::int64_t first, std::int64_t count, std::int64_t group,
                     const double* reach, Scratch&, std::uint64_t* masks) const = 0;
  /// Coordinates the bound looks at; 0 if it rules nothing out.
  virtual std::int64_t depth() const = 0;
};

struct FilterRequest {
  Metric metric;
  ConstMatrixView a, b;  // [N, D] and [M, D]; b is a within one set
  bool within;           // one set with itself, every pair once
  double pairs;          // that will be decided
  int threads = 1;
  /// The reach of all rows, or those of some evenly spread ones; asked for once if at all.
  std::function<std::vector<double>()> reaches;
};

/// The filter that promises the shortest search. For few pairs, or a reach that every pair may lie
/// within, that is one that rules nothing out.
std::unique_ptr<Filter> make_filter(const FilterRequest&);
/// The filter for this family of metrics; null if ruling pairs out does not pay.
/// @param reaches  what the request's give
std::unique_ptr<Filter> make_euclidean_filter(const FilterRequest&,
                                              const std::vector<double>& reaches);
std::unique_ptr<Filter> make_manhattan_filter(const FilterRequest&,
                                              const std::vector<double>& reaches);

/// Evenly spread row numbers of [0, rows), at most `count`, ascending.
/// @param phase  0 to 1: where in its stretch of rows each is taken
std::vector<std::int64_t> sample_rows(std::int64_t rows, std::int64_t count, double phase = 0);

/// Mean share of lower bounds that lie within a reach: pairs that are not ruled out.
/// @param reaches  ascending
double share_within(const std::vector<double>& bounds, const std::vector<double>& reaches);

/// What ruling a pair out costs, in processor cycles, roughly.
struct Cost {
  double test;      ///< the fixed part of a test
  double per_unit;  ///< and the part for each 64 coordinates
};
/// What calling distance() and keeping the result costs, in cycles, roughly.
constexpr double decide_cycles(std::int64_t dimension) {
  return 60 + 0.3 * static_cast<double>(dimension);
}

}  // namespace gemel::search
