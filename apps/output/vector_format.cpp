#include "apps/output/vector_format.hpp"

#include <array>
#include <gemel/error.hpp>

#include "core/check.hpp"

namespace gemel::output {
namespace {
constexpr std::array<std::string_view, 5> kFormats = {"npy", "fvecs", "fbin", "f32", "jsonl"};
}

std::string_view name(VectorFormat f) {
  return kFormats[static_cast<std::size_t>(f)];
}

VectorFormat vector_format_from_name(std::string_view n) {
  return static_cast<VectorFormat>(index_of_name("vector format", n, kFormats));
}

VectorFormat vector_format_of_path(const std::string& path) {
  for (std::size_t i = 0; i < kFormats.size(); ++i)
    if (path.ends_with("." + std::string(kFormats[i]))) return static_cast<VectorFormat>(i);
  throw Error(path, "its ending tells no vector format",
              "give --vector-format npy, fvecs, fbin, f32 or jsonl");
}

bool has_count_in_header(VectorFormat f) {
  return f == VectorFormat::npy || f == VectorFormat::fbin;
}

}  // namespace gemel::output
