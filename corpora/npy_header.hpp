#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gemel {

enum class NpyType { f16, f32, f64 };
constexpr std::int64_t size_of(NpyType type) {
  return type == NpyType::f16 ? 2 : type == NpyType::f32 ? 4 : 8;
}
/// "f16", "f32" or "f64".
std::string_view name_of(NpyType type);

/// What the header of a NumPy file says: version 1.0, 2.0 or 3.0 (numpy.lib.format).
struct NpyHeader {
  static constexpr std::int64_t kMostRows = std::int64_t{1} << 40, kMostValues = 1 << 20;
  NpyType type = NpyType::f32;
  std::int64_t rows = 0, dimension = 0;
  std::int64_t data = 0;  ///< byte of the file where the rows begin

  std::int64_t row_bytes() const { return dimension * size_of(type); }
};

/// Bytes from the beginning of the file that are enough to know how long the header is.
constexpr std::size_t kNpyPreamble = 12;
/// Length of the header with all that stands before its text. Error naming `file` if `head`, the
/// first kNpyPreamble bytes or the whole file where it is shorter, does not begin like a NumPy
/// file, or if the length is above 1 MiB.
std::size_t npy_header_bytes(const std::string& file, std::string_view head);
/// Reads the header, npy_header_bytes() long. Error naming `file` if it is no array [rows, D] of
/// f16, f32 or f64, little-endian and in C order.
NpyHeader parse_npy_header(const std::string& file, std::string_view header);

}  // namespace gemel
