#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/normalizer.hpp"

namespace gemel {

/// Text to ids and back. Immutable and thread-safe once constructed. A text's ids depend on nothing
/// but the text and the tokenizer's bytes and mode.
class Tokenizer {
 public:
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

  /// @param bytes what train_tokenizer returned, or a plain sentencepiece model (mode none)
  /// Error "tokenizer: WHAT; ADVICE" if they are damaged or no such model.
  explicit Tokenizer(std::string bytes);
  /// The same with the mode given, whatever the bytes say.
  Tokenizer(std::string bytes, Normalization mode);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  /// V; ids lie in [0, V).
  std::int64_t vocabulary_size() const;
  /// The id that stands for a text without a piece: </s>, or <unk> in a model that has none.
  std::int32_t empty_id() const;
  Normalization normalization() const;
  /// The bytes given to the constructor.
  const std::string& bytes() const;

  /// Replaces `ids` by the best segmentation's ids, at least one ({empty_id()} if the text has no
  /// piece) and at most `max_ids` (from 1). Takes any bytes (invalid UTF-8 counts as whitespace,
  /// or as U+FFFD in mode none). A long text is worked on 32 KiB at a time, and no further than
  /// max_ids needs. A unigram model made by train_tokenizer has a table, of less than 100 bytes a
  /// piece, with which most texts take a fifth of sentencepiece's time; the first that needs
  /// sentencepiece itself waits until that has loaded the model.
  void encode(std::string_view text, std::vector<std::int32_t>& ids,
              std::size_t max_ids = kNoLimit) const;

  /// As encode, with a random segmentation: a function of the model, the text, alpha and seed only.
  /// Unigram (Kudo 2018): P(segmentation) ∝ exp(alpha · score), alpha from 0 (uniform) upwards; 0.1
  /// to 0.5 is usual. BPE (Provilkov et al. 2020): alpha in [0, 1] is the chance to skip a merge,
  /// 0.1 is usual.
  /// Error "alpha: is VALUE; …" outside these ranges.
  void encode_sampled(std::string_view text, double alpha, std::uint64_t seed,
                      std::vector<std::int32_t>& ids, std::size_t max_ids = kNoLimit) const;

  /// The normalised text that `ids` stand for, without a space in front.
  /// Error "token id: is VALUE; allowed is 0 to V-1".
  std::string decode(std::span<const std::int32_t> ids) const;
  /// One piece as text; U+2581 is a space. Error as decode.
  const std::string& piece(std::int32_t id) const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

}  // namespace gemel
