#include "nn/encoder.hpp"

#include <algorithm>
#include <cassert>
#include <gemel/error.hpp>

#include "nn/encoder_impl.hpp"

namespace gemel::nn {

Encoder::Packed::Packed() = default;
Encoder::Packed::Packed(Packed&&) noexcept = default;
Encoder::Packed& Encoder::Packed::operator=(Packed&&) noexcept = default;
Encoder::Packed::~Packed() = default;
Encoder::Saved::Saved() = default;
Encoder::Saved::Saved(Saved&&) noexcept = default;
Encoder::Saved& Encoder::Saved::operator=(Saved&&) noexcept = default;
Encoder::Saved::~Saved() = default;
Encoder::Accumulator::Accumulator() = default;
Encoder::Accumulator::Accumulator(Accumulator&&) noexcept = default;
Encoder::Accumulator& Encoder::Accumulator::operator=(Accumulator&&) noexcept = default;
Encoder::Accumulator::~Accumulator() = default;

namespace {

template <class Owner>
typename Owner::State& state_of(Owner& owner) {
  if (!owner.state) owner.state = std::make_unique<typename Owner::State>();
  return *owner.state;
}

Ragged checked(const TokenBatch& batch, [[maybe_unused]] std::int64_t vocabulary) {
  assert(batch.texts > 0 && batch.steps > 0);
  assert(batch.lengths.size() == static_cast<std::size_t>(batch.texts));
  const Ragged ragged{batch.steps, batch.texts, batch.lengths.data()};
  assert(batch.ids.size() == static_cast<std::size_t>(ragged.rows()));
#ifndef NDEBUG
  for (int n = 0; n < batch.texts; ++n) {
    assert(ragged.lengths[n] >= 1 && ragged.lengths[n] <= batch.steps);
    for (int t = 0; t < ragged.lengths[n]; ++t) {
      const std::int32_t id = batch.ids[static_cast<std::size_t>(ragged.row(t, n))];
      assert(id >= 0 && id < vocabulary);
    }
  }
#endif
  return ragged;
}

EncoderConfig validated(const EncoderConfig& config) {
  config.validate();
  return config;
}

dnn::LstmParameters lstm_parameters(const ParameterBlock& values,
                                    const ParameterIndex::Lstm& index) {
  return {values.data(index.weight_layer), values.data(index.weight_iter), values.data(index.bias)};
}

dnn::LstmGradients lstm_gradients(GradientBlock& gradients, const ParameterIndex::Lstm& index) {
  return {gradients.data(index.weight_layer), gradients.data(index.weight_iter),
          gradients.data(index.bias)};
}

}  // namespace

std::unique_ptr<Scratch> ScratchPool::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) {
    idle_.reserve(idle_.capacity() + 1);  // so that give() cannot fail
    return std::make_unique<Scratch>();
  }
  std::unique_ptr<Scratch> scratch = std::move(idle_.back());
  idle_.pop_back();
  return scratch;
}

void ScratchPool::give(std::unique_ptr<Scratch> scratch) noexcept {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(scratch));
}

Encoder::Impl::Impl(const EncoderConfig& c, Precision p)
    : config(validated(c)), precision(p), pooling(config) {
  index = register_parameters(config, layout);
  for (int l = 0; l < config.layers; ++l)
    layers.emplace_back(l == 0 ? config.embedding_size : 2 * config.hidden_size, config.hidden_size,
                        precision);
  if (pooling.attention >= 0)
    attention.emplace(config.hidden_size, config.attention_size, config.attention_heads);
  if (config.projection_size > 0) projection.emplace(pooling.width, config.projection_size);
}

Encoder::Encoder(const EncoderConfig& config, Precision precision)
    : impl_(std::make_unique<Impl>(config, precision)) {}
Encoder::~Encoder() = default;

const EncoderConfig& Encoder::config() const {
  return impl_->config;
}
const ParameterLayout& Encoder::layout() const {
  return impl_->layout;
}

void Encoder::pack(dnn::Context& context, const ParameterBlock& values, bool training,
                   Packed& packed) const {
  Packed::State& state = state_of(packed);
  state.layers.resize(impl_->layers.size());
  for (std::size_t l = 0; l < impl_->layers.size(); ++l) {
    const auto& index = impl_->index.lstm[l];
    impl_->layers[l].pack(context, lstm_parameters(values, index[0]),
                          lstm_parameters(values, index[1]), training, state.layers[l]);
  }
}

void Encoder::forward(dnn::Context& context, const ParameterBlock& values, const Packed& packed,
                      const TokenBatch& batch, MatrixView out, Saved* saved,
                      const DropoutSeed* dropout) const {
  assert(packed.state && out.rows == batch.texts && out.cols == config().sentence_size());
  const Pass pass{context, values, *packed.state, batch.ids.data(),
                  checked(batch, config().vocabulary_size)};
  ScratchPool::Lease scratch(impl_->scratch_pool);
  Saved::State& state = state_of(saved ? *saved : scratch->inference);
  state.dropout.reset();
  if (dropout) state.dropout = *dropout;
  if (impl_->precision == Precision::bf16)
    impl_->forward<Bf16>(pass, saved != nullptr, state, *scratch, out);
  else
    impl_->forward<float>(pass, saved != nullptr, state, *scratch, out);
}

void Encoder::backward(dnn::Context& context, const ParameterBlock& values, const Packed& packed,
                       const TokenBatch& batch, Saved& saved, ConstMatrixView dout,
                       GradientBlock& gradients, Accumulator& accumulator) const {
  assert(packed.state && saved.state && accumulator.state);
  assert(dout.rows == batch.texts && dout.cols == config().sentence_size());
  const Pass pass{context, values, *packed.state, batch.ids.data(),
                  checked(batch, config().vocabulary_size)};
  ScratchPool::Lease scratch(impl_->scratch_pool);
  Saved::State& state = *saved.state;
  const ConstMatrixView dpooled =
      impl_->finish_rows_backward(pass, state, dout, gradients, *scratch);
  impl_->pool_backward(pass, state, dpooled, gradients, *scratch);
  impl_->run_layers_backward(pass, state, gradients, *accumulator.state, *scratch);
}

void Encoder::zero(Accumulator& accumulator) const {
  Accumulator::State& state = state_of(accumulator);
  state.layers.resize(impl_->layers.size());
  for (std::size_t l = 0; l < impl_->layers.size(); ++l) impl_->layers[l].zero(state.layers[l]);
}

void Encoder::finish(dnn::Context& context, const Accumulator& accumulator,
                     GradientBlock& gradients) const {
  assert(accumulator.state);
  for (std::size_t l = 0; l < impl_->layers.size(); ++l) {
    const auto& index = impl_->index.lstm[l];
    impl_->layers[l].finish(context, accumulator.state->layers[l],
                            lstm_gradients(gradients, index[0]),
                            lstm_gradients(gradients, index[1]));
  }
}

std::vector<std::vector<float>> Encoder::attention(dnn::Context& context,
                                                   const ParameterBlock& values,
                                                   const Packed& packed,
                                                   const TokenBatch& batch) const {
  if (!impl_->attention)
    throw Error("pooling", "has no attention, so there are no weights per token",
                "train a model whose pooling includes attention");
  const Pass pass{context, values, *packed.state, batch.ids.data(),
                  checked(batch, config().vocabulary_size)};
  ScratchPool::Lease scratch(impl_->scratch_pool);
  Saved::State& state = state_of(scratch->inference);
  state.dropout.reset();
  if (impl_->precision == Precision::bf16)
    impl_->weigh<Bf16>(pass, state, *scratch);
  else
    impl_->weigh<float>(pass, state, *scratch);
  const std::int64_t heads = config().attention_heads;
  std::vector<std::vector<float>> result(static_cast<std::size_t>(batch.texts));
  for (int n = 0; n < batch.texts; ++n)
    for (std::int64_t k = 0; k < heads; ++k)
      for (int t = 0; t < pass.batch.lengths[n]; ++t)
        result[static_cast<std::size_t>(n)].push_back(
            state.attention.weights.data()[pass.batch.row(t, n) * heads + k]);
  return result;
}

}  // namespace gemel::nn
