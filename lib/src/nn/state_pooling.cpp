#include "nn/state_pooling.hpp"

#include "nn/attention_penalty.hpp"
#include "nn/bf16.hpp"
#include "nn/initial_values.hpp"
#include "nn/line_up.hpp"

namespace gemel::nn {
namespace {
constexpr ParameterLayout::Traits kNoDecay{.row_sparse = false, .decay = false};
}

StatePooling::StatePooling(const EncoderConfig& config, ParameterLayout& layout,
                           const std::string& prefix)
    : layout_(config),
      attention_size_(config.attention_size),
      attention_heads_(config.attention_heads) {
  const std::int64_t width = layout_.states;
  if (config.state_attention_heads > 0) {
    query_ = layout.add(prefix + "state_attention.query", {width, width});
    key_ = layout.add(prefix + "state_attention.key", {width, width});
    value_ = layout.add(prefix + "state_attention.value", {width, width});
    output_ = layout.add(prefix + "state_attention.output", {width, width});
    state_attention_.emplace(width, config.state_attention_heads);
  }
  if (layout_.attention < 0) return;
  weight_ = layout.add(prefix + "attention.weight", {width, attention_size_});
  bias_ = layout.add(prefix + "attention.bias", {attention_size_}, kNoDecay);
  vector_ = layout.add(prefix + "attention.vector", {attention_size_, attention_heads_});
  attention_.emplace(width, attention_size_, config.attention_heads);
}

void StatePooling::initialise(ParameterBlock& values, Random& random) const {
  if (state_attention_)
    for (const int i : {query_, key_, value_})
      fill_uniform(values.values(i), glorot(layout_.states, layout_.states), random);
  if (!attention_) return;
  fill_uniform(values.values(weight_), glorot(layout_.states, attention_size_), random);
  fill_uniform(values.values(vector_), glorot(attention_size_, attention_heads_), random);
}

Attention::Parameters StatePooling::attention_parameters(const ParameterBlock& values) const {
  return {values.data(weight_), values.data(bias_), values.data(vector_)};
}

StateAttention::Parameters StatePooling::state_attention_parameters(
    const ParameterBlock& values) const {
  return {values.data(query_), values.data(key_), values.data(value_), values.data(output_)};
}

// States after self-attention, in the reading orders of y.
template <class Real>
Directions<const float> StatePooling::attend(const Pass& pass, Directions<const Real> y, Tape& tape,
                                             Scratch& scratch) const {
  const std::int64_t width = layout_.states;
  scratch.states.reserve_discard(static_cast<std::size_t>(pass.batch.rows() * width));
  float* states = scratch.states.data();
  line_up<Real>(pass.batch, width, y, states);
  state_attention_->forward(pass.context, state_attention_parameters(pass.values), pass.batch,
                            tape.state_attention, scratch.state_attention, states);
  if (!y.backward) return {states, nullptr};
  for (AlignedBuffer<float>& half : scratch.attended)
    half.reserve_discard(static_cast<std::size_t>(pass.batch.rows() * width / 2));
  const Directions<float> apart{scratch.attended[0].data(), scratch.attended[1].data()};
  take_apart(pass.batch, width, states, apart);
  return {apart.forward, apart.backward};
}

template <class Real>
void StatePooling::pool(const Pass& pass, Directions<const Real> y, Tape& tape, Scratch& scratch,
                        MatrixView out) const {
  if (pass.training)
    tape.argmax.reserve_discard(static_cast<std::size_t>(pass.batch.texts * layout_.states));
  pool_states<Real>(layout_, pass.batch, y, out, pass.training ? tape.argmax.data() : nullptr);
  if (!attention_) return;
  attention_->weigh<Real>(pass.context, attention_parameters(pass.values), pass.batch, y,
                          tape.attention, scratch.attention);
  attention_->pool(pass.batch, tape.attention,
                   MatrixView(out.data + layout_.attention, out.rows,
                              layout_.states * attention_heads_, out.stride));
}

template <class Real>
void StatePooling::forward(const Pass& pass, Directions<const Real> y, Tape& tape, Scratch& scratch,
                           MatrixView out) const {
  if (state_attention_)
    pool<float>(pass, attend<Real>(pass, y, tape, scratch), tape, scratch, out);
  else
    pool<Real>(pass, y, tape, scratch, out);
}
template void StatePooling::forward<float>(const Pass&, Directions<const float>, Tape&, Scratch&,
                                           MatrixView) const;
template void StatePooling::forward<Bf16>(const Pass&, Directions<const Bf16>, Tape&, Scratch&,
                                          MatrixView) const;

double StatePooling::pool_backward(const Pass& pass, const Tape& tape, ConstMatrixView dout,
                                   double penalty_weight, Scratch& scratch,
                                   GradientBlock& gradients, Directions<float> dy) const {
  pool_states_backward(layout_, pass.batch, dout, tape.argmax.data(), dy);
  if (!attention_) return 0;
  double penalty = 0;
  const float* dweights = nullptr;
  if (penalty_weight != 0) {
    const int heads = static_cast<int>(attention_heads_);
    scratch.dweights.reserve_discard(static_cast<std::size_t>(pass.batch.rows() * heads));
    penalty = attention_penalty(pass.batch, heads, tape.attention.weights.data(), penalty_weight,
                                scratch.dweights.data());
    dweights = scratch.dweights.data();
  }
  const ConstMatrixView dattention(dout.data + layout_.attention, dout.rows,
                                   layout_.states * attention_heads_, dout.stride);
  attention_->backward(pass.context, attention_parameters(pass.values), pass.batch, tape.attention,
                       dattention, dweights, scratch.attention,
                       {gradients.data(weight_), gradients.data(bias_), gradients.data(vector_)},
                       dy);
  return penalty;
}

double StatePooling::backward(const Pass& pass, Tape& tape, ConstMatrixView dout,
                              double penalty_weight, Scratch& scratch, GradientBlock& gradients,
                              Directions<float> dy) const {
  const double penalty = pool_backward(pass, tape, dout, penalty_weight, scratch, gradients, dy);
  if (!state_attention_) return penalty;
  const std::int64_t width = layout_.states;
  scratch.states.reserve_discard(static_cast<std::size_t>(pass.batch.rows() * width));
  float* dstates = scratch.states.data();
  line_up<float>(pass.batch, width, {dy.forward, dy.backward}, dstates);
  state_attention_->backward(pass.context, state_attention_parameters(pass.values), pass.batch,
                             tape.state_attention, scratch.state_attention,
                             {gradients.data(query_), gradients.data(key_), gradients.data(value_),
                              gradients.data(output_)},
                             dstates);
  take_apart(pass.batch, width, dstates, dy);
  return penalty;
}

}  // namespace gemel::nn
