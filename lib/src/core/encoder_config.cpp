#include "core/encoder_config.hpp"

#include <algorithm>
#include <array>
#include <gemel/error.hpp>
#include <set>

#include "core/check.hpp"

namespace gemel {
namespace {
constexpr std::array<std::string_view, 4> kKinds = {"lstm", "gru", "cnn", "average"};
constexpr std::array<std::string_view, 4> kPoolings = {"mean", "max", "last", "attention"};
constexpr std::array<std::string_view, 3> kPrecisions = {"f32", "bf16", "int8"};

bool is_recurrent(EncoderKind kind) {
  return kind == EncoderKind::lstm || kind == EncoderKind::gru;
}

template <class Values>
bool has_repeats(const Values& values) {
  return std::set(values.begin(), values.end()).size() != values.size();
}

std::string allowed_poolings(EncoderKind kind) {
  if (kind == EncoderKind::average) return "mean, max";
  return kind == EncoderKind::convolution ? "mean, max, attention" : "mean, max, last, attention";
}

void check_pooling(EncoderKind kind, const std::vector<Pooling>& pooling) {
  const std::string allowed = allowed_poolings(kind);
  if (pooling.empty()) throw Error("pooling", "is empty", "choose among " + allowed);
  if (has_repeats(pooling))
    throw Error("pooling", "names a kind twice", "name each of " + allowed + " once");
  for (const Pooling p : pooling)
    if (allowed.find(name(p)) == std::string::npos)
      throw Error("pooling",
                  "is " + std::string(name(p)) + ", which kind " + std::string(name(kind)) +
                      " does not have",
                  "choose among " + allowed);
}

void check_widths(const std::vector<int>& widths) {
  if (widths.empty()) throw Error("widths", "is empty", "name one or more, 1 to 16");
  for (const int w : widths) check_range("widths", w, 1, 16);
  if (has_repeats(widths)) throw Error("widths", "names a width twice", "name each once");
}

void check_state_attention(int heads, std::int64_t state_size) {
  check_range("state_attention_heads", heads, 0, 64);
  if (heads > 0 && state_size % heads != 0)
    throw Error("state_attention_heads",
                "is " + std::to_string(heads) + ", which does not divide the states' width " +
                    std::to_string(state_size),
                "choose a divisor of " + std::to_string(state_size) + " up to 64, or 0 for none");
}

void check_penalty(const EncoderConfig& c) {
  check_range("attention_penalty", c.attention_penalty, 0.0, 1000.0);
  const bool attends =
      std::find(c.pooling.begin(), c.pooling.end(), Pooling::attention) != c.pooling.end();
  if (c.attention_penalty > 0 && (!attends || c.attention_heads < 2))
    throw Error("attention_penalty", "needs attention heads to tell apart",
                "choose pooling attention with attention_heads 2 or more, or 0 for no penalty");
}
}  // namespace

std::string_view name(EncoderKind k) {
  return kKinds[static_cast<std::size_t>(k)];
}
std::string_view name(Pooling p) {
  return kPoolings[static_cast<std::size_t>(p)];
}
std::string_view name(Precision p) {
  return kPrecisions[static_cast<std::size_t>(p)];
}
EncoderKind encoder_kind_from_name(std::string_view n) {
  return static_cast<EncoderKind>(index_of_name("kind", n, kKinds));
}
Pooling pooling_from_name(std::string_view n) {
  return static_cast<Pooling>(index_of_name("pooling", n, kPoolings));
}
Precision precision_from_name(std::string_view n) {
  return static_cast<Precision>(index_of_name("precision", n, kPrecisions));
}

std::int64_t EncoderConfig::state_size() const {
  if (kind == EncoderKind::average) return embedding_size;
  if (kind == EncoderKind::convolution)
    return static_cast<std::int64_t>(widths.size()) * hidden_size;
  return 2 * hidden_size;
}

std::int64_t EncoderConfig::pooled_size() const {
  if (kind == EncoderKind::average && layers > 0) return hidden_size;
  std::int64_t blocks = 0;
  for (const Pooling p : pooling) blocks += p == Pooling::attention ? attention_heads : 1;
  return blocks * state_size();
}

void EncoderConfig::validate() const {
  check_range("vocabulary_size", vocabulary_size, 8, 1'000'000);
  check_range("embedding_size", embedding_size, 1, 4096);
  check_range("hidden_size", hidden_size, 1, 4096);
  check_range("layers", layers, kind == EncoderKind::average ? 0 : 1, 8);
  check_range("attention_heads", attention_heads, 1, 64);
  check_range("attention_size", attention_size, 1, 4096);
  check_range("projection_size", projection_size, 0, 16384);
  check_range("dropout_embedding", dropout_embedding, 0.0, 0.95);
  check_range("dropout_layer", dropout_layer, 0.0, 0.95);
  check_range("dropout_output", dropout_output, 0.0, 0.95);
  check_pooling(kind, pooling);
  if (shortcut && !is_recurrent(kind))
    throw Error("shortcut", "is on, which kind " + std::string(name(kind)) + " does not have",
                "choose kind lstm or gru, or leave it off");
  check_widths(widths);
  check_state_attention(state_attention_heads, state_size());
  check_penalty(*this);
}

}  // namespace gemel
