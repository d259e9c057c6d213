#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/encoder_config.hpp"

namespace gemel {

/// One encoder of a siamese model and the name that users call it by.
struct TowerConfig {
  std::string name = "text";  ///< 1 to 32 of a to z, 0 to 9, '-' and '_'
  EncoderConfig encoder;
  bool operator==(const TowerConfig&) const = default;
};

/// Two towers whose embeddings are compared; one tower with itself in a siamese model.
struct TowerLink {
  int a = 0, b = 0;  // indices into ModelConfig::towers
  bool operator==(const TowerLink&) const = default;
};

/// What a pair head reads of its texts: their embeddings, or these and the pooled vectors that the
/// projection made them of, which know more.
enum class HeadInput { embedding, pooled };

std::string_view name(HeadInput);                  ///< "embedding", "pooled"
HeadInput head_input_from_name(std::string_view);  ///< throws Error with the allowed names

/// A siamese model has one tower for all texts; a pseudo-siamese one has two, the first for first
/// texts, the second for second texts; with N towers the i-th text of a row goes to tower i.
struct ModelConfig {
  std::vector<TowerConfig> towers = {TowerConfig{}};  ///< 1 to 16, names differ, one vocabulary
  std::vector<TowerLink> links = {TowerLink{}};       ///< 1 or more, no repeats
  std::int64_t head_size = 0;  ///< hidden units of the pair head; 0 for none, to 4096
  float head_dropout = 0;      ///< probability, on the pair head's hidden units; [0, 1)
  /// pooled needs a projection, and towers of one pooled size.
  HeadInput head_input = HeadInput::embedding;

  /// D, which all towers share.
  std::int64_t sentence_size() const { return towers.front().encoder.sentence_size(); }
  /// W, floats a text that the pair head reads: D, or D + P, the embedding first.
  std::int64_t feature_size() const {
    return sentence_size() +
           (head_input == HeadInput::pooled ? towers.front().encoder.pooled_size() : 0);
  }
  bool siamese() const { return towers.size() == 1; }
  /// Index of a tower by its name; throws Error "tower: 'NAME' is not known; choose among A, B".
  int tower(std::string_view name) const;
  /// The same, but "" is the only tower; throws Error listing the towers where there are several.
  std::size_t chosen_tower(std::string_view name) const;
  /// "question:passage", as --links takes it.
  std::string link_name(std::size_t link) const;
  /// Throws Error naming field, value and allowed range.
  void validate() const;
  bool operator==(const ModelConfig&) const = default;
};

/// "question:passage,question:title" as links between named towers. Throws Error.
std::vector<TowerLink> links_from_text(const std::vector<TowerConfig>& towers,
                                       std::string_view text);

}  // namespace gemel
