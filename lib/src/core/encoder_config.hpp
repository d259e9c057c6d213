#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/precision.hpp"

namespace gemel {

/// What turns token embeddings into states: a bidirectional LSTM (Hochreiter and Schmidhuber 1997)
/// or GRU (Cho et al. 2014), convolutions of several widths (Kim 2014), or nothing, so that the
/// embeddings themselves are pooled and then fed forward (Iyyer et al. 2015).
enum class EncoderKind { lstm, gru, convolution, average };
/// How states [T, N, S] become one vector a text. Several are concatenated in the order given.
enum class Pooling { mean, max, last, attention };

std::string_view name(EncoderKind);  ///< "lstm", "gru", "cnn", "average"
std::string_view name(Pooling);
std::string_view name(Precision);
EncoderKind encoder_kind_from_name(std::string_view);  ///< throws Error with the allowed names
Pooling pooling_from_name(std::string_view);           ///< throws Error with the allowed names
Precision precision_from_name(std::string_view);       ///< throws Error with the allowed names

/// The encoder's structure. Append-only: a bundle stores these fields by name.
struct EncoderConfig {
  std::int64_t vocabulary_size = 0;   ///< V, tokens; 8 to 1,000,000
  std::int64_t embedding_size = 256;  ///< E, floats a token; 1 to 4096
  /// H: floats a direction, filters a width, or units of a feed-forward layer; 1 to 4096
  std::int64_t hidden_size = 256;
  int layers = 1;  ///< L: recurrent or convolutional, 1 to 8; feed-forward ones of average, 0 to 8
  std::vector<Pooling> pooling = {Pooling::mean, Pooling::max};  ///< one or more, no repeats
  int attention_heads = 1;           ///< heads of attention pooling; 1 to 64
  std::int64_t attention_size = 64;  ///< hidden units of the attention scorer; 1 to 4096
  std::int64_t projection_size = 0;  ///< D of a linear projection after pooling; 0 for none
  bool unit_length = false;          ///< divide the embedding by its Euclidean norm
  float dropout_embedding = 0;       ///< probability, on token embeddings; [0, 1)
  float dropout_layer = 0;           ///< probability, between layers; [0, 1)
  float dropout_output = 0;          ///< probability, on the pooled vector before projection
  EncoderKind kind = EncoderKind::lstm;
  /// Each recurrent layer reads token embedding ‖ outputs of all lower layers (Nie and Bansal
  /// 2017), not the layer below alone; lstm and gru.
  bool shortcut = false;
  std::vector<int> widths = {1, 2, 3};  ///< convolution windows, tokens; 1 to 16, no repeats
  /// Heads of self-attention over the states, before pooling; 0 for none, to 64; divides S.
  int state_attention_heads = 0;
  /// Coefficient of the penalty on attention heads that look at the same tokens (Lin et al. 2017);
  /// 0 for none, to 1000. Needs attention pooling with 2 heads or more.
  float attention_penalty = 0;

  /// S, floats a state: lstm, gru 2H; cnn H a width; average E.
  std::int64_t state_size() const;
  /// P, width of the pooled vector before projection: S a block of pooling, where attention has a
  /// block a head and every other kind one. With average, its feed-forward layers follow the
  /// pooling, and P is H if there are any.
  std::int64_t pooled_size() const;
  /// D, floats a sentence embedding.
  std::int64_t sentence_size() const { return projection_size ? projection_size : pooled_size(); }
  /// Throws Error naming field, value and allowed range.
  void validate() const;
  bool operator==(const EncoderConfig&) const = default;
};

}  // namespace gemel
