#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "core/model_config.hpp"
#include "core/parameters.hpp"
#include "core/random.hpp"
#include "nn/encoder.hpp"
#include "nn/pair_head.hpp"

namespace gemel::nn {

/// The encoders of a model and its pair head, all registered in one layout. The parameters of a
/// siamese model carry the encoder's own names; with more towers each name begins with the tower's
/// and a slash ("passage/embedding.weight"). The head's begin with "head.". Immutable once
/// constructed, but for what a trainer adds to the layout before it makes blocks.
class Towers {
 public:
  Towers(const ModelConfig&, Precision);  ///< validates the config

  const ModelConfig& config() const { return config_; }
  std::size_t size() const { return encoders_.size(); }
  const Encoder& encoder(std::size_t tower) const { return *encoders_[tower]; }
  /// Null where the model has no head.
  const PairHead* head() const { return head_ ? &*head_ : nullptr; }
  const ParameterLayout& layout() const { return *layout_; }
  /// For parameters that only training has, before any block is made.
  ParameterLayout& layout() { return *layout_; }
  void initialise(ParameterBlock& values, Random&) const;

 private:
  ModelConfig config_;
  std::unique_ptr<ParameterLayout> layout_;
  std::vector<std::unique_ptr<Encoder>> encoders_;
  std::optional<PairHead> head_;
};

/// What the names of a tower's parameters begin with.
std::string tower_prefix(const ModelConfig&, std::size_t tower);

}  // namespace gemel::nn
