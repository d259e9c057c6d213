#include <algorithm>

#include "loss/reconstruction_loss.hpp"
#include "train/objective_work.hpp"

namespace gemel::train {
namespace {

// The batch's distinct tokens, ascending, and for each text the places of its own among them.
struct BatchTokens {
  std::vector<std::int32_t> ids;  // [C]
  loss::ReconstructionTargets targets;
};

BatchTokens batch_tokens(const Batch& batch, const Dataset& data) {
  BatchTokens tokens;
  for (const Batch::Text& text : batch.texts)
    for (const std::int32_t id : data.tokens(text.row)) tokens.ids.push_back(id);
  const auto sort_unique = [](std::vector<std::int32_t>& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  };
  sort_unique(tokens.ids);
  tokens.targets.begin.push_back(0);
  std::vector<std::int32_t> own;
  for (const Batch::Text& text : batch.texts) {
    own.assign(data.tokens(text.row).begin(), data.tokens(text.row).end());
    sort_unique(own);
    for (const std::int32_t id : own)
      tokens.targets.columns.push_back(static_cast<std::int32_t>(
          std::lower_bound(tokens.ids.begin(), tokens.ids.end(), id) - tokens.ids.begin()));
    tokens.targets.begin.push_back(static_cast<std::int64_t>(tokens.targets.columns.size()));
  }
  return tokens;
}

}  // namespace

// The targets are the whole text's tokens, whatever augmentation left out of what was encoded.
void Objective::reconstruction_term(Work& work) {
  const BatchTokens tokens = batch_tokens(work.batch, *data_);
  const auto count = static_cast<std::int64_t>(tokens.ids.size());
  const std::int64_t size = work.vectors.cols;
  std::vector<float> table(static_cast<std::size_t>(count * size));  // [C, D]
  std::vector<float> dtable(table.size());                           // [C, D]
  for (std::int64_t c = 0; c < count; ++c)
    std::copy_n(work.values.data(tokens_) + tokens.ids[static_cast<std::size_t>(c)] * size, size,
                table.data() + c * size);
  const double loss =
      loss::reconstruction_loss(work.vectors, {table.data(), count, size}, tokens.targets,
                                term_gradient(work), {dtable.data(), count, size});
  const float weight = options_->loss.weight(LossTerm::reconstruction);
  for (std::int64_t c = 0; c < count; ++c) {
    float* to = work.own.touch_row(tokens_, tokens.ids[static_cast<std::size_t>(c)]);
    for (std::int64_t k = 0; k < size; ++k)
      to[k] += weight * dtable[static_cast<std::size_t>(c * size + k)];
  }
  collect(work, LossTerm::reconstruction, loss);
}

}  // namespace gemel::train
