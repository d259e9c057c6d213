#include <algorithm>
#include <cassert>

#include "nn/encoder_impl.hpp"
#include "nn/rows.hpp"
#include "nn/token_embedding.hpp"
#include "nn/unit_length.hpp"

namespace gemel::nn {
namespace {

std::size_t count(std::int64_t a, std::int64_t b) {
  return static_cast<std::size_t>(a * b);
}
Directions<float> view(std::array<AlignedBuffer<float>, 2>& buffers) {
  return {buffers[0].data(), buffers[1].data()};
}
template <class Real>
Directions<const Real> read_only(Directions<Real> d) {
  return {d.forward, d.backward};
}

}  // namespace

DropoutMask Encoder::Impl::mask(const std::optional<DropoutSeed>& seed, int site) const {
  if (!seed) return {};
  const float rate = site < 0    ? config.dropout_output
                     : site == 0 ? config.dropout_embedding
                                 : config.dropout_layer;
  return rate > 0 ? DropoutMask(seed->value, site, rate) : DropoutMask();
}

Attention::Parameters Encoder::Impl::attention_parameters(const ParameterBlock& values) const {
  return {values.data(index.attention_weight), values.data(index.attention_bias),
          values.data(index.attention_vector)};
}

std::int64_t Encoder::Impl::widest_input() const {
  return std::max(config.embedding_size, 2 * config.hidden_size);
}

// Training keeps every layer's tape; inference alternates between two.
template <class Real>
Directions<const Real> Encoder::Impl::run_layers(const Pass& pass, bool training,
                                                 Saved::State& state, Scratch& scratch) const {
  const std::size_t tapes = training ? layers.size() : std::min<std::size_t>(layers.size(), 2);
  if (state.layers.size() < tapes) state.layers.resize(tapes);
  scratch.row.reserve_discard(static_cast<std::size_t>(widest_input()));
  Directions<const Real> below;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    BiLstm::Tape& tape = state.layers[l % tapes];
    layers[l].reserve(pass.batch, tape);
    const DropoutMask dropout = mask(state.dropout, static_cast<int>(l));
    if (l == 0)
      embed_tokens<Real>(pass.values.data(index.embedding), config.embedding_size, pass.ids,
                         pass.batch, dropout, scratch.row.data(), tape.input<Real>());
    else
      next_layer_input<Real>(below, config.hidden_size, pass.batch, dropout, scratch.row.data(),
                             tape.input<Real>());
    layers[l].forward(pass.context, pass.packed.layers[l], pass.batch, training, tape);
    below = read_only(tape.state<Real>());
  }
  return below;
}

void Encoder::Impl::run_layers_backward(const Pass& pass, Saved::State& state,
                                        GradientBlock& gradients, Accumulator::State& accumulator,
                                        Scratch& scratch) const {
  scratch.row.reserve_discard(static_cast<std::size_t>(widest_input()));
  for (AlignedBuffer<float>& dx : scratch.dx)
    dx.reserve_discard(count(pass.batch.rows(), widest_input()));
  const Directions<float> dy = view(scratch.dy), dx = view(scratch.dx);
  for (std::size_t l = layers.size(); l-- > 0;) {
    layers[l].backward(pass.context, pass.packed.layers[l], pass.batch, read_only(dy),
                       state.layers[l], dx, accumulator.layers[l]);
    const DropoutMask dropout = mask(state.dropout, static_cast<int>(l));
    if (l == 0)
      embed_tokens_backward(read_only(dx), pass.ids, pass.batch, dropout, scratch.row.data(),
                            index.embedding, gradients);
    else
      next_layer_input_backward(read_only(dx), config.hidden_size, pass.batch, dropout,
                                scratch.row.data(), dy);
  }
}

template <class Real>
void Encoder::Impl::pool(const Pass& pass, Directions<const Real> y, bool training,
                         Saved::State& state, Scratch& scratch, MatrixView out) const {
  if (training) state.argmax.reserve_discard(count(pass.batch.texts, 2 * config.hidden_size));
  pool_states<Real>(pooling, pass.batch, y, out, training ? state.argmax.data() : nullptr);
  if (!attention) return;
  attention->weigh<Real>(pass.context, attention_parameters(pass.values), pass.batch, y,
                         state.attention, scratch.attention);
  const std::int64_t width = 2 * config.hidden_size * config.attention_heads;
  attention->pool(pass.batch, state.attention,
                  MatrixView(out.data + pooling.attention, out.rows, width, out.stride));
}

void Encoder::Impl::pool_backward(const Pass& pass, Saved::State& state, ConstMatrixView dpooled,
                                  GradientBlock& gradients, Scratch& scratch) const {
  for (AlignedBuffer<float>& dy : scratch.dy)
    dy.reserve_discard(count(pass.batch.rows(), config.hidden_size));
  const Directions<float> dy = view(scratch.dy);
  pool_states_backward(pooling, pass.batch, dpooled, state.argmax.data(), dy);
  if (!attention) return;
  const std::int64_t width = 2 * config.hidden_size * config.attention_heads;
  const ConstMatrixView dout(dpooled.data + pooling.attention, dpooled.rows, width, dpooled.stride);
  attention->backward(pass.context, attention_parameters(pass.values), pass.batch, state.attention,
                      dout, scratch.attention,
                      {gradients.data(index.attention_weight), gradients.data(index.attention_bias),
                       gradients.data(index.attention_vector)},
                      dy);
}

// Dropout, projection and unit length. Without a projection `pooled` is `out`.
void Encoder::Impl::finish_rows(const Pass& pass, bool training, Saved::State& state,
                                MatrixView pooled, MatrixView out) const {
  const DropoutMask dropout = mask(state.dropout, -1);
  for (int n = 0; n < pass.batch.texts; ++n) dropout.apply(0, n, pooled.cols, pooled.row(n));
  if (projection)
    projection->forward(pass.context, pooled.rows, pooled.data, pooled.stride,
                        pass.values.data(index.projection_weight),
                        pass.values.data(index.projection_bias), out.data, out.stride);
  if (!config.unit_length) return;
  if (!training) return scale_to_unit_length(out, nullptr);
  state.norms.reserve_discard(count(out.rows, 1));
  state.unit.reserve_discard(count(out.rows, out.cols));
  scale_to_unit_length(out, state.norms.data());
  for (std::int64_t n = 0; n < out.rows; ++n)
    std::copy_n(out.row(n), out.cols, state.unit.data() + n * out.cols);
}

ConstMatrixView Encoder::Impl::finish_rows_backward(const Pass& pass, Saved::State& state,
                                                    ConstMatrixView dout, GradientBlock& gradients,
                                                    Scratch& scratch) const {
  ConstMatrixView upper = dout;
  if (config.unit_length) {
    scratch.dout.reserve_discard(count(dout.rows, dout.cols));
    const MatrixView lower(scratch.dout.data(), dout.rows, dout.cols);
    unit_length_backward({state.unit.data(), dout.rows, dout.cols}, state.norms.data(), upper,
                         lower);
    upper = lower;
  }
  const DropoutMask dropout = mask(state.dropout, -1);
  if (!projection && !dropout) return upper;
  scratch.dpooled.reserve_discard(count(dout.rows, pooling.width));
  const MatrixView dpooled(scratch.dpooled.data(), dout.rows, pooling.width);
  if (projection)
    projection->backward(pass.context, dout.rows, state.pooled.data(), pooling.width,
                         pass.values.data(index.projection_weight), upper.data, upper.stride,
                         dpooled.data, dpooled.stride, gradients.data(index.projection_weight),
                         gradients.data(index.projection_bias));
  else
    for (std::int64_t n = 0; n < dout.rows; ++n)
      std::copy_n(upper.row(n), dpooled.cols, dpooled.row(n));
  for (int n = 0; n < pass.batch.texts; ++n) dropout.apply(0, n, dpooled.cols, dpooled.row(n));
  return dpooled;
}

template <class Real>
void Encoder::Impl::forward(const Pass& pass, bool training, Saved::State& state, Scratch& scratch,
                            MatrixView out) const {
  const Directions<const Real> y = run_layers<Real>(pass, training, state, scratch);
  MatrixView pooled = out;
  if (projection) {
    state.pooled.reserve_discard(count(out.rows, pooling.width));
    pooled = MatrixView(state.pooled.data(), out.rows, pooling.width);
  }
  pool<Real>(pass, y, training, state, scratch, pooled);
  finish_rows(pass, training, state, pooled, out);
}

template <class Real>
void Encoder::Impl::weigh(const Pass& pass, Saved::State& state, Scratch& scratch) const {
  const Directions<const Real> y = run_layers<Real>(pass, false, state, scratch);
  attention->weigh<Real>(pass.context, attention_parameters(pass.values), pass.batch, y,
                         state.attention, scratch.attention);
}

template void Encoder::Impl::forward<float>(const Pass&, bool, Saved::State&, Scratch&,
                                            MatrixView) const;
template void Encoder::Impl::forward<Bf16>(const Pass&, bool, Saved::State&, Scratch&,
                                           MatrixView) const;
template void Encoder::Impl::weigh<float>(const Pass&, Saved::State&, Scratch&) const;
template void Encoder::Impl::weigh<Bf16>(const Pass&, Saved::State&, Scratch&) const;

}  // namespace gemel::nn
