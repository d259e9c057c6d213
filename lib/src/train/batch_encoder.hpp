#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "core/matrix.hpp"
#include "dnn/context.hpp"
#include "nn/encoder.hpp"

namespace gemel::train {

/// Runs the shared encoder over the distinct texts of a batch, forward and backward, on several
/// threads. Texts are sorted by length and cut into chunks, chunks are dealt to shards, and every
/// shard has its own gradients, merged in shard order: the thread count cannot change a bit.
class BatchEncoder {
 public:
  using Tokens = std::span<const std::int32_t>;
  struct Work {
    std::int64_t texts = 0, tokens = 0;
    std::int64_t cells = 0;  // token places computed, padding included
  };

  /// What a forward call leaves for backward.
  enum class Keep {
    nothing,  ///< inference
    states,   ///< everything; memory grows with the batch
    texts,    ///< the texts alone: backward computes each chunk a second time, so that memory holds
              ///< one chunk a shard and batches may be as large as the loss bears (Gao et al. 2021,
              ///< "Scaling deep contrastive learning batch size under memory limited setup")
  };

  /// @param shards  1 or more; part of the result, because sums are taken shard by shard
  /// @param threads 1 or more; at most `shards` are used
  BatchEncoder(const nn::Encoder& encoder, int shards, int threads);

  /// Packs new values of the parameters for the calls that follow.
  void pack(const ParameterBlock& values, bool training);
  /// @param pooled whether the pooled vectors follow the embeddings, for a pair head
  /// @return [texts, D] or [texts, D + P], valid until the next call; row i belongs to texts[i]
  ConstMatrixView forward(const ParameterBlock& values, const std::vector<Tokens>& texts, Keep keep,
                          const nn::DropoutSeed* dropout, bool pooled = false);
  /// Back-propagates dout, as wide as what forward gave, through the last forward call, which kept
  /// something.
  /// @param penalty_weight coefficient a text of the encoder's attention penalty
  /// @return the batch's gradients, valid until the next call
  GradientBlock& backward(const ParameterBlock& values, ConstMatrixView dout,
                          double penalty_weight = 0);
  /// Sum over the texts of the attention penalty that the last backward call met, weight left out.
  double penalty() const { return penalty_; }

  const Work& work() const { return work_; }

 private:
  struct Chunk {
    std::vector<std::int32_t> rows;  // places in the caller's list
    nn::TokenBatch tokens;
    nn::Encoder::Saved saved;
    AlignedBuffer<float> vectors;  // [rows, width_]
  };
  struct Shard {
    dnn::Context context;
    nn::Encoder::Accumulator accumulator;
    std::unique_ptr<GradientBlock> gradients;
    std::vector<Chunk> chunks;  // the first `used` hold this batch; the rest keep their memory
    std::size_t used = 0;
    std::int64_t load = 0;
    nn::Encoder::Saved spare;  // of the chunk at work, under Keep::texts
    double penalty = 0;
  };
  void encode(Shard&, Chunk&, const ParameterBlock& values, nn::Encoder::Saved*);
  void deal(const std::vector<Tokens>& texts);
  void for_each_shard(const std::function<void(Shard&)>& task);

  const nn::Encoder* encoder_;
  int threads_;
  std::vector<std::unique_ptr<Shard>> shards_;
  nn::Encoder::Packed packed_;
  AlignedBuffer<float> output_;  // [texts, width_]
  std::int64_t width_ = 0;       // D or D + P
  Work work_;
  Keep keep_ = Keep::nothing;
  std::optional<nn::DropoutSeed> dropout_;
  double penalty_ = 0;
};

}  // namespace gemel::train
