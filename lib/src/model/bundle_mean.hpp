#pragma once
#include <span>

#include "model/bundle_file.hpp"

namespace gemel {

/// The mean of several models' weights, tensor by tensor: a model as fast as one of them that is
/// often better than each (Wortsman et al. 2022, "Model soups"), if all started from the same
/// weights. Sums are taken in double, int8 and bf16 weights as they are read.
/// @param files two or more
/// @param mean of the first one's layout
/// Errors: Error naming the first file that has another tokenizer, metric or shape than the first.
void mean_parameters(std::span<const BundleFile> files, ParameterBlock& mean);

}  // namespace gemel
