#include "dnn/recurrent.hpp"

#include <cassert>
#include <cstring>
#include <gemel/error.hpp>
#include <initializer_list>
#include <utility>

#include "core/add_span.hpp"
#include "dnn/bridge.hpp"
#include "dnn/recurrent_impl.hpp"

namespace gemel::dnn {

using dnnl::memory;

Recurrent::Packed::Packed() : state(std::make_unique<State>()) {}
Recurrent::Packed::Packed(Packed&&) noexcept = default;
Recurrent::Packed& Recurrent::Packed::operator=(Packed&&) noexcept = default;
Recurrent::Packed::~Packed() = default;
Recurrent::Saved::Saved() : state(std::make_unique<State>()) {}
Recurrent::Saved::Saved(Saved&&) noexcept = default;
Recurrent::Saved& Recurrent::Saved::operator=(Saved&&) noexcept = default;
Recurrent::Saved::~Saved() = default;
Recurrent::Accumulator::Accumulator() : state(std::make_unique<State>()) {}
Recurrent::Accumulator::Accumulator(Accumulator&&) noexcept = default;
Recurrent::Accumulator& Recurrent::Accumulator::operator=(Accumulator&&) noexcept = default;
Recurrent::Accumulator::~Accumulator() = default;

Recurrent::Impl::Impl(const RecurrentSizes& s, Precision p) : sizes(s), precision(p) {}

const Recurrent::Impl::Compiled& Recurrent::Impl::compiled() const {
  std::call_once(once_, [&] {
    const RecurrentLayouts layouts = choose_layouts(sizes);
    compiled_ = {layouts, compile_inference(sizes, layouts)};
  });
  return *compiled_;
}

std::shared_ptr<const TrainingPlan> Recurrent::Impl::plan(const TrainingShape& shape) const {
  return plans.get(shape, [&] { return compile_training(sizes, layouts(), shape); });
}

Recurrent::Recurrent(std::int64_t input, std::int64_t hidden, Precision precision, Cell cell) {
  assert(input > 0 && hidden > 0);
  if (!supported(precision, cell))
    throw Error("precision", "bf16 is not supported on this CPU by " + describe_backend(),
                "choose f32");
  const bool half = precision == Precision::bf16;
  const auto type = half ? memory::data_type::bf16 : memory::data_type::f32;
  impl_ = std::make_unique<Impl>(RecurrentSizes{input, hidden, type, cell}, precision);
}
Recurrent::~Recurrent() = default;
Recurrent::Recurrent(Recurrent&&) noexcept = default;

std::int64_t Recurrent::input() const {
  return impl_->sizes.input;
}
std::int64_t Recurrent::hidden() const {
  return impl_->sizes.hidden;
}
Precision Recurrent::precision() const {
  return impl_->precision;
}
Cell Recurrent::cell() const {
  return impl_->sizes.cell;
}

void Recurrent::pack(Context& context, const RecurrentParameters& p, bool training,
                     Packed& packed) const {
  const SingleThreaded guard;
  const RecurrentLayouts& l = impl_->layouts();
  Context::Impl& c = context.impl();
  Packed::State& s = *packed.state;
  using Target = std::pair<const memory::desc*, Bytes*>;
  // Rounded once and read in the order of memory: reorders into blocks jump about in what they
  // read, which costs a fraction where it is half as large and still in the cache.
  const auto pack_as = [&](const memory::desc& plain, const float* weight,
                           const memory::desc& rounded, std::initializer_list<Target> targets) {
    const void* source = weight;
    if (rounded != plain) {
      std::byte* copy = c.scratch(Scratch::weights, rounded.get_size());
      c.reorder(plain, weight, rounded, copy);
      source = copy;
    }
    for (const auto& [desc, out] : targets)
      if (out) c.reorder(rounded, source, *desc, fit(*out, *desc));
  };
  const bool own_layer = training && &impl_->training_layer(s) == &s.train_layer;
  const bool own_iter = training && &impl_->training_iter(s) == &s.train_iter;
  pack_as(l.plain_layer, p.weight_layer, l.rounded_layer,
          {{&l.infer_layer, &s.infer_layer},
           {&l.train_layer, own_layer ? &s.train_layer : nullptr},
           {&l.back_layer, training ? &s.back_layer : nullptr}});
  pack_as(l.plain_iter, p.weight_iter, l.rounded_iter,
          {{&l.infer_iter, &s.infer_iter},
           {&l.train_iter, own_iter ? &s.train_iter : nullptr},
           {&l.back_iter, training ? &s.back_iter : nullptr}});
  std::memcpy(fit(s.bias, l.bias), p.bias, l.bias.get_size());
  s.training = training;
}

void Recurrent::zero(Accumulator& accumulator) const {
  Accumulator::State& a = *accumulator.state;
  const auto clear = [](const memory::desc& desc, Bytes& buffer) {
    std::memset(fit(buffer, desc), 0, desc.get_size());
  };
  clear(impl_->layouts().diff_layer, a.layer);
  clear(impl_->layouts().diff_iter, a.iter);
  clear(impl_->layouts().bias, a.bias);
}

namespace {

/// Adds gradients in oneDNN's layout to plain ones, [rows, G, H].
void add_weights(Context::Impl& c, const memory::desc& layout, const Bytes& source,
                 const memory::desc& plain, std::int64_t rows, float* to) {
  const auto ours = bridge::plain_strides(plain), theirs = bridge::plain_strides(layout);
  const std::int64_t width = ours[2];
  // oneDNN sets its rows farther apart where they would share places in the cache.
  if (!theirs.empty() && theirs[3] == ours[3] && theirs[4] == ours[4]) {
    const auto* const values = reinterpret_cast<const float*>(source.data());
    for (std::int64_t i = 0; i < rows; ++i) add_span(values + i * theirs[2], width, to + i * width);
    return;
  }
  std::byte* const buffer = c.scratch(Scratch::weights, plain.get_size());
  c.reorder(layout, source.data(), plain, buffer);
  add_span(reinterpret_cast<const float*>(buffer), rows * width, to);
}

}  // namespace

void Recurrent::unpack(Context& context, const Accumulator& accumulator,
                       const RecurrentGradients& gradients) const {
  const SingleThreaded guard;
  const Accumulator::State& a = *accumulator.state;
  const RecurrentLayouts& l = impl_->layouts();
  Context::Impl& c = context.impl();
  add_weights(c, l.diff_layer, a.layer, l.plain_layer, input(), gradients.weight_layer);
  add_weights(c, l.diff_iter, a.iter, l.plain_iter, hidden(), gradients.weight_iter);
  add_span(reinterpret_cast<const float*>(a.bias.data()), gates(cell()) * hidden(), gradients.bias);
}

}  // namespace gemel::dnn
