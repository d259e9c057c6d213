#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nn/towers.hpp"
#include "train/batch_encoder.hpp"

namespace gemel::train {

/// Runs each text of a batch through its tower. Towers follow one another; their gradients merge in
/// the towers' order.
class TowerEncoder {
 public:
  /// @param shards, threads as BatchEncoder's
  TowerEncoder(const nn::Towers&, int shards, int threads);

  /// Packs new values of the parameters for the calls that follow.
  void pack(const ParameterBlock& values, bool training);
  /// @param towers [texts], which tower reads each text
  /// @param pooled whether the pooled vectors follow the embeddings, for a pair head
  /// @return [texts, D] or [texts, D + P], valid until the next call
  ConstMatrixView forward(const ParameterBlock& values,
                          const std::vector<BatchEncoder::Tokens>& texts,
                          std::span<const std::int16_t> towers, BatchEncoder::Keep,
                          const nn::DropoutSeed* dropout, bool pooled = false);
  /// Back-propagates dout, as wide as what forward gave, through the last forward call.
  /// @param penalty_share factor of the configs' attention_penalty; the mean over texts where it is
  ///                      1 / texts
  GradientBlock& backward(const ParameterBlock& values, ConstMatrixView dout, double penalty_share);

  std::int64_t sentence_size() const { return model_->config().sentence_size(); }
  /// Of the last forward call, all towers together.
  const BatchEncoder::Work& work() const { return work_; }
  /// Of the last backward call: what the attention penalties add to the loss.
  double penalty() const { return penalty_; }

 private:
  struct Tower {
    BatchEncoder encoder;
    std::vector<std::int32_t> rows;  // places in the caller's list
    AlignedBuffer<float> dout;       // [rows, D or D + P]
  };
  const nn::Towers* model_;
  std::vector<std::unique_ptr<Tower>> towers_;
  AlignedBuffer<float> output_;  // as wide, with more than one tower
  BatchEncoder::Work work_;
  double penalty_ = 0;
};

}  // namespace gemel::train
