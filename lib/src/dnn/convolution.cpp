#include "dnn/convolution.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <dnnl.hpp>
#include <unordered_map>

#include "dnn/bridge.hpp"
#include "dnn/context_impl.hpp"

namespace gemel::dnn {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

/// Rows of y that a primitive makes. A multiple of 6 as in the LSTM, so that no row falls into a
/// kernel's remainder.
constexpr std::int64_t kForwardBlock = 96;
constexpr std::int64_t kBackwardBlock = 192;

template <class Primitive>
struct Plan {
  typename Primitive::primitive_desc desc;
  Primitive primitive;
};

/// oneDNN's dimensions are [texts, channels, steps]; rows that follow each other are "nwc".
memory::desc sequence(std::int64_t channels, std::int64_t rows) {
  return memory::desc({1, channels, rows}, memory::data_type::f32, Tag::nwc);
}

template <class Primitive>
Plan<Primitive> compiled(typename Primitive::primitive_desc desc) {
  return {desc, Primitive(desc)};
}

memory wrap(const memory::desc& desc, const float* data) {
  return memory(desc, cpu_engine(), const_cast<float*>(data));
}

std::size_t count(std::int64_t rows, std::int64_t width) {
  return static_cast<std::size_t>(rows * width);
}

}  // namespace

struct Convolution::Impl {
  Impl(std::int64_t e, std::int64_t f, std::int64_t w);
  std::int64_t in, filters, width;
  memory::desc plain, bias;
  Plan<dnnl::convolution_forward> forward;
  Plan<dnnl::convolution_backward_data> to_input;
  Plan<dnnl::convolution_backward_weights> to_weight;

  memory::desc any_weights() const {
    return memory::desc({filters, in, width}, memory::data_type::f32, Tag::any);
  }
  auto forward_desc(dnnl::prop_kind kind, std::int64_t rows) const {
    const memory::dims one = {1}, none = {0};
    return bridge::describe<dnnl::convolution_forward>(
        cpu_engine(), user_scratchpad(), kind, dnnl::algorithm::convolution_direct,
        sequence(in, rows + width - 1), any_weights(), bias, sequence(filters, rows), one, none,
        none);
  }

  /// A block of x or dy that fits `wanted` rows: where it lies, or a copy filled up with zeros.
  const float* block_of(Context::Impl& c, Scratch which, const float* data, std::int64_t cols,
                        std::int64_t rows, std::int64_t wanted) const {
    if (rows >= wanted) return data;
    auto* copy = reinterpret_cast<float*>(c.scratch(which, count(wanted, cols) * sizeof(float)));
    std::copy_n(data, rows * cols, copy);
    std::fill_n(copy + rows * cols, (wanted - rows) * cols, 0.0f);
    return copy;
  }
  template <class Primitive>
  void run(Context::Impl& c, const Plan<Primitive>& plan,
           std::unordered_map<int, memory> arguments) const {
    arguments[DNNL_ARG_SCRATCHPAD] = c.scratchpad(plan.desc.scratchpad_desc());
    c.run(plan.primitive, arguments);
  }
  void add_to_input(Context::Impl&, const Packed&, std::int64_t rows, const float* dy,
                    float* dx) const;
};

Convolution::Impl::Impl(std::int64_t e, std::int64_t f, std::int64_t w)
    : in(e),
      filters(f),
      width(w),
      plain({f, e, w}, memory::data_type::f32, Tag::wio),
      bias({f}, memory::data_type::f32, Tag::x) {
  const SingleThreaded guard;
  const memory::dims one = {1}, none = {0};
  const auto direct = dnnl::algorithm::convolution_direct;
  const std::int64_t rows = kBackwardBlock;
  forward = compiled<dnnl::convolution_forward>(
      forward_desc(dnnl::prop_kind::forward_inference, kForwardBlock));
  const auto hint = forward_desc(dnnl::prop_kind::forward_training, rows);
  to_input = compiled<dnnl::convolution_backward_data>(
      bridge::describe_backward<dnnl::convolution_backward_data>(
          cpu_engine(), user_scratchpad(), hint, direct, sequence(in, rows + width - 1),
          any_weights(), sequence(filters, rows), one, none, none));
  to_weight = compiled<dnnl::convolution_backward_weights>(
      bridge::describe_backward<dnnl::convolution_backward_weights>(
          cpu_engine(), user_scratchpad(), hint, direct, sequence(in, rows + width - 1),
          any_weights(), sequence(filters, rows), one, none, none));
}

Convolution::Convolution(std::int64_t in, std::int64_t filters, std::int64_t width) {
  assert(in > 0 && filters > 0 && width > 0);
  impl_ = std::make_unique<Impl>(in, filters, width);
}
Convolution::~Convolution() = default;
Convolution::Convolution(Convolution&&) noexcept = default;

std::int64_t Convolution::in() const {
  return impl_->in;
}
std::int64_t Convolution::filters() const {
  return impl_->filters;
}
std::int64_t Convolution::width() const {
  return impl_->width;
}

void Convolution::pack(Context& context, const float* weight, const float* bias, bool training,
                       Packed& packed) const {
  const SingleThreaded guard;
  const auto reorder = [&](const memory::desc& to, AlignedBuffer<std::byte>& out) {
    out.reserve_discard(to.get_size());
    context.impl().reorder(impl_->plain, weight, to, out.data());
  };
  reorder(impl_->forward.desc.weights_desc(), packed.forward);
  if (training) reorder(impl_->to_input.desc.weights_desc(), packed.backward);
  packed.bias.reserve_discard(count(impl_->filters, 1));
  std::copy_n(bias, impl_->filters, packed.bias.data());
}

void Convolution::forward(Context& context, const Packed& packed, std::int64_t rows, const float* x,
                          float* y) const {
  const SingleThreaded guard;
  Context::Impl& c = context.impl();
  const Impl& i = *impl_;
  const auto& desc = i.forward.desc;
  const std::int64_t halo = i.width - 1;
  for (std::int64_t r = 0; r < rows; r += kForwardBlock) {
    const std::int64_t n = std::min(kForwardBlock, rows - r);
    const float* source =
        i.block_of(c, Scratch::x, x + r * i.in, i.in, n + halo, kForwardBlock + halo);
    float* target = y + r * i.filters;
    if (n < kForwardBlock)
      target = reinterpret_cast<float*>(c.scratch(Scratch::y, count(kForwardBlock, i.filters) * 4));
    i.run(c, i.forward,
          {{DNNL_ARG_SRC, wrap(desc.src_desc(), source)},
           {DNNL_ARG_WEIGHTS,
            wrap(desc.weights_desc(), reinterpret_cast<const float*>(packed.forward.data()))},
           {DNNL_ARG_BIAS, wrap(i.bias, packed.bias.data())},
           {DNNL_ARG_DST, wrap(desc.dst_desc(), target)}});
    if (n < kForwardBlock) std::copy_n(target, n * i.filters, y + r * i.filters);
  }
}

// One block's part of dx; neighbouring blocks overlap by width − 1 rows, hence the sum.
void Convolution::Impl::add_to_input(Context::Impl& c, const Packed& packed, std::int64_t rows,
                                     const float* dy, float* dx) const {
  const auto& desc = to_input.desc;
  const std::size_t bytes = count(kBackwardBlock + width - 1, in) * sizeof(float);
  auto* part = reinterpret_cast<float*>(c.scratch(Scratch::dx, bytes));
  run(c, to_input,
      {{DNNL_ARG_DIFF_DST, wrap(desc.diff_dst_desc(), dy)},
       {DNNL_ARG_WEIGHTS,
        wrap(desc.weights_desc(), reinterpret_cast<const float*>(packed.backward.data()))},
       {DNNL_ARG_DIFF_SRC, wrap(desc.diff_src_desc(), part)}});
  for (std::int64_t k = 0; k < (rows + width - 1) * in; ++k) dx[k] += part[k];
}

void Convolution::backward(Context& context, const Packed& packed, std::int64_t rows,
                           const float* x, const float* dy, float* dx, float* dweight,
                           float* dbias) const {
  const SingleThreaded guard;
  Context::Impl& c = context.impl();
  const Impl& i = *impl_;
  const auto& desc = i.to_weight.desc;
  const std::int64_t halo = i.width - 1;
  // oneDNN overwrites: the sum over blocks is taken in its own layout.
  const std::size_t floats = desc.diff_weights_desc().get_size() / sizeof(float);
  auto* both = reinterpret_cast<float*>(c.scratch(Scratch::weights, 2 * floats * sizeof(float)));
  float *sum = both, *part = both + floats;
  std::fill_n(sum, floats, 0.0f);
  for (std::int64_t r = 0; r < rows; r += kBackwardBlock) {
    const std::int64_t n = std::min(kBackwardBlock, rows - r);
    const float* left =
        i.block_of(c, Scratch::x, x + r * i.in, i.in, n + halo, kBackwardBlock + halo);
    const float* right =
        i.block_of(c, Scratch::dy, dy + r * i.filters, i.filters, n, kBackwardBlock);
    i.run(c, i.to_weight,
          {{DNNL_ARG_SRC, wrap(desc.src_desc(), left)},
           {DNNL_ARG_DIFF_DST, wrap(desc.diff_dst_desc(), right)},
           {DNNL_ARG_DIFF_WEIGHTS, wrap(desc.diff_weights_desc(), part)}});
    for (std::size_t k = 0; k < floats; ++k) sum[k] += part[k];
    if (dx) i.add_to_input(c, packed, n, right, dx + r * i.in);
  }
  const std::size_t plain = count(i.width * i.in, i.filters);
  auto* unpacked = reinterpret_cast<float*>(c.scratch(Scratch::state, plain * sizeof(float)));
  c.reorder(desc.diff_weights_desc(), sum, i.plain, unpacked);
  for (std::size_t k = 0; k < plain; ++k) dweight[k] += unpacked[k];
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t f = 0; f < i.filters; ++f) dbias[f] += dy[r * i.filters + f];
}

}  // namespace gemel::dnn
