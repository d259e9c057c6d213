#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace gemel::train {

/// Vectors that another encoder gave to texts of the training set, to be learned from.
struct Teacher {
  std::int64_t dimension = 0;           // D'; 0 where there is no teacher
  std::vector<std::int32_t> vector_of;  // [texts of the dataset], row of `vectors` or -1
  std::vector<float> vectors;           // [rows, D']
  std::string checksum;                 // of the vectors, 32 hexadecimal digits

  explicit operator bool() const { return dimension > 0; }
  const float* find(std::int64_t text) const {
    const std::int32_t row = vector_of[static_cast<std::size_t>(text)];
    return row < 0 ? nullptr : vectors.data() + row * dimension;
  }
};

}  // namespace gemel::train
