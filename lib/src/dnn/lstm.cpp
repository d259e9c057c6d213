#include "dnn/lstm.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <functional>
#include <gemel/error.hpp>
#include <unordered_map>

#include "core/aligned.hpp"
#include "dnn/context_impl.hpp"
#include "dnn/lstm_plan.hpp"
#include "dnn/plan_cache.hpp"

namespace gemel::dnn {
namespace {

using dnnl::memory;
using Bytes = AlignedBuffer<std::byte>;

memory::data_type type_of(Precision p) {
  return p == Precision::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

memory wrap(const memory::desc& desc, const void* data) {
  return memory(desc, cpu_engine(), const_cast<void*>(data));
}

/// Zeros of that shape.
memory zeros(Context::Impl& c, const memory::desc& desc) {
  std::byte* data = c.scratch(Scratch::state, desc.get_size());
  std::memset(data, 0, desc.get_size());
  return wrap(desc, data);
}

/// A buffer that fits `desc`, its contents kept only if it fitted before.
std::byte* fit(Bytes& buffer, const memory::desc& desc) {
  buffer.reserve_discard(desc.get_size());
  return buffer.data();
}

}  // namespace

struct Lstm::Packed::State {
  Bytes weight_layer, weight_iter;  // inference
  Bytes train_layer, train_iter;    // empty where inference's layout serves
  Bytes back_layer, back_iter;      // training only
  Bytes bias;                       // [4, H]
  bool training = false;
};

struct Lstm::Saved::State {
  Bytes workspace;
  std::shared_ptr<const LstmPlan> plan;  // of the forward call
};

struct Lstm::Accumulator::State {
  Bytes weight_layer, weight_iter, bias;
};

struct Lstm::Impl {
  LstmSizes sizes;
  Precision precision;
  LstmLayouts layouts;
  mutable PlanCache<LstmShape, LstmPlan> plans{256};

  Impl(const LstmSizes& s, Precision p) : sizes(s), precision(p), layouts(choose_layouts(s)) {}
  std::shared_ptr<const LstmPlan> plan(const LstmShape& shape) const {
    return plans.get(shape, [&] { return compile(sizes, layouts, shape); });
  }
  bool shares_layout(bool iter) const {
    return iter ? layouts.train_iter == layouts.weight_iter
                : layouts.train_layer == layouts.weight_layer;
  }
};

Lstm::Packed::Packed() : state(std::make_unique<State>()) {}
Lstm::Packed::Packed(Packed&&) noexcept = default;
Lstm::Packed& Lstm::Packed::operator=(Packed&&) noexcept = default;
Lstm::Packed::~Packed() = default;
Lstm::Saved::Saved() : state(std::make_unique<State>()) {}
Lstm::Saved::Saved(Saved&&) noexcept = default;
Lstm::Saved& Lstm::Saved::operator=(Saved&&) noexcept = default;
Lstm::Saved::~Saved() = default;
Lstm::Accumulator::Accumulator() : state(std::make_unique<State>()) {}
Lstm::Accumulator::Accumulator(Accumulator&&) noexcept = default;
Lstm::Accumulator& Lstm::Accumulator::operator=(Accumulator&&) noexcept = default;
Lstm::Accumulator::~Accumulator() = default;

Lstm::Lstm(std::int64_t input, std::int64_t hidden, Precision precision) {
  assert(input > 0 && hidden > 0);
  if (!supported(precision))
    throw Error("precision", "bf16 is not supported by this CPU and " + describe_backend(),
                "choose f32");
  impl_ = std::make_unique<Impl>(LstmSizes{input, hidden, type_of(precision)}, precision);
}
Lstm::~Lstm() = default;
Lstm::Lstm(Lstm&&) noexcept = default;

std::int64_t Lstm::input() const {
  return impl_->sizes.input;
}
std::int64_t Lstm::hidden() const {
  return impl_->sizes.hidden;
}
Precision Lstm::precision() const {
  return impl_->precision;
}

void Lstm::pack(Context& context, const LstmParameters& p, bool training, Packed& packed) const {
  const SingleThreaded guard;
  const LstmLayouts& l = impl_->layouts;
  Context::Impl& c = context.impl();
  Packed::State& s = *packed.state;
  const auto layer = [&](const memory::desc& to, Bytes& out) {
    c.reorder(l.plain_layer, p.weight_layer, to, fit(out, to));
  };
  const auto iter = [&](const memory::desc& to, Bytes& out) {
    c.reorder(l.plain_iter, p.weight_iter, to, fit(out, to));
  };
  layer(l.weight_layer, s.weight_layer);
  iter(l.weight_iter, s.weight_iter);
  std::memcpy(fit(s.bias, l.bias), p.bias, l.bias.get_size());
  s.training = training;
  if (!training) return;
  if (!impl_->shares_layout(false)) layer(l.train_layer, s.train_layer);
  if (!impl_->shares_layout(true)) iter(l.train_iter, s.train_iter);
  layer(l.back_layer, s.back_layer);
  iter(l.back_iter, s.back_iter);
}

void Lstm::forward(Context& context, const Packed& packed, int steps, int texts, const void* x,
                   void* y, std::int64_t y_stride, Saved* saved) const {
  assert(steps > 0 && texts > 0 && y_stride >= hidden());
  assert(!saved || packed.state->training);
  const SingleThreaded guard;
  Context::Impl& c = context.impl();
  const Packed::State& s = *packed.state;
  const bool training = saved != nullptr;
  auto plan = impl_->plan({steps, texts, y_stride, training ? y_stride : 0, training});
  const auto& pd = plan->forward_desc;
  const bool own_layer = training && !impl_->shares_layout(false);
  const bool own_iter = training && !impl_->shares_layout(true);
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC_LAYER, wrap(plan->x, x)},
      {DNNL_ARG_WEIGHTS_LAYER,
       wrap(pd.weights_layer_desc(), (own_layer ? s.train_layer : s.weight_layer).data())},
      {DNNL_ARG_WEIGHTS_ITER,
       wrap(pd.weights_iter_desc(), (own_iter ? s.train_iter : s.weight_iter).data())},
      {DNNL_ARG_BIAS, wrap(impl_->layouts.bias, s.bias.data())},
      {DNNL_ARG_DST_LAYER, wrap(plan->y, y)},
      {DNNL_ARG_SCRATCHPAD, c.scratchpad(pd.scratchpad_desc())}};
  if (training) {
    const memory::desc workspace = pd.workspace_desc();
    arguments[DNNL_ARG_WORKSPACE] = wrap(workspace, fit(saved->state->workspace, workspace));
    // One buffer of zeros serves as h and c: bf16 zeros are the first half of as many f32 zeros.
    const memory cell = zeros(c, plan->cell);
    arguments[DNNL_ARG_SRC_ITER_C] = cell;
    arguments[DNNL_ARG_SRC_ITER] = wrap(plan->state, cell.get_data_handle());
  }
  plan->forward.execute(c.stream, arguments);
  c.stream.wait();
  if (training) saved->state->plan = std::move(plan);
}

void Lstm::backward(Context& context, const Packed& packed, int steps, int texts, const void* x,
                    const void* y, std::int64_t y_stride, const float* dy, std::int64_t dy_stride,
                    Saved& saved, float* dx, Accumulator& accumulator) const {
  assert(packed.state->training && saved.state->plan);
  const SingleThreaded guard;
  Context::Impl& c = context.impl();
  const Packed::State& s = *packed.state;
  Accumulator::State& a = *accumulator.state;
  const LstmLayouts& l = impl_->layouts;
  assert(a.bias.size() >= l.bias.get_size());
  const auto plan = impl_->plan({steps, texts, y_stride, dy_stride, true});
  const auto& pd = plan->backward_desc;
  const memory cell = zeros(c, plan->cell);
  const std::size_t state_size = plan->cell.get_size();
  std::byte* dstate = c.scratch(Scratch::dstate, 2 * state_size);  // nobody reads it
  plan->backward.execute(
      c.stream, {{DNNL_ARG_SRC_LAYER, wrap(plan->x, x)},
                 {DNNL_ARG_SRC_ITER, wrap(plan->state, cell.get_data_handle())},
                 {DNNL_ARG_SRC_ITER_C, cell},
                 {DNNL_ARG_DIFF_SRC_ITER, wrap(plan->cell, dstate)},
                 {DNNL_ARG_DIFF_SRC_ITER_C, wrap(plan->cell, dstate + state_size)},
                 {DNNL_ARG_WEIGHTS_LAYER, wrap(l.back_layer, s.back_layer.data())},
                 {DNNL_ARG_WEIGHTS_ITER, wrap(l.back_iter, s.back_iter.data())},
                 {DNNL_ARG_BIAS, wrap(l.bias, s.bias.data())},
                 {DNNL_ARG_DST_LAYER, wrap(plan->y, y)},
                 {DNNL_ARG_DIFF_DST_LAYER, wrap(plan->dy, dy)},
                 {DNNL_ARG_DIFF_SRC_LAYER, wrap(plan->dx, dx)},
                 {DNNL_ARG_DIFF_WEIGHTS_LAYER, wrap(l.diff_layer, a.weight_layer.data())},
                 {DNNL_ARG_DIFF_WEIGHTS_ITER, wrap(l.diff_iter, a.weight_iter.data())},
                 {DNNL_ARG_DIFF_BIAS, wrap(l.bias, a.bias.data())},
                 {DNNL_ARG_WORKSPACE, wrap(pd.workspace_desc(), saved.state->workspace.data())},
                 {DNNL_ARG_SCRATCHPAD, c.scratchpad(pd.scratchpad_desc())}});
  c.stream.wait();
  saved.state->plan.reset();
}

void Lstm::zero(Accumulator& accumulator) const {
  Accumulator::State& a = *accumulator.state;
  std::memset(fit(a.weight_layer, impl_->layouts.diff_layer), 0, a.weight_layer.size());
  std::memset(fit(a.weight_iter, impl_->layouts.diff_iter), 0, a.weight_iter.size());
  std::memset(fit(a.bias, impl_->layouts.bias), 0, a.bias.size());
}

void Lstm::unpack(Context& context, const Accumulator& accumulator,
                  const LstmGradients& gradients) const {
  const SingleThreaded guard;
  Context::Impl& c = context.impl();
  const Accumulator::State& a = *accumulator.state;
  const LstmLayouts& l = impl_->layouts;
  const auto add = [&](const memory::desc& from, const Bytes& source, const memory::desc& plain,
                       float* out) {
    std::byte* buffer = c.scratch(Scratch::weights, plain.get_size());
    c.reorder(from, source.data(), plain, buffer);
    const float* values = reinterpret_cast<const float*>(buffer);
    std::transform(values, values + plain.get_size() / sizeof(float), out, out, std::plus<>());
  };
  add(l.diff_layer, a.weight_layer, l.plain_layer, gradients.weight_layer);
  add(l.diff_iter, a.weight_iter, l.plain_iter, gradients.weight_iter);
  add(l.bias, a.bias, l.bias, gradients.bias);
}

}  // namespace gemel::dnn
