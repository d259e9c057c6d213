#include "core/encoder_config.hpp"

#include <array>
#include <gemel/error.hpp>
#include <set>

#include "core/check.hpp"

namespace gemel {
namespace {
constexpr std::array<std::string_view, 4> kPoolings = {"mean", "max", "last", "attention"};
constexpr std::array<std::string_view, 2> kPrecisions = {"f32", "bf16"};
}  // namespace

std::string_view name(Pooling p) {
  return kPoolings[static_cast<std::size_t>(p)];
}
std::string_view name(Precision p) {
  return kPrecisions[static_cast<std::size_t>(p)];
}
Pooling pooling_from_name(std::string_view n) {
  return static_cast<Pooling>(index_of_name("pooling", n, kPoolings));
}
Precision precision_from_name(std::string_view n) {
  return static_cast<Precision>(index_of_name("precision", n, kPrecisions));
}

std::int64_t EncoderConfig::pooled_size() const {
  std::int64_t blocks = 0;
  for (const Pooling p : pooling) blocks += p == Pooling::attention ? attention_heads : 1;
  return blocks * 2 * hidden_size;
}

void EncoderConfig::validate() const {
  check_range("vocabulary_size", vocabulary_size, 8, 1'000'000);
  check_range("embedding_size", embedding_size, 1, 4096);
  check_range("hidden_size", hidden_size, 1, 4096);
  check_range("layers", layers, 1, 8);
  check_range("attention_heads", attention_heads, 1, 64);
  check_range("attention_size", attention_size, 1, 4096);
  check_range("projection_size", projection_size, 0, 16384);
  check_range("dropout_embedding", dropout_embedding, 0.0, 0.95);
  check_range("dropout_layer", dropout_layer, 0.0, 0.95);
  check_range("dropout_output", dropout_output, 0.0, 0.95);
  if (pooling.empty())
    throw Error("pooling", "is empty", "choose among mean, max, last, attention");
  if (std::set<Pooling>(pooling.begin(), pooling.end()).size() != pooling.size())
    throw Error("pooling", "names a kind twice", "name each of mean, max, last, attention once");
}

}  // namespace gemel
