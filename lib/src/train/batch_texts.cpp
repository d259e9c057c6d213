#include "train/batch_texts.hpp"

#include "core/random.hpp"

namespace gemel::train {
namespace {

void alter(const AugmentationOptions& options, const std::string& text,
           std::span<const std::int32_t> best, const TextCoder& coder, Random& random,
           std::vector<std::int32_t>& ids) {
  const bool samples = options.sample_segmentation > 0 && coder.sample;
  ids.clear();
  if (options.alters_text() && (coder.tokenise || samples)) {
    const std::string altered = augment_text(options, text, random);
    if (samples)
      coder.sample(altered, random.next(), ids);
    else
      coder.tokenise(altered, ids);
  } else if (samples) {
    coder.sample(text, random.next(), ids);
  } else {
    ids.assign(best.begin(), best.end());
  }
}

}  // namespace

std::vector<std::span<const std::int32_t>> BatchTexts::collect(const AugmentationOptions& options,
                                                               int max_tokens, const Dataset& data,
                                                               const Batch& batch,
                                                               const TextCoder& coder,
                                                               std::uint64_t step_seed) {
  std::vector<std::span<const std::int32_t>> lists;
  lists.reserve(batch.texts.size());
  if (own_.size() < batch.texts.size()) own_.resize(batch.texts.size());
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    const Batch::Text& text = batch.texts[i];
    if (text.variant == 0) {
      lists.push_back(data.tokens(text.row));
      continue;
    }
    Random random(step_seed ^ splitmix64(static_cast<std::uint64_t>(text.row) |
                                         static_cast<std::uint64_t>(text.variant - 1) << 32));
    std::vector<std::int32_t>& ids = own_[i];
    alter(options, data.text(text.row), data.tokens(text.row), coder, random, ids);
    if (ids.size() > static_cast<std::size_t>(max_tokens))
      ids.resize(static_cast<std::size_t>(max_tokens));
    if (options.token_dropout > 0) drop_tokens(ids, double{options.token_dropout}, random);
    lists.push_back(ids);
  }
  return lists;
}

}  // namespace gemel::train
