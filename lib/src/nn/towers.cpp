#include "nn/towers.hpp"

namespace gemel::nn {
namespace {

ModelConfig validated(const ModelConfig& config) {
  config.validate();
  return config;
}

}  // namespace

std::string tower_prefix(const ModelConfig& config, std::size_t tower) {
  return config.siamese() ? "" : config.towers[tower].name + "/";
}

Towers::Towers(const ModelConfig& config, Precision precision)
    : config_(validated(config)), layout_(std::make_unique<ParameterLayout>()) {
  for (std::size_t t = 0; t < config_.towers.size(); ++t)
    encoders_.push_back(std::make_unique<Encoder>(config_.towers[t].encoder, precision, *layout_,
                                                  tower_prefix(config_, t)));
  if (config_.head_size > 0)
    head_.emplace(config_.sentence_size(), config_.head_size, *layout_, config_.head_dropout,
                  config_.feature_size() - config_.sentence_size());
}

void Towers::initialise(ParameterBlock& values, Random& random) const {
  for (const auto& encoder : encoders_) encoder->initialise(values, random);
  if (head_) head_->initialise(values, random);
}

}  // namespace gemel::nn
