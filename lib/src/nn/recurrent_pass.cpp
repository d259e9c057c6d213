#include <algorithm>

#include "nn/bf16.hpp"
#include "nn/recurrent_body.hpp"
#include "nn/rows.hpp"
#include "nn/token_embedding.hpp"

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

// What came through the shortcuts, in text order, joins what came through the first layer.
void add_embedding_gradient(const Ragged& batch, std::int64_t width, const float* dembedding,
                            float* dx) {
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n)
      if (batch.valid(t, n))
        add_row(dembedding + batch.row(t, n) * width, width, dx + batch.row(t, n) * width);
}

}  // namespace

// Backward and shortcuts need every layer's tape; else two are taken in turn.
std::size_t RecurrentBody::tapes(bool training) const {
  return training || shortcut_ ? layers_.size() : std::min<std::size_t>(layers_.size(), 2);
}

template <class Real>
LowerLayers<const Real> RecurrentBody::read_layers(Saved& saved, std::size_t layer,
                                                   std::size_t tapes) const {
  LowerLayers<const Real> lower;
  lower.hidden = hidden_;
  if (shortcut_) {
    lower.embedding = saved.layers[0].input<Real>().forward;
    lower.embedding_size = embedding_size_;
  }
  for (std::size_t l = shortcut_ ? 0 : layer - 1; l < layer; ++l)
    lower.states.push_back(read_only(saved.layers[l % tapes].state<Real>()));
  return lower;
}

template <class Real>
void RecurrentBody::run(const Pass& pass, const Packed& packed, Saved& saved, Scratch& scratch,
                        MatrixView pooled) const {
  const std::size_t tapes = this->tapes(pass.training);
  if (saved.layers.size() < tapes) saved.layers.resize(tapes);
  scratch.row.reserve_discard(static_cast<std::size_t>(widest_input()));
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    Bidirectional::Tape& tape = saved.layers[l % tapes];
    layers_[l].reserve(pass.batch, tape);
    if (l == 0)
      embed_tokens<Real>(pass.values.data(embedding_), embedding_size_, pass.ids, pass.batch,
                         mask(pass, l), scratch.row.data(), tape.input<Real>());
    else
      next_layer_input<Real>(read_layers<Real>(saved, l, tapes), pass.batch, mask(pass, l),
                             scratch.row.data(), tape.input<Real>());
    layers_[l].forward(pass.context, packed.layers[l], pass.batch, pass.training, tape);
  }
  const auto y = read_only(saved.layers[(layers_.size() - 1) % tapes].state<Real>());
  pooling_.forward<Real>(pass, y, saved.pooling, scratch.pooling, pooled);
}

void RecurrentBody::forward(const Pass& pass, const BodySlot& packed, BodySlot& saved,
                            BodySlot& scratch, MatrixView pooled) const {
  const auto run_as =
      precision_ == Precision::bf16 ? &RecurrentBody::run<Bf16> : &RecurrentBody::run<float>;
  (this->*run_as)(pass, part_of<Packed>(packed), part_of<Saved>(saved), part_of<Scratch>(scratch),
                  pooled);
}

// Without shortcuts a layer's gradient is done with once the layer below it has its own.
Directions<float> RecurrentBody::state_gradients(Scratch& scratch, std::size_t layer) const {
  return view(scratch.dy[shortcut_ ? layer : 0]);
}

LowerLayers<float> RecurrentBody::gradients_below(Scratch& scratch, std::size_t layer) const {
  LowerLayers<float> lower;
  lower.hidden = hidden_;
  if (shortcut_) {
    lower.embedding = scratch.dembedding.data();
    lower.embedding_size = embedding_size_;
  }
  for (std::size_t l = shortcut_ ? 0 : layer - 1; l < layer; ++l)
    lower.states.push_back(state_gradients(scratch, l));
  return lower;
}

void RecurrentBody::backward_layers(const Pass& pass, const Packed& packed, Saved& saved,
                                    Scratch& scratch, GradientBlock& gradients,
                                    Accumulator& accumulator) const {
  scratch.row.reserve_discard(static_cast<std::size_t>(widest_input()));
  for (auto& dx : scratch.dx) dx.reserve_discard(count(pass.batch.rows(), widest_input()));
  const bool shortcuts = shortcut_ && layers_.size() > 1;
  if (shortcuts) scratch.dembedding.reserve_discard(count(pass.batch.rows(), embedding_size_));
  const Directions<float> dx = view(scratch.dx);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    layers_[l].backward(pass.context, packed.layers[l], pass.batch,
                        read_only(state_gradients(scratch, l)), saved.layers[l], dx,
                        accumulator.layers[l]);
    if (l == 0) break;
    const bool add = shortcut_ && l + 1 < layers_.size();  // the top layer is the first to write
    next_layer_input_backward(read_only(dx), gradients_below(scratch, l), add, pass.batch,
                              mask(pass, l), scratch.row.data());
  }
  if (shortcuts)
    add_embedding_gradient(pass.batch, embedding_size_, scratch.dembedding.data(), dx.forward);
  embed_tokens_backward(read_only(dx), pass.ids, pass.batch, mask(pass, 0), scratch.row.data(),
                        embedding_, gradients);
}

double RecurrentBody::backward(const Pass& pass, const BodySlot& packed, BodySlot& saved_slot,
                               BodySlot& scratch_slot, ConstMatrixView dpooled,
                               double penalty_weight, GradientBlock& gradients,
                               BodySlot& accumulator) const {
  Saved& saved = part_of<Saved>(saved_slot);
  Scratch& scratch = part_of<Scratch>(scratch_slot);
  scratch.dy.resize(std::max(scratch.dy.size(), shortcut_ ? layers_.size() : 1));
  for (auto& directions : scratch.dy)
    for (auto& dy : directions) dy.reserve_discard(count(pass.batch.rows(), hidden_));
  const double penalty =
      pooling_.backward(pass, saved.pooling, dpooled, penalty_weight, scratch.pooling, gradients,
                        state_gradients(scratch, layers_.size() - 1));
  backward_layers(pass, part_of<Packed>(packed), saved, scratch, gradients,
                  part_of<Accumulator>(accumulator));
  return penalty;
}

}  // namespace gemel::nn
