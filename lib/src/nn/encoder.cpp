#include "nn/encoder.hpp"

#include <algorithm>
#include <cassert>
#include <gemel/error.hpp>

#include "nn/encoder_impl.hpp"
#include "nn/initial_values.hpp"

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

}  // namespace

Encoder::Impl::Impl(const EncoderConfig& c, Precision precision, ParameterLayout* shared,
                    const std::string& prefix)
    : config(validated(c)),
      layout(shared ? *shared : own),
      first_parameter(static_cast<int>(layout.all().size())),
      body(make_body(config, precision, layout, prefix)) {
  const std::int64_t pooled = config.pooled_size(), size = config.projection_size;
  if (size > 0) {
    projection_weight = layout.add(prefix + "projection.weight", {pooled, size});
    projection_bias = layout.add(prefix + "projection.bias", {size},
                                 ParameterLayout::Traits{.row_sparse = false, .decay = false});
    projection.emplace(pooled, size);
  }
  last_parameter = static_cast<int>(layout.all().size());
}

Encoder::Encoder(const EncoderConfig& config, Precision precision)
    : impl_(std::make_unique<Impl>(config, precision, nullptr, "")) {}
Encoder::Encoder(const EncoderConfig& config, Precision precision, ParameterLayout& shared,
                 const std::string& prefix)
    : impl_(std::make_unique<Impl>(config, precision, &shared, prefix)) {}
Encoder::~Encoder() = default;

const EncoderConfig& Encoder::config() const {
  return impl_->config;
}
const ParameterLayout& Encoder::layout() const {
  return impl_->layout;
}

void Encoder::initialise(ParameterBlock& values, Random& random) const {
  for (int i = impl_->first_parameter; i < impl_->last_parameter; ++i)
    std::ranges::fill(values.values(i), 0.0f);
  impl_->body->initialise(values, random);
  if (impl_->projection)
    fill_uniform(values.values(impl_->projection_weight),
                 glorot(config().pooled_size(), config().projection_size), random);
}

void Encoder::pack(dnn::Context& context, const ParameterBlock& values, bool training,
                   Packed& packed) const {
  impl_->body->pack(context, values, training, state_of(packed).body);
}

void Encoder::forward(dnn::Context& context, const ParameterBlock& values, const Packed& packed,
                      const TokenBatch& batch, MatrixView out, Saved* saved,
                      const DropoutSeed* dropout) const {
  assert(packed.state && out.rows == batch.texts && impl_->gives(out.cols));
  Pass pass{context,          values,
            batch.ids.data(), checked(batch, config().vocabulary_size),
            saved != nullptr, std::nullopt};
  if (dropout) pass.dropout = *dropout;
  const ObjectPool<Scratch>::Lease scratch(impl_->scratch_pool);
  Saved::State& state = state_of(saved ? *saved : scratch->inference);
  state.dropout = pass.dropout;
  impl_->forward(pass, packed.state->body, state, *scratch, out);
}

double Encoder::backward(dnn::Context& context, const ParameterBlock& values, const Packed& packed,
                         const TokenBatch& batch, Saved& saved, ConstMatrixView dout,
                         GradientBlock& gradients, Accumulator& accumulator,
                         double penalty_weight) const {
  assert(packed.state && saved.state && accumulator.state);
  assert(dout.rows == batch.texts && impl_->gives(dout.cols));
  Saved::State& state = *saved.state;
  const Pass pass{context, values,       batch.ids.data(), checked(batch, config().vocabulary_size),
                  true,    state.dropout};
  const ObjectPool<Scratch>::Lease scratch(impl_->scratch_pool);
  const ConstMatrixView dpooled =
      impl_->finish_rows_backward(pass, state, dout, gradients, *scratch);
  return impl_->body->backward(pass, packed.state->body, state.body, scratch->body, dpooled,
                               penalty_weight, gradients, accumulator.state->body);
}

void Encoder::zero(Accumulator& accumulator) const {
  impl_->body->zero(state_of(accumulator).body);
}

void Encoder::finish(dnn::Context& context, const Accumulator& accumulator,
                     GradientBlock& gradients) const {
  assert(accumulator.state);
  impl_->body->finish(context, accumulator.state->body, gradients);
}

std::vector<std::vector<float>> Encoder::attention(dnn::Context& context,
                                                   const ParameterBlock& values,
                                                   const Packed& packed,
                                                   const TokenBatch& batch) const {
  const auto& pooling = config().pooling;
  if (std::find(pooling.begin(), pooling.end(), Pooling::attention) == pooling.end())
    throw Error("pooling", "has no attention, so there are no weights per token",
                "train a model whose pooling includes attention");
  const Pass pass{context, values,      batch.ids.data(), checked(batch, config().vocabulary_size),
                  false,   std::nullopt};
  const ObjectPool<Scratch>::Lease scratch(impl_->scratch_pool);
  Saved::State& state = state_of(scratch->inference);
  const std::int64_t width = config().pooled_size(), heads = config().attention_heads;
  state.pooled.reserve_discard(static_cast<std::size_t>(batch.texts * width));
  impl_->body->forward(pass, packed.state->body, state.body, scratch->body,
                       {state.pooled.data(), batch.texts, width});
  const float* weights = impl_->body->attention_weights(state.body);
  std::vector<std::vector<float>> result(static_cast<std::size_t>(batch.texts));
  for (int n = 0; n < batch.texts; ++n)
    for (std::int64_t k = 0; k < heads; ++k)
      for (int t = 0; t < pass.batch.lengths[n]; ++t)
        result[static_cast<std::size_t>(n)].push_back(weights[pass.batch.row(t, n) * heads + k]);
  return result;
}

}  // namespace gemel::nn
