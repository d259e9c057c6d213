// Any bytes are either a bundle, whose every element can be read, or an Error. The fingerprint is
// left out: a fuzzer would not get past it, and whoever forges a bundle can compute it.
#include <cstdint>
#include <gemel/error.hpp>
#include <vector>

#include "model/bundle_parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::span<const std::byte> file(reinterpret_cast<const std::byte*>(data), size);
    const gemel::ParsedBundle parsed = gemel::parse_bundle("input", file);
    float sum = 0;
    for (const gemel::StoredTensor& t : parsed.tensors) {
      std::size_t count = 1;
      for (const std::int64_t extent : t.shape) count *= static_cast<std::size_t>(extent);
      std::vector<float> values(count);
      gemel::load_elements(t, 0, values);
      for (const float value : values) sum += value;
    }
    [[maybe_unused]] volatile float keep = sum;
    gemel::verify_bundle("input", file, parsed);
  } catch (const gemel::Error&) {
  }
  return 0;
}
