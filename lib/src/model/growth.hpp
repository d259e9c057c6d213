#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "core/model_config.hpp"
#include "core/parameters.hpp"
#include "model/bundle_file.hpp"

namespace gemel {

/// A size that differs between two models, e.g. H 256 and 384.
struct SizeChange {
  std::int64_t from = 0, to = 0;
  bool operator==(const SizeChange&) const = default;
};

/// The embedding, hidden, attention, projection and head sizes that grow from one model to another,
/// of towers one by one where there are as many, else of the first to each; and what a head reads,
/// if it read embeddings before and D stays.
std::vector<SizeChange> growing_sizes(const ModelConfig& from, const ModelConfig& to);

/// Puts a stored tensor into a parameter that has more units (Chen et al. 2016, "Net2Net"): every
/// axis is as long as before or, where it held k blocks of a growing size, k larger blocks, each of
/// which begins with the old one. The last axis is what a layer puts out, the others what it reads.
/// Weights by which old units read new ones become zero; what new units read stays as it is in
/// `values`, the parameter's fresh ones. So a model whose D stays embeds as before, unless
/// it has self-attention, whose scores see new units; these learn from the first step on.
/// @param values of `to`
/// @return false, and nothing is written, where the shapes do not fit
bool take_grown(const StoredTensor&, const ParameterInfo& to, std::span<const SizeChange>,
                std::span<float> values);
/// Whether take_grown() would take it.
bool fits_grown(const StoredTensor&, const ParameterInfo& to, std::span<const SizeChange>);

}  // namespace gemel
