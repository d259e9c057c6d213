#pragma once
#include <cstddef>
#include <cstdint>

#include "core/aligned.hpp"
#include "model/bundle_file.hpp"

namespace gemel {

/// Rows of a matrix of a bundle, as it stores them, turned into floats one at a time: whoever reads
/// few of them, or each once, does not pay for all as floats. A copy, because a file that somebody
/// cuts short ends every program that still reads it. Immutable, thread-safe.
class StoredRows {
 public:
  /// @param matrix [rows, width]
  explicit StoredRows(const StoredTensor& matrix);

  /// @param out [width], what load_elements() would give
  void read(std::int64_t row, float* out) const noexcept;

 private:
  AlignedBuffer<std::byte> data_, scales_;
  StoredTensor matrix_;  // looks into them
  std::int64_t width_;
};

}  // namespace gemel
