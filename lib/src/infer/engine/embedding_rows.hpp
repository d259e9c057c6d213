#pragma once
#include <cstdint>
#include <optional>
#include <utility>

#include "model/stored_rows.hpp"

namespace gemel::infer {

/// A token embedding [V, E]: somebody's floats, or rows as the bundle stores them. Thread-safe.
class EmbeddingRows {
 public:
  /// @param matrix must outlive it
  EmbeddingRows(const float* matrix, std::int64_t width) : matrix_(matrix), width_(width) {}
  EmbeddingRows(StoredRows rows, std::int64_t width) : rows_(std::move(rows)), width_(width) {}

  /// @param room [E], where the row is put unless it can be read where it is
  const float* row(std::int32_t id, float* room) const noexcept {
    if (matrix_) return matrix_ + id * width_;
    rows_->read(id, room);
    return room;
  }
  std::int64_t width() const { return width_; }

 private:
  const float* matrix_ = nullptr;
  std::optional<StoredRows> rows_;
  std::int64_t width_;
};

}  // namespace gemel::infer
