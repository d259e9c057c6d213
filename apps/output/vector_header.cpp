#include "apps/output/vector_header.hpp"

#include <bit>
#include <cstring>
#include <gemel/error.hpp>
#include <limits>

namespace gemel::output {
namespace {

static_assert(std::endian::native == std::endian::little, "vector files are little-endian");
constexpr std::size_t kNpyHeader = 128;  // room for an n of 20 digits and a D of 10

// Magic, version 1.0, length of the rest as uint16; then a Python dictionary, padded with spaces.
std::string npy_header(std::int64_t count, std::int64_t dimension) {
  std::string header("\x93NUMPY\x01\x00\x76\x00", 10);  // 0x76 = 118 = 128 − 10
  header += "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(count) + ", " +
            std::to_string(dimension) + "), }";
  header.resize(kNpyHeader - 1, ' ');
  return header + '\n';
}

std::string fbin_header(std::int64_t count, std::int64_t dimension) {
  if (count > std::numeric_limits<std::uint32_t>::max())
    throw Error("fbin", "cannot count " + std::to_string(count) + " rows in 32 bits",
                "choose the format npy or f32");
  const std::uint32_t sizes[2] = {static_cast<std::uint32_t>(count),
                                  static_cast<std::uint32_t>(dimension)};
  std::string header(sizeof sizes, '\0');
  std::memcpy(header.data(), sizes, sizeof sizes);
  return header;
}

}  // namespace

std::string vector_header(VectorFormat format, std::int64_t count, std::int64_t dimension) {
  if (format == VectorFormat::npy) return npy_header(count, dimension);
  if (format == VectorFormat::fbin) return fbin_header(count, dimension);
  return {};
}

}  // namespace gemel::output
