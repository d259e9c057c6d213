#include "model/bundle_mean.hpp"

#include <cassert>
#include <gemel/error.hpp>
#include <vector>

#include "core/metric.hpp"

namespace gemel {
namespace {

// What computing embeddings depends on; dropout is for training alone.
ModelConfig without_dropout(ModelConfig model) {
  for (TowerConfig& tower : model.towers)
    tower.encoder.dropout_embedding = tower.encoder.dropout_layer = tower.encoder.dropout_output =
        tower.encoder.attention_penalty = 0;
  model.head_dropout = 0;
  return model;
}

void check_same_kind(const BundleFile& first, const BundleFile& other) {
  const Bundle &a = first.bundle(), &b = other.bundle();
  if (a.tokenizer_model != b.tokenizer_model || a.normalizer != b.normalizer)
    throw Error(other.path(), "has another tokenizer than " + first.path(),
                "average models that started from the same one, with 'gemel train --init'");
  if (without_dropout(a.model) != without_dropout(b.model))
    throw Error(other.path(), "is of another shape than " + first.path(),
                "'gemel info' tells what each is");
  if (a.metric != b.metric)
    throw Error(other.path(),
                "compares by " + std::string(name(b.metric)) + ", " + first.path() + " by " +
                    std::string(name(a.metric)),
                "");
}

}  // namespace

void mean_parameters(std::span<const BundleFile> files, ParameterBlock& mean) {
  assert(files.size() >= 2);
  for (const BundleFile& file : files.subspan(1)) check_same_kind(files[0], file);
  std::vector<double> sums(mean.all().size());
  ParameterBlock one(mean.layout());
  for (const BundleFile& file : files) {
    file.load_parameters(one);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += double{one.all()[i]};
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    mean.all()[i] = static_cast<float>(sums[i] / static_cast<double>(files.size()));
}

}  // namespace gemel
