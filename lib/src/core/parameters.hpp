#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/aligned.hpp"

namespace gemel {

/// One named tensor of a model and its place in every block of that model.
struct ParameterInfo {
  std::string name;                 // e.g. "lstm.0.forward.weight_layer"
  std::vector<std::int64_t> shape;  // row-major
  std::int64_t offset = 0;          // in floats from the block's start, a multiple of 16
  std::int64_t size = 0;            // product of shape
  bool row_sparse = false;          // a batch touches few of its rows (a token embedding)
  bool decay = true;                // subject to weight decay (biases are not)

  std::int64_t rows() const { return shape.front(); }
  std::int64_t row_size() const { return size / shape.front(); }
};

/// The one registry: layers add their parameters, everything that loads, saves, zeroes, clips,
/// optimises or counts walks all().
class ParameterLayout {
 public:
  struct Traits {
    bool row_sparse = false;
    bool decay = true;
  };
  /// @return the parameter's index in all(). Names are unique, shapes positive (asserted).
  int add(std::string name, std::vector<std::int64_t> shape, Traits traits);
  int add(std::string name, std::vector<std::int64_t> shape) {
    return add(std::move(name), std::move(shape), Traits{});
  }
  const std::vector<ParameterInfo>& all() const { return all_; }
  const ParameterInfo& operator[](int index) const { return all_[static_cast<std::size_t>(index)]; }
  /// -1 where no parameter has that name.
  int find(std::string_view name) const;
  /// Floats in a block, padding included.
  std::int64_t block_size() const { return block_size_; }
  /// Number of trainable values, padding excluded.
  std::int64_t count() const;

 private:
  std::vector<ParameterInfo> all_;
  std::int64_t block_size_ = 0;
};

/// One aligned, zero-filled block laid out by a layout (which must outlive it): values, moments…
class ParameterBlock {
 public:
  explicit ParameterBlock(const ParameterLayout& layout)
      : layout_(&layout), block_(static_cast<std::size_t>(layout.block_size())) {}
  float* data(int index) { return block_.data() + (*layout_)[index].offset; }
  const float* data(int index) const { return block_.data() + (*layout_)[index].offset; }
  std::span<float> values(int index) {
    return {data(index), static_cast<std::size_t>((*layout_)[index].size)};
  }
  std::span<const float> values(int index) const {
    return {data(index), static_cast<std::size_t>((*layout_)[index].size)};
  }
  std::span<float> all() { return block_.span(); }
  std::span<const float> all() const { return block_.span(); }
  const ParameterLayout& layout() const { return *layout_; }

 private:
  const ParameterLayout* layout_;
  AlignedBuffer<float> block_;
};

/// Gradients. Row-sparse parameters remember which rows were touched, so that zeroing, merging and
/// the optimiser walk only those. Not thread-safe: one block a worker, merged afterwards.
class GradientBlock : public ParameterBlock {
 public:
  explicit GradientBlock(const ParameterLayout& layout);
  /// Must precede writing into row `row` of a row-sparse parameter; returns that row.
  float* touch_row(int index, std::int64_t row);
  /// Rows touched since the last zero(), in order of first touch.
  const std::vector<std::int32_t>& touched_rows(int index) const {
    return touched_[static_cast<std::size_t>(index)].rows;
  }
  /// Adds another block of the same layout.
  void add(const GradientBlock& other);
  /// Sum of squares over all parameters, in double.
  double squared_norm() const;
  void zero();

 private:
  struct Touched {
    std::vector<std::int32_t> rows;
    std::vector<std::uint8_t> seen;  // [rows of the parameter]
  };
  template <class Visit>
  void for_each_live_span(Visit&& visit) const;
  std::vector<Touched> touched_;
};

}  // namespace gemel
