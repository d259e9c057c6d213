#include "infer/text_batches.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "core/hash.hpp"
#include "core/parallel.hpp"
#include "infer/engine/token_order.hpp"

namespace gemel {
namespace {

constexpr std::int64_t kTextsAtOnce = 256;  // texts a worker tokenizes at a time
// Tokens of a batch, padded: a batch of long texts holds fewer, so that memory stays bounded.
constexpr std::int64_t kTokensPerText = 128;

// A table of places in `first`, open to the next slot and at most half full, with the hash
// beside each: the texts are compared only where these are equal.
void find_distinct(std::span<const std::string_view> texts, TokenizedTexts& batches) {
  struct Slot {
    std::uint64_t hash = 0;
    std::int64_t distinct = -1;
  };
  const std::size_t mask = std::bit_ceil(2 * texts.size() + 1) - 1;
  std::vector<Slot> slots(mask + 1);
  batches.source.reserve(texts.size());
  batches.first.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::uint64_t hash = hash64(texts[i]);
    std::size_t at = hash & mask;
    const auto is_other = [&](const Slot& slot) {
      return slot.distinct >= 0 &&
             (slot.hash != hash ||
              texts[static_cast<std::size_t>(
                  batches.first[static_cast<std::size_t>(slot.distinct)])] != texts[i]);
    };
    while (is_other(slots[at])) at = (at + 1) & mask;
    if (slots[at].distinct < 0) {
      slots[at] = {hash, static_cast<std::int64_t>(batches.first.size())};
      batches.first.push_back(static_cast<std::int64_t>(i));
    }
    batches.source.push_back(slots[at].distinct);
  }
}

// One id more than allowed tells a text that fits from one that is cut.
void tokenize(const Tokenizer& tokenizer, std::span<const std::string_view> texts,
              std::size_t max_tokens, int threads, TokenizedTexts& batches) {
  const auto count = static_cast<std::int64_t>(batches.first.size());
  batches.ids.resize(batches.first.size());
  const std::int64_t chunks = (count + kTextsAtOnce - 1) / kTextsAtOnce;
  std::vector<std::int64_t> truncated(static_cast<std::size_t>(chunks));
  parallel_for(threads, chunks, [&](std::int64_t chunk, int) {
    const std::int64_t end = std::min(count, (chunk + 1) * kTextsAtOnce);
    std::vector<std::int32_t> ids;
    for (std::int64_t i = chunk * kTextsAtOnce; i < end; ++i) {
      const std::string_view text =
          texts[static_cast<std::size_t>(batches.first[static_cast<std::size_t>(i)])];
      tokenizer.encode(text, ids, max_tokens + 1);
      if (ids.size() > max_tokens) {
        ids.resize(max_tokens);
        ++truncated[static_cast<std::size_t>(chunk)];
      }
      batches.ids[static_cast<std::size_t>(i)].assign(ids.begin(), ids.end());
    }
  });
  batches.truncated = std::accumulate(truncated.begin(), truncated.end(), std::int64_t{0});
  for (const auto& ids : batches.ids) batches.tokens += static_cast<std::int64_t>(ids.size());
}

// Longest first, so that a batch shrinks little and the last ones to run are the short ones. A
// counting sort.
// @param lengths  so many are a class
// @return [classes + 1] where each class begins in `order`
std::vector<std::size_t> sort_by_length(std::size_t lengths, TextBatches& batches) {
  const auto length_class = [&](const std::vector<std::int32_t>& ids) {
    return ids.size() / lengths;
  };
  std::size_t longest = 0;
  for (const auto& ids : batches.ids) longest = std::max(longest, length_class(ids));
  std::vector<std::size_t> begin(longest + 2);  // by how much shorter than the longest
  for (const auto& ids : batches.ids) ++begin[longest - length_class(ids) + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  std::vector<std::size_t> next = begin;
  batches.order.resize(batches.ids.size());
  for (std::size_t i = 0; i < batches.ids.size(); ++i)
    batches.order[next[longest - length_class(batches.ids[i])]++] = static_cast<std::int64_t>(i);
  return begin;
}

void sort(const BatchLimits& limits, TextBatches& batches) {
  const std::vector<std::size_t> begin =
      sort_by_length(static_cast<std::size_t>(limits.lengths), batches);
  const std::span<std::int64_t> order = batches.order;
  const auto ids = [&](std::int64_t text) -> const std::vector<std::int32_t>& {
    return batches.ids[static_cast<std::size_t>(text)];
  };
  // Those that begin alike beside each other, for the engine reads what they share once.
  parallel_for(limits.threads, std::ssize(begin) - 1, [&](std::int64_t c, int) {
    const std::size_t from = begin[static_cast<std::size_t>(c)];
    infer::sort_by_tokens(
        order.subspan(from, begin[static_cast<std::size_t>(c) + 1] - from),
        [&](std::int64_t text) { return std::ssize(ids(text)); },
        [&](std::int64_t text, std::int64_t t) { return ids(text)[static_cast<std::size_t>(t)]; });
  });
}

void cut(const BatchLimits& limits, TextBatches& batches) {
  const auto count = static_cast<std::int64_t>(batches.order.size());
  batches.begin = {0};
  while (batches.begin.back() < count) {
    const std::int64_t begin = batches.begin.back();
    const auto& ids =
        batches.ids[static_cast<std::size_t>(batches.order[static_cast<std::size_t>(begin)])];
    const std::int64_t longest = (std::ssize(ids) / limits.lengths + 1) * limits.lengths - 1;
    const std::int64_t fitting = std::max<std::int64_t>(1, kTokensPerText * limits.texts / longest);
    batches.begin.push_back(std::min(count, begin + std::min<std::int64_t>(limits.texts, fitting)));
  }
}

}  // namespace

TokenizedTexts tokenize_texts(const Tokenizer& tokenizer, std::span<const std::string_view> texts,
                              int max_tokens, int threads) {
  TokenizedTexts tokenized;
  find_distinct(texts, tokenized);
  tokenize(tokenizer, texts, static_cast<std::size_t>(max_tokens), threads, tokenized);
  return tokenized;
}

void cut_batches(const BatchLimits& limits, TextBatches& batches) {
  sort(limits, batches);
  cut(limits, batches);
}

TextBatches make_batches(const Tokenizer& tokenizer, std::span<const std::string_view> texts,
                         const BatchLimits& limits) {
  TextBatches batches{tokenize_texts(tokenizer, texts, limits.max_tokens, limits.threads), {}, {}};
  cut_batches(limits, batches);
  return batches;
}

}  // namespace gemel
