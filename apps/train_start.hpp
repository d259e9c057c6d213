#pragma once
#include <string>

#include "core/parameters.hpp"
#include "nn/recurrent_blocks.hpp"
#include "nn/towers.hpp"
#include "tokenizer/tokenizer.hpp"

namespace gemel::app {

/// What a run begins with from a bundle.
struct BundleStart {
  std::string fingerprint;
  nn::ZeroBlocks zeros;  // that were pruned; none where recurrent weights grow, which learn all
};

/// Fine-tuning: copies the parameters of a bundle that have the same name and shape in the model,
/// or a smaller one that take_grown() widens; those of a bundle with one tower go to every tower.
/// Says what was taken. Throws Error where nothing fits or the tokenizer is another one.
BundleStart start_from_bundle(const std::string& path, const nn::Towers&, const Tokenizer&,
                              ParameterBlock& values);

/// Pre-trained token vectors (word2vec, fastText, GloVe text format) for the tokens of that
/// spelling, scaled to the spread of freshly made ones. Throws Error where their size is not E or
/// no token is known.
/// @return the checksum of what was taken
std::string start_from_token_vectors(const std::string& path, const nn::Towers&, const Tokenizer&,
                                     ParameterBlock& values);

}  // namespace gemel::app
