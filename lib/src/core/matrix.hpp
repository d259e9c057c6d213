#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace gemel {

/// Rows of f32 owned by somebody else: [rows, cols], row r starts at data + r * stride.
template <class T>
struct BasicMatrixView {
  T* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t stride = 0;  // elements from one row to the next, >= cols

  BasicMatrixView() = default;
  BasicMatrixView(T* d, std::int64_t r, std::int64_t c) : data(d), rows(r), cols(c), stride(c) {}
  BasicMatrixView(T* d, std::int64_t r, std::int64_t c, std::int64_t s)
      : data(d), rows(r), cols(c), stride(s) {}
  operator BasicMatrixView<const T>() const { return {data, rows, cols, stride}; }

  T* row(std::int64_t r) const {
    assert(r >= 0 && r < rows);
    return data + r * stride;
  }
  std::span<T> row_span(std::int64_t r) const { return {row(r), static_cast<std::size_t>(cols)}; }
};

using MatrixView = BasicMatrixView<float>;
using ConstMatrixView = BasicMatrixView<const float>;

}  // namespace gemel
