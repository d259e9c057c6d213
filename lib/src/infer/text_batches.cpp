#include "infer/text_batches.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "core/hash.hpp"
#include "core/parallel.hpp"

namespace gemel {
namespace {

constexpr std::int64_t kTextsAtOnce = 256;  // texts a worker tokenizes at a time
// Padded tokens of a batch: a batch of long texts holds fewer, so that memory stays bounded.
constexpr std::int64_t kTokensPerText = 256;

struct Hash {
  std::size_t operator()(std::string_view text) const { return hash64(text); }
};

void find_distinct(std::span<const std::string_view> texts, TextBatches& batches) {
  std::unordered_map<std::string_view, std::int64_t, Hash> seen;
  seen.reserve(texts.size());
  batches.source.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto [place, is_new] =
        seen.emplace(texts[i], static_cast<std::int64_t>(batches.first.size()));
    if (is_new) batches.first.push_back(static_cast<std::int64_t>(i));
    batches.source.push_back(place->second);
  }
}

// One id more than allowed tells a text that fits from one that is cut.
void tokenize(const Tokenizer& tokenizer, std::span<const std::string_view> texts,
              const BatchLimits& limits, TextBatches& batches) {
  const auto count = static_cast<std::int64_t>(batches.first.size());
  const auto max_tokens = static_cast<std::size_t>(limits.max_tokens);
  batches.ids.resize(batches.first.size());
  const std::int64_t chunks = (count + kTextsAtOnce - 1) / kTextsAtOnce;
  std::vector<std::int64_t> truncated(static_cast<std::size_t>(chunks));
  parallel_for(limits.threads, chunks, [&](std::int64_t chunk, int) {
    const std::int64_t end = std::min(count, (chunk + 1) * kTextsAtOnce);
    for (std::int64_t i = chunk * kTextsAtOnce; i < end; ++i) {
      const std::string_view text =
          texts[static_cast<std::size_t>(batches.first[static_cast<std::size_t>(i)])];
      std::vector<std::int32_t>& ids = batches.ids[static_cast<std::size_t>(i)];
      tokenizer.encode(text, ids, max_tokens + 1);
      if (ids.size() <= max_tokens) continue;
      ids.resize(max_tokens);
      ++truncated[static_cast<std::size_t>(chunk)];
    }
  });
  batches.truncated = std::accumulate(truncated.begin(), truncated.end(), std::int64_t{0});
  for (const auto& ids : batches.ids) batches.tokens += static_cast<std::int64_t>(ids.size());
}

// Longest first: a batch wastes little on padding, and the last ones to run are the short ones.
void sort_by_length(TextBatches& batches) {
  batches.order.resize(batches.ids.size());
  std::iota(batches.order.begin(), batches.order.end(), 0);
  const auto length = [&](std::int64_t i) {
    return batches.ids[static_cast<std::size_t>(i)].size();
  };
  std::stable_sort(batches.order.begin(), batches.order.end(),
                   [&](std::int64_t a, std::int64_t b) { return length(a) > length(b); });
}

void cut(const BatchLimits& limits, TextBatches& batches) {
  const auto count = static_cast<std::int64_t>(batches.order.size());
  batches.begin = {0};
  while (batches.begin.back() < count) {
    const std::int64_t begin = batches.begin.back();
    const auto longest = static_cast<std::int64_t>(
        batches.ids[static_cast<std::size_t>(batches.order[static_cast<std::size_t>(begin)])]
            .size());
    const std::int64_t fitting = std::max<std::int64_t>(1, kTokensPerText * limits.texts / longest);
    batches.begin.push_back(std::min(count, begin + std::min<std::int64_t>(limits.texts, fitting)));
  }
}

}  // namespace

TextBatches make_batches(const Tokenizer& tokenizer, std::span<const std::string_view> texts,
                         const BatchLimits& limits) {
  TextBatches batches;
  find_distinct(texts, batches);
  tokenize(tokenizer, texts, limits, batches);
  sort_by_length(batches);
  cut(limits, batches);
  return batches;
}

}  // namespace gemel
