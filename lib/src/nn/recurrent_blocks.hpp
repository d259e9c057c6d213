#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/parameters.hpp"

namespace gemel::nn {

/// An LSTM's recurrent weights [H, 4, H] in blocks: what 4 units of the state before give to all
/// gates of 16 units. A product leaves out blocks of zeros, so that a model with a third of them
/// zero reads a text in 0.78 of the time, but for tiles of AMX (Narang, Undersander and Diamos
/// 2017, "Block-Sparse Recurrent Neural Networks"; chosen by their norm once, from a trained model
/// that goes on learning without them).
constexpr std::int64_t kBlockStates = 4, kBlockUnits = 16;

/// Whether a parameter of that name, or of a tower's prefix and that name, is recurrent weights.
constexpr bool names_recurrent_weights(std::string_view name) {
  return name.ends_with(".weight_iter");
}

/// Blocks of one tensor, [states, groups]; the last of either may hang over the edge.
struct RecurrentBlocks {
  std::int64_t hidden;  // H
  std::int64_t states() const { return (hidden + kBlockStates - 1) / kBlockStates; }
  std::int64_t groups() const { return (hidden + kBlockUnits - 1) / kBlockUnits; }
  std::int64_t count() const { return states() * groups(); }
};

/// 1 for each block of zeros, [states, groups].
/// @param weight [H, 4, H]
std::vector<char> zero_blocks(const float* weight, std::int64_t hidden);
/// Sets those blocks to zero.
void clear_blocks(float* weight, std::int64_t hidden, const std::vector<char>& blocks);

/// Which blocks of a model's LSTMs are zero: parameters by their index, none without such blocks.
class ZeroBlocks {
 public:
  ZeroBlocks() = default;
  explicit ZeroBlocks(const ParameterBlock& values);
  /// Makes the same blocks of another block of the same layout zero.
  void clear(ParameterBlock&) const;
  std::int64_t count() const { return zero_; }  ///< blocks of zeros
  std::int64_t all() const { return all_; }     ///< blocks of all LSTMs

 private:
  struct Tensor {
    int parameter;
    std::vector<char> blocks;
  };
  std::vector<Tensor> tensors_;
  std::int64_t zero_ = 0, all_ = 0;
};

/// Sets the blocks of smallest norm to zero, as many of each tensor as are `share` of its blocks;
/// blocks of zeros are among them.
/// @param share 0 to 1
void prune_blocks(ParameterBlock& values, double share);

}  // namespace gemel::nn
