#pragma once
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/aligned.hpp"
#include "dnn/context.hpp"
#include "nn/attention.hpp"
#include "nn/bf16.hpp"
#include "nn/bilstm.hpp"
#include "nn/dropout.hpp"
#include "nn/encoder.hpp"
#include "nn/pooling.hpp"

namespace gemel::nn {

struct Encoder::Packed::State {
  std::vector<BiLstm::Packed> layers;  // [L]
};

struct Encoder::Saved::State {
  std::vector<BiLstm::Tape> layers;  // [L], in inference at most 2, taken in turn
  Attention::Tape attention;
  AlignedBuffer<std::int32_t> argmax;  // [N, 2H], of max pooling
  AlignedBuffer<float> pooled;         // [N, P], the projection's input
  AlignedBuffer<float> unit;           // [N, D], the output, for unit length
  AlignedBuffer<float> norms;          // [N]
  std::optional<DropoutSeed> dropout;
};

struct Encoder::Accumulator::State {
  std::vector<BiLstm::Accumulator> layers;  // [L]
};

/// What a pass needs and nobody reads afterwards; buffers grow only.
struct Scratch {
  AlignedBuffer<float> row;                // [max(E, 2H)]
  std::array<AlignedBuffer<float>, 2> dy;  // [T, N, H] each
  std::array<AlignedBuffer<float>, 2> dx;  // [T, N, max(E, 2H)] each
  AlignedBuffer<float> dout;               // [N, D]
  AlignedBuffer<float> dpooled;            // [N, P]
  Attention::Scratch attention;
  Encoder::Saved inference;  // in place of the caller's, who wants none
};

/// Hands each running call a scratch of its own and keeps it for the next; as many live as calls
/// ever ran at once. Thread-safe.
class ScratchPool {
 public:
  class Lease {
   public:
    explicit Lease(ScratchPool& pool) : pool_(pool), scratch_(pool.take()) {}
    ~Lease() { pool_.give(std::move(scratch_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Scratch* operator->() { return scratch_.get(); }
    Scratch& operator*() { return *scratch_; }

   private:
    ScratchPool& pool_;
    std::unique_ptr<Scratch> scratch_;
  };

 private:
  std::unique_ptr<Scratch> take();
  void give(std::unique_ptr<Scratch>) noexcept;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch>> idle_;
};

/// Places of parameters in the layout; -1 where the config has none.
struct ParameterIndex {
  struct Lstm {
    int weight_layer, weight_iter, bias;
  };
  int embedding = -1;
  std::vector<std::array<Lstm, 2>> lstm;  // [L], forward and backward
  int attention_weight = -1, attention_bias = -1, attention_vector = -1;
  int projection_weight = -1, projection_bias = -1;
};
ParameterIndex register_parameters(const EncoderConfig&, ParameterLayout&);

/// One batch, resolved: what all passes over it share.
struct Pass {
  dnn::Context& context;
  const ParameterBlock& values;
  const Encoder::Packed::State& packed;
  const std::int32_t* ids;  // [T, N]
  Ragged batch;
};

struct Encoder::Impl {
  Impl(const EncoderConfig&, Precision);

  EncoderConfig config;
  Precision precision;
  ParameterLayout layout;
  ParameterIndex index;
  std::vector<BiLstm> layers;  // [L]
  PoolingLayout pooling;
  std::optional<Attention> attention;
  std::optional<dnn::Linear> projection;
  mutable ScratchPool scratch_pool;

  /// Dropout of a site in this pass; site 0 is the embedding, l the input of layer l, -1 the
  /// output.
  DropoutMask mask(const std::optional<DropoutSeed>&, int site) const;
  Attention::Parameters attention_parameters(const ParameterBlock&) const;
  std::int64_t widest_input() const;  // max(E, 2H)

  // Real is the compute type. Each reads what the one before it left in State.
  template <class Real>
  Directions<const Real> run_layers(const Pass&, bool training, Saved::State&, Scratch&) const;
  template <class Real>
  void pool(const Pass&, Directions<const Real> y, bool training, Saved::State&, Scratch&,
            MatrixView out) const;
  template <class Real>
  void forward(const Pass&, bool training, Saved::State&, Scratch&, MatrixView out) const;
  template <class Real>
  void weigh(const Pass&, Saved::State&, Scratch&) const;
  void finish_rows(const Pass&, bool training, Saved::State&, MatrixView pooled,
                   MatrixView out) const;

  ConstMatrixView finish_rows_backward(const Pass&, Saved::State&, ConstMatrixView dout,
                                       GradientBlock&, Scratch&) const;
  void pool_backward(const Pass&, Saved::State&, ConstMatrixView dpooled, GradientBlock&,
                     Scratch&) const;
  void run_layers_backward(const Pass&, Saved::State&, GradientBlock&, Accumulator::State&,
                           Scratch&) const;
};

}  // namespace gemel::nn
