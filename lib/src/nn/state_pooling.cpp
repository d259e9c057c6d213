#include "nn/state_pooling.hpp"

#include <cassert>
#include <gemel/error.hpp>

#include "nn/bf16.hpp"
#include "nn/initial_values.hpp"

namespace gemel::nn {
namespace {
constexpr ParameterLayout::Traits kNoDecay{.row_sparse = false, .decay = false};
}

StatePooling::StatePooling(const EncoderConfig& config, ParameterLayout& layout,
                           const std::string& prefix)
    : layout_(config),
      attention_size_(config.attention_size),
      attention_heads_(config.attention_heads) {
  if (config.state_attention_heads > 0)
    throw Error("state_attention_heads", "is not built in", "choose 0");
  if (layout_.attention < 0) return;
  weight_ = layout.add(prefix + "attention.weight", {layout_.states, attention_size_});
  bias_ = layout.add(prefix + "attention.bias", {attention_size_}, kNoDecay);
  vector_ = layout.add(prefix + "attention.vector", {attention_size_, attention_heads_});
  attention_.emplace(layout_.states, attention_size_, config.attention_heads);
}

void StatePooling::initialise(ParameterBlock& values, Random& random) const {
  if (!attention_) return;
  fill_uniform(values.values(weight_), glorot(layout_.states, attention_size_), random);
  fill_uniform(values.values(vector_), glorot(attention_size_, attention_heads_), random);
}

Attention::Parameters StatePooling::attention_parameters(const ParameterBlock& values) const {
  return {values.data(weight_), values.data(bias_), values.data(vector_)};
}

template <class Real>
void StatePooling::forward(const Pass& pass, Directions<const Real> y, Tape& tape, Scratch& scratch,
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
template void StatePooling::forward<float>(const Pass&, Directions<const float>, Tape&, Scratch&,
                                           MatrixView) const;
template void StatePooling::forward<Bf16>(const Pass&, Directions<const Bf16>, Tape&, Scratch&,
                                          MatrixView) const;

double StatePooling::backward(const Pass& pass, Tape& tape, ConstMatrixView dout,
                              [[maybe_unused]] double penalty_weight, Scratch& scratch,
                              GradientBlock& gradients, Directions<float> dy) const {
  assert(penalty_weight == 0);
  pool_states_backward(layout_, pass.batch, dout, tape.argmax.data(), dy);
  if (!attention_) return 0;
  const ConstMatrixView dattention(dout.data + layout_.attention, dout.rows,
                                   layout_.states * attention_heads_, dout.stride);
  attention_->backward(pass.context, attention_parameters(pass.values), pass.batch, tape.attention,
                       dattention, /*dweights=*/nullptr, scratch.attention,
                       {gradients.data(weight_), gradients.data(bias_), gradients.data(vector_)},
                       dy);
  return 0;
}

}  // namespace gemel::nn
