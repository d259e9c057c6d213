#include <cassert>
#include <cstring>
#include <unordered_map>

#include "dnn/recurrent_impl.hpp"

namespace gemel::dnn {
namespace {

using dnnl::memory;

/// Zeros of that shape, valid until asked for again.
memory zeros(Context::Impl& c, const memory::desc& desc) {
  std::byte* data = c.scratch(Scratch::state, desc.get_size());
  std::memset(data, 0, desc.get_size());
  return wrap(desc, data);
}

}  // namespace

void Recurrent::forward(Context& context, const Packed& packed, int steps, int texts, const void* x,
                        void* y, std::int64_t y_stride, Saved* saved) const {
  assert(steps > 0 && texts > 0 && y_stride >= hidden());
  const SingleThreaded guard;
  Context::Impl& c = context.impl();
  const Packed::State& p = *packed.state;
  if (!saved) {
    impl_->infer(c, p, steps, texts, static_cast<const std::byte*>(x), static_cast<std::byte*>(y),
                 y_stride);
    return;
  }
  assert(p.training);
  // dy's stride is backward's business; most callers give it y's, and then this is its plan too.
  const auto plan = impl_->plan({steps, texts, y_stride, y_stride});
  const RecurrentLayouts& l = impl_->layouts();
  // One buffer of zeros serves as h and c: as many bf16 zeros are the first half of the f32 ones.
  const memory cell = zeros(c, plan->cell);
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC_LAYER, wrap(plan->x, x)},
      {DNNL_ARG_SRC_ITER, wrap(plan->state, cell.get_data_handle())},
      {DNNL_ARG_WEIGHTS_LAYER, wrap(l.train_layer, impl_->training_layer(p).data())},
      {DNNL_ARG_WEIGHTS_ITER, wrap(l.train_iter, impl_->training_iter(p).data())},
      {DNNL_ARG_BIAS, wrap(l.bias, p.bias.data())},
      {DNNL_ARG_DST_LAYER, wrap(plan->y, y)},
      {DNNL_ARG_WORKSPACE, wrap(plan->workspace, fit(saved->state->workspace, plan->workspace))},
      {DNNL_ARG_SCRATCHPAD, c.scratchpad(plan->forward_scratchpad)}};
  if (impl_->sizes.cell == Cell::lstm) arguments[DNNL_ARG_SRC_ITER_C] = cell;
  c.run(plan->forward, arguments);
  saved->state->steps = steps;
  saved->state->texts = texts;
}

void Recurrent::backward(Context& context, const Packed& packed, int steps, int texts,
                         const void* x, const void* y, std::int64_t y_stride, const float* dy,
                         std::int64_t dy_stride, Saved& saved, float* dx,
                         Accumulator& accumulator) const {
  assert(packed.state->training && dy_stride >= hidden());
  assert(saved.state->steps == steps && saved.state->texts == texts);
  const SingleThreaded guard;
  Context::Impl& c = context.impl();
  const Packed::State& p = *packed.state;
  Accumulator::State& a = *accumulator.state;
  const RecurrentLayouts& l = impl_->layouts();
  assert(a.bias.size() >= l.bias.get_size());  // zero() was called
  const auto plan = impl_->plan({steps, texts, y_stride, dy_stride});
  const memory cell = zeros(c, plan->cell);
  const std::size_t state_size = plan->cell.get_size();
  std::byte* dstate = c.scratch(Scratch::dstate, 2 * state_size);  // dh and dc, read by nobody
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC_LAYER, wrap(plan->x, x)},
      {DNNL_ARG_SRC_ITER, wrap(plan->state, cell.get_data_handle())},
      {DNNL_ARG_WEIGHTS_LAYER, wrap(l.back_layer, p.back_layer.data())},
      {DNNL_ARG_WEIGHTS_ITER, wrap(l.back_iter, p.back_iter.data())},
      {DNNL_ARG_BIAS, wrap(l.bias, p.bias.data())},
      {DNNL_ARG_DST_LAYER, wrap(plan->y, y)},
      {DNNL_ARG_DIFF_DST_LAYER, wrap(plan->dy, dy)},
      {DNNL_ARG_DIFF_SRC_LAYER, wrap(plan->dx, dx)},
      {DNNL_ARG_DIFF_SRC_ITER, wrap(plan->cell, dstate)},
      {DNNL_ARG_DIFF_WEIGHTS_LAYER, wrap(l.diff_layer, a.layer.data())},
      {DNNL_ARG_DIFF_WEIGHTS_ITER, wrap(l.diff_iter, a.iter.data())},
      {DNNL_ARG_DIFF_BIAS, wrap(l.bias, a.bias.data())},
      {DNNL_ARG_WORKSPACE, wrap(plan->workspace, saved.state->workspace.data())},
      {DNNL_ARG_SCRATCHPAD, c.scratchpad(plan->backward_scratchpad)}};
  if (impl_->sizes.cell == Cell::lstm) {
    arguments[DNNL_ARG_SRC_ITER_C] = cell;
    arguments[DNNL_ARG_DIFF_SRC_ITER_C] = wrap(plan->cell, dstate + state_size);
  }
  c.run(plan->backward, arguments);
  saved.state->steps = saved.state->texts = 0;  // oneDNN's backward spoils the workspace
}

}  // namespace gemel::dnn
