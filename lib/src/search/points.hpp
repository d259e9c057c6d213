#pragma once
#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "core/matrix.hpp"
#include "core/metric.hpp"

namespace gemel::search {

/// Rows as points whose Euclidean distances the search is about: the rows themselves, or their
/// unit vectors for cosine, moved so that their mean lies near the origin.
class Points {
 public:
  /// Takes the centre from evenly spread rows of both sets, [N, D] and [M, D].
  Points(Metric, ConstMatrixView a, ConstMatrixView b);

  /// out [D] becomes the point of `row` [D].
  /// @return false, and zeros, where bounds cannot be trusted with it: a zero vector has no
  ///         direction, squares of tiny or huge numbers do not fit f32, a vector much longer than
  ///         the others would blur them all. Such rows must never be ruled out.
  bool write(const float* row, float* out) const;
  /// How far rounding moves a written point at most.
  double rounding() const { return rounding_; }
  std::int64_t dimension() const { return a_.cols; }

  struct Sample {
    AlignedBuffer<float> values;  // [rows, D]
    std::int64_t rows = 0, cols = 0;
    ConstMatrixView view() const { return {values.data(), rows, cols}; }
  };
  /// At most count + 1 evenly spread points of both sets together; phase as in sample_rows().
  Sample sample(std::int64_t count, double phase) const;

 private:
  bool scale_of(const float* row, double& scale) const;

  Metric metric_;
  ConstMatrixView a_, b_;
  std::vector<float> centre_;  // [D]
  double longest_ = 0;         // length of a row that is trusted, euclidean only
  double rounding_ = 0;
};

}  // namespace gemel::search
