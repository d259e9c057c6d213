#include "model/stored_rows.hpp"

#include <algorithm>
#include <cassert>

#include "model/bundle_parser.hpp"

namespace gemel {
namespace {

AlignedBuffer<std::byte> copy_of(std::span<const std::byte> bytes) {
  AlignedBuffer<std::byte> copy(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.data());
  return copy;
}

}  // namespace

StoredRows::StoredRows(const StoredTensor& matrix)
    : data_(copy_of(matrix.data)),
      scales_(copy_of(matrix.scales)),
      matrix_{matrix.name, matrix.type, matrix.shape, data_.span(), scales_.span()},
      width_(matrix.shape.back()) {
  assert(matrix.shape.size() == 2);
}

void StoredRows::read(std::int64_t row, float* out) const noexcept {
  load_elements(matrix_, static_cast<std::size_t>(row * width_),
                {out, static_cast<std::size_t>(width_)});
}

}  // namespace gemel
