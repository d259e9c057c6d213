#include "train/batch_texts.hpp"

#include <algorithm>

#include "core/random.hpp"

namespace gemel::train {
namespace {

// Leaves out each token with probability p, but never all of them.
void drop_tokens(std::vector<std::int32_t>& ids, double p, Random& random) {
  const std::int32_t survivor = ids[random.below(ids.size())];
  std::erase_if(ids, [&](std::int32_t) { return random.uniform() < p; });
  if (ids.empty()) ids.push_back(survivor);
}

}  // namespace

std::vector<std::span<const std::int32_t>> BatchTexts::collect(const TrainOptions& options,
                                                               const Dataset& data,
                                                               const Batch& batch,
                                                               const TrainHooks& hooks,
                                                               std::uint64_t step_seed) {
  const bool samples = options.sample_segmentation > 0 && hooks.sample;
  std::vector<std::span<const std::int32_t>> lists;
  lists.reserve(batch.texts.size());
  if (!samples && options.token_dropout <= 0) {
    for (const std::int32_t row : batch.texts) lists.push_back(data.tokens(row));
    return lists;
  }
  if (own_.size() < batch.texts.size()) own_.resize(batch.texts.size());
  for (std::size_t i = 0; i < batch.texts.size(); ++i) {
    const std::int32_t row = batch.texts[i];
    Random random(step_seed ^ splitmix64(static_cast<std::uint64_t>(row)));
    std::vector<std::int32_t>& ids = own_[i];
    const auto best = data.tokens(row);
    ids.assign(best.begin(), best.end());
    if (samples) {
      ids.clear();
      hooks.sample(data.text(row), random.next(), ids);
      if (ids.size() > static_cast<std::size_t>(options.max_tokens))
        ids.resize(static_cast<std::size_t>(options.max_tokens));
    }
    if (options.token_dropout > 0) drop_tokens(ids, double{options.token_dropout}, random);
    lists.push_back(ids);
  }
  return lists;
}

}  // namespace gemel::train
