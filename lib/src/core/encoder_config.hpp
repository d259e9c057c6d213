#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gemel {

/// How states [T, N, 2H] become one vector a text. Several are concatenated in the order given.
enum class Pooling { mean, max, last, attention };
/// Compute type of the recurrent work; master weights are f32 either way.
enum class Precision { f32, bf16 };

std::string_view name(Pooling);
std::string_view name(Precision);
Pooling pooling_from_name(std::string_view);      ///< throws Error with the allowed names
Precision precision_from_name(std::string_view);  ///< throws Error with the allowed names

/// The encoder's structure. Append-only: a bundle stores these fields by name.
struct EncoderConfig {
  std::int64_t vocabulary_size = 0;   ///< V, tokens; 8 to 1,000,000
  std::int64_t embedding_size = 256;  ///< E, floats a token; 1 to 4096
  std::int64_t hidden_size = 256;     ///< H, floats a direction; 1 to 4096
  int layers = 1;                     ///< L, bidirectional LSTM layers; 1 to 8
  std::vector<Pooling> pooling = {Pooling::mean, Pooling::max};  ///< one or more, no repeats
  int attention_heads = 1;           ///< heads of attention pooling; 1 to 64
  std::int64_t attention_size = 64;  ///< hidden units of the attention scorer; 1 to 4096
  std::int64_t projection_size = 0;  ///< D of a linear projection after pooling; 0 for none
  bool unit_length = false;          ///< divide the embedding by its Euclidean norm
  float dropout_embedding = 0;       ///< probability, on token embeddings; [0, 1)
  float dropout_layer = 0;           ///< probability, between LSTM layers; [0, 1)
  float dropout_output = 0;          ///< probability, on the pooled vector before projection

  /// Width of the pooled vector, before projection.
  std::int64_t pooled_size() const;
  /// D, floats a sentence embedding.
  std::int64_t sentence_size() const { return projection_size ? projection_size : pooled_size(); }
  /// Throws Error naming field, value and allowed range.
  void validate() const;
  bool operator==(const EncoderConfig&) const = default;
};

}  // namespace gemel
