#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/encoder_config.hpp"
#include "core/matrix.hpp"
#include "model/bundle.hpp"

namespace gemel {

struct EmbedderOptions {
  /// Number type of the recurrent products. On 20,000 questions and the English model bf16 moved
  /// an embedding by 0.14 % of its length, int8 by 1.4 % (medians), and neither moved average
  /// precision by 0.01 points. Where the CPU or the encoder lacks one, the next slower is used
  /// (precision() tells); int8 needs an LSTM without attention. Nothing: the fastest that was
  /// measured, by `gemel evaluate --precision`, to cost the model no more than 0.1 points of
  /// average precision.
  std::optional<Precision> precision;
  int threads = 0;     ///< workers of an embed() call that names none; 0 for all cores, to 1024
  int max_tokens = 0;  ///< tokens of a text that are read, 1 to 65,536; 0 for the model's own
  /// Texts that a worker encodes at once, 1 to 4096: rows of a product. Changes speed, never a
  /// vector. Tiles of bytes take 32.
  int batch_texts = 128;
  /// Floats of features that head_probabilities() of texts holds at a time, 1 or more; 256 MB. The
  /// more, the fewer texts are encoded twice.
  std::int64_t feature_floats = std::int64_t{64} << 20;
  bool self_test = false;  ///< after loading, embed the bundle's self-test texts and compare

  void validate() const;  ///< throws Error naming field, value and allowed range
};

/// What one embed() call did.
struct EmbedStatistics {
  std::int64_t texts = 0;
  std::int64_t distinct = 0;   ///< texts encoded; the others are copies
  std::int64_t tokens = 0;     ///< of the distinct texts, after truncation
  std::int64_t truncated = 0;  ///< distinct texts that were longer than max_tokens
  double tokenize_seconds = 0;
  double encode_seconds = 0;
  void add(const EmbedStatistics&);
};

/// Attention weight of one token of a text.
struct TokenAttention {
  std::string token;         ///< the piece as the tokenizer writes it
  float weight = 0;          ///< mean over the heads; the weights of a text sum to 1
  std::vector<float> heads;  // [heads]
};

/// Texts with their embeddings [texts, D], by one tower.
struct EmbeddedTexts {
  std::span<const std::string_view> texts;
  ConstMatrixView embeddings;
  std::size_t tower = 0;
};

/// A trained model ready to embed: immutable weights, one workspace a worker kept in a pool.
/// All const members may be called from any number of threads at once. Moves, does not copy.
///
/// A text's vector is a function of model, text, precision, max_tokens and machine only. Of a text
/// longer than max_tokens only the first max_tokens tokens are read, and only as much of it is
/// tokenized as they take, so that a text of 10 MB costs no more than a long one. Invalid UTF-8
/// counts as whitespace; a text without any token (empty, only spaces) is the tokenizer's empty_id.
class Embedder {
 public:
  /// Errors: Error for an unreadable or damaged bundle, an option out of range, a failed self-test.
  explicit Embedder(const std::string& bundle_path, const EmbedderOptions& = {});
  Embedder(Embedder&&) noexcept;
  Embedder& operator=(Embedder&&) noexcept;
  ~Embedder();

  const Bundle& bundle() const;
  const std::string& path() const;
  Precision precision() const;     ///< the one in use
  std::int64_t dimension() const;  ///< D
  int max_tokens() const;
  /// Index of a tower by its name; "" is the only one. Throws Error listing the towers where the
  /// name is not known, or "" where the model has several.
  std::size_t tower(std::string_view name) const;
  /// Which towers read first and second texts, by a link's name, "question:passage"; "" is the
  /// model's first link. A link may be named the other way round. Throws Error listing the links.
  TowerLink link(std::string_view name) const;

  /// out[texts, D], row i for texts[i]. Equal texts are encoded once.
  /// @param threads 0 for the option's number
  /// @param tower   index into bundle().model.towers; of a siamese model 0
  EmbedStatistics embed(std::span<const std::string_view> texts, std::span<float> out,
                        int threads = 0, std::size_t tower = 0) const;
  std::vector<float> embed(std::string_view text, std::size_t tower = 0) const;  // [D]

  bool has_head() const;
  /// W, floats a text that the pair head reads: D, or more, of which the first D are the embedding.
  std::int64_t feature_size() const;
  /// As embed(), out[texts, W].
  EmbedStatistics features(std::span<const std::string_view> texts, std::span<float> out,
                           int threads = 0, std::size_t tower = 0) const;
  std::vector<float> features(std::string_view text, std::size_t tower = 0) const;  // [W]
  /// The pair head's probability that row i of a and row j of b say the same, for each (i, j) of
  /// `pairs`; symmetric, and of one pair the same bits whatever the others. a, b: [rows, W];
  /// out: [pairs], 0 to 1. Throws Error where the model has no head or a size does not fit.
  /// @param threads 0 for the option's number
  void head_probabilities(ConstMatrixView a, ConstMatrixView b,
                          std::span<const std::pair<std::int32_t, std::int32_t>> pairs,
                          std::span<float> out, int threads = 0) const;
  /// The same of texts whose embeddings are there. Where the head reads more than these, texts that
  /// pairs name are encoded anew, a block of EmbedderOptions::feature_floats at a time.
  void head_probabilities(const EmbeddedTexts& a, const EmbeddedTexts& b,
                          std::span<const std::pair<std::int32_t, std::int32_t>> pairs,
                          std::span<float> out, int threads = 0) const;

  /// Attention pooling's weights. Throws Error where the tower has no attention pooling.
  /// @param tower as of embed()
  std::vector<TokenAttention> attention(std::string_view text, std::size_t tower = 0) const;

  /// Embeds the bundle's self-test texts, each by the tower that made its embedding; throws Error
  /// naming the first whose embedding lies more than 1 % (f32), 5 % (bf16) or 25 % (int8) of its
  /// length away from the stored one.
  void self_test() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gemel
