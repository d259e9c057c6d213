#pragma once
#include <vector>

#include "model/bundle.hpp"
#include "nn/towers.hpp"
#include "tokenizer/tokenizer.hpp"

namespace gemel::app {

/// What each tower makes of a few texts, in f32, for readers of the bundle to compare with.
/// @param values of the model, rounded as they are stored
std::vector<SelfTest> make_self_tests(const nn::Towers&, const ParameterBlock& values,
                                      const Tokenizer&);

}  // namespace gemel::app
