#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer.hpp"

namespace gemel {

/// The distinct texts of a call, tokenized.
struct TokenizedTexts {
  std::vector<std::int64_t> source;            // [texts] the distinct text that stands for each
  std::vector<std::int64_t> first;             // [distinct] where each distinct text came first
  std::vector<std::vector<std::int32_t>> ids;  // [distinct], each of 1 to max_tokens ids
  std::int64_t tokens = 0;
  std::int64_t truncated = 0;
};

/// @param texts   views that live as long as the call
/// @param threads that tokenize
TokenizedTexts tokenize_texts(const Tokenizer&, std::span<const std::string_view> texts,
                              int max_tokens, int threads);

/// The same, to be cut into batches.
struct TextBatches : TokenizedTexts {
  std::vector<std::int64_t> order;  // [distinct] see cut_batches()
  std::vector<std::int64_t> begin;  // [batches + 1] places in `order`

  std::int64_t batches() const { return static_cast<std::int64_t>(begin.size()) - 1; }
};

struct BatchLimits {
  int max_tokens = 256;
  int texts = 48;   // texts a batch
  int threads = 1;  // that tokenize and sort
  int lengths = 4;  // that are taken for equal: 1 where texts are padded, or share nothing
};

/// Texts of like length are batched together, the longest first, those that begin alike
/// beside each other: batches shrink little, and the engine reads once what texts share.
void cut_batches(const BatchLimits&, TextBatches&);
/// Both at once.
TextBatches make_batches(const Tokenizer&, std::span<const std::string_view> texts,
                         const BatchLimits&);

}  // namespace gemel
