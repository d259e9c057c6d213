#include <algorithm>
#include <cassert>

#include "nn/encoder.hpp"

namespace gemel::nn {

TokenBatch TokenBatch::from(const std::vector<const std::vector<std::int32_t>*>& texts) {
  TokenBatch batch;
  batch.texts = static_cast<int>(texts.size());
  for (const std::vector<std::int32_t>* text : texts) {
    assert(!text->empty());
    batch.lengths.push_back(static_cast<std::int32_t>(text->size()));
    batch.steps = std::max(batch.steps, batch.lengths.back());
  }
  batch.ids.assign(static_cast<std::size_t>(batch.steps) * texts.size(), 0);
  for (std::size_t n = 0; n < texts.size(); ++n)
    for (std::size_t t = 0; t < texts[n]->size(); ++t)
      batch.ids[t * texts.size() + n] = (*texts[n])[t];
  return batch;
}

}  // namespace gemel::nn
