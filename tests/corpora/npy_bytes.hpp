#pragma once
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>

namespace gemel::testing {

/// The bytes of little-endian values as they lie in a file.
template <class T>
std::string bytes_of(std::initializer_list<T> values) {
  std::string bytes;
  for (const T value : values) {
    char one[sizeof(T)];
    std::memcpy(one, &value, sizeof one);
    bytes.append(one, sizeof one);
  }
  return bytes;
}

/// A NumPy file of format version `major`.0, by numpy.lib.format: magic, version, length in two
/// bytes (1.0) or four, the dictionary padded to a multiple of 64, the data.
inline std::string npy_bytes(std::string_view dictionary, std::string_view data, int major = 1) {
  const std::size_t before = major == 1 ? 10 : 12;
  const std::size_t whole = (before + dictionary.size() + 1 + 63) / 64 * 64;
  std::string bytes("\x93NUMPY");
  bytes += static_cast<char>(major);
  bytes += '\0';
  for (std::size_t i = 0, length = whole - before; i < before - 8; ++i, length /= 256)
    bytes += static_cast<char>(length % 256);
  bytes += dictionary;
  bytes.resize(whole - 1, ' ');
  return bytes + "\n" + std::string(data);
}

/// '<f4' of the shape "ROWS, D".
inline std::string npy_f32(const std::string& shape, std::initializer_list<float> values) {
  return npy_bytes("{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }",
                   bytes_of(values));
}

}  // namespace gemel::testing
