#include <algorithm>
#include <cassert>
#include <cstddef>
#include <unordered_map>

#include "dnn/bridge.hpp"
#include "dnn/context.hpp"
#include "dnn/context_impl.hpp"
#include "dnn/plan_cache.hpp"

namespace gemel::dnn {
namespace {

using dnnl::memory;

/// Rows a primitive works on. Fixed, so that one plan serves every batch and a row meets the same
/// arithmetic whatever stands beside it; the last block is filled up with zero rows.
constexpr std::int64_t kForwardBlock = 48;
constexpr std::int64_t kBackwardBlock = 64;

struct Product {
  dnnl::matmul::primitive_desc desc;
  dnnl::matmul primitive;
};

enum class Kind { forward, forward_with_bias, to_input, to_weight };

struct Key {
  Kind kind;
  std::int64_t left_stride, right_stride;  // of the two strided matrices of that kind
  bool operator==(const Key&) const = default;
};

memory::desc matrix(std::int64_t rows, std::int64_t cols, std::int64_t row_stride,
                    std::int64_t col_stride = 1) {
  return memory::desc({rows, cols}, memory::data_type::f32, memory::dims{row_stride, col_stride});
}

/// A block of rows of a strided matrix: where it lies when full, else a zero-filled copy.
const float* block_of(Context::Impl& c, Scratch which, const float* data, std::int64_t stride,
                      std::int64_t cols, std::int64_t rows, std::int64_t block) {
  if (rows == block) return data;
  const auto count = static_cast<std::size_t>(block * stride);
  auto* copy = reinterpret_cast<float*>(c.scratch(which, count * sizeof(float)));
  std::fill_n(copy, count, 0.0f);
  for (std::int64_t r = 0; r < rows; ++r) std::copy_n(data + r * stride, cols, copy + r * stride);
  return copy;
}

void copy_rows(const float* from, float* to, std::int64_t stride, std::int64_t cols,
               std::int64_t rows) {
  for (std::int64_t r = 0; r < rows; ++r) std::copy_n(from + r * stride, cols, to + r * stride);
}

}  // namespace

struct Linear::Impl {
  std::int64_t in, out;
  mutable PlanCache<Key, Product> plans{64};

  std::shared_ptr<const Product> compile(const Key& key) const {
    dnnl::primitive_attr attr = user_scratchpad();
    const auto make = [&](const auto&... descs) {
      auto pd = bridge::describe<dnnl::matmul>(cpu_engine(), attr, descs...);
      return std::make_shared<const Product>(Product{pd, dnnl::matmul(pd)});
    };
    if (key.kind == Kind::to_input)
      return make(matrix(kBackwardBlock, out, key.left_stride), matrix(out, in, 1, out),
                  matrix(kBackwardBlock, in, key.right_stride));
    if (key.kind == Kind::to_weight) {
      dnnl::post_ops add;
      add.append_sum();
      attr.set_post_ops(add);
      return make(matrix(in, kBackwardBlock, 1, key.left_stride),
                  matrix(kBackwardBlock, out, key.right_stride), matrix(in, out, out));
    }
    const memory::desc x = matrix(kForwardBlock, in, key.left_stride), w = matrix(in, out, out),
                       y = matrix(kForwardBlock, out, key.right_stride);
    return key.kind == Kind::forward_with_bias ? make(x, w, matrix(1, out, out), y) : make(x, w, y);
  }

  /// target = left · right (+ bias), or target += for Kind::to_weight.
  void run(Context::Impl& c, const Key& key, const float* left, const float* right,
           const float* bias, float* target) const {
    const auto plan = plans.get(key, [&] { return compile(key); });
    const auto wrap = [](const memory::desc& desc, const float* data) {
      return memory(desc, cpu_engine(), const_cast<float*>(data));
    };
    std::unordered_map<int, memory> arguments = {
        {DNNL_ARG_SRC, wrap(plan->desc.src_desc(), left)},
        {DNNL_ARG_WEIGHTS, wrap(plan->desc.weights_desc(), right)},
        {DNNL_ARG_DST, wrap(plan->desc.dst_desc(), target)},
        {DNNL_ARG_SCRATCHPAD, c.scratchpad(plan->desc.scratchpad_desc())}};
    if (bias) arguments[DNNL_ARG_BIAS] = wrap(plan->desc.bias_desc(), bias);
    c.run(plan->primitive, arguments);
  }
};

Linear::Linear(std::int64_t in, std::int64_t out) : impl_(new Impl{in, out}) {
  assert(in > 0 && out > 0);
}
Linear::~Linear() = default;
Linear::Linear(Linear&&) noexcept = default;

void Linear::forward(Context& context, std::int64_t rows, const float* x, std::int64_t x_stride,
                     const float* weight, const float* bias, float* y,
                     std::int64_t y_stride) const {
  const SingleThreaded guard;
  Context::Impl& c = context.impl();
  const std::int64_t in = impl_->in, out = impl_->out;
  assert(x_stride >= in && y_stride >= out);
  const Key key{bias ? Kind::forward_with_bias : Kind::forward, x_stride, y_stride};
  for (std::int64_t r = 0; r < rows; r += kForwardBlock) {
    const std::int64_t n = std::min(kForwardBlock, rows - r);
    const float* source = block_of(c, Scratch::x, x + r * x_stride, x_stride, in, n, kForwardBlock);
    float* target = y + r * y_stride;
    if (n == kForwardBlock) {
      impl_->run(c, key, source, weight, bias, target);
      continue;
    }
    const auto bytes = static_cast<std::size_t>(kForwardBlock * y_stride) * sizeof(float);
    auto* whole = reinterpret_cast<float*>(c.scratch(Scratch::y, bytes));
    impl_->run(c, key, source, weight, bias, whole);
    copy_rows(whole, target, y_stride, out, n);
  }
}

void Linear::backward(Context& context, std::int64_t rows, const float* x, std::int64_t x_stride,
                      const float* weight, const float* dy, std::int64_t dy_stride, float* dx,
                      std::int64_t dx_stride, float* dweight, float* dbias) const {
  const SingleThreaded guard;
  Context::Impl& c = context.impl();
  const std::int64_t in = impl_->in, out = impl_->out, block = kBackwardBlock;
  assert(x_stride >= in && dy_stride >= out && (!dx || dx_stride >= in));
  for (std::int64_t r = 0; r < rows; r += block) {
    const std::int64_t n = std::min(block, rows - r);
    const float* left = block_of(c, Scratch::x, x + r * x_stride, x_stride, in, n, block);
    const float* right = block_of(c, Scratch::dy, dy + r * dy_stride, dy_stride, out, n, block);
    impl_->run(c, {Kind::to_weight, x_stride, dy_stride}, left, right, nullptr, dweight);
    if (!dx) continue;
    const Key key{Kind::to_input, dy_stride, dx_stride};
    if (n == block) {
      impl_->run(c, key, right, weight, nullptr, dx + r * dx_stride);
      continue;
    }
    const auto bytes = static_cast<std::size_t>(block * dx_stride) * sizeof(float);
    auto* whole = reinterpret_cast<float*>(c.scratch(Scratch::dx, bytes));
    impl_->run(c, key, right, weight, nullptr, whole);
    copy_rows(whole, dx + r * dx_stride, dx_stride, in, n);
  }
  for (std::int64_t r = 0; dbias && r < rows; ++r)
    for (std::int64_t k = 0; k < out; ++k) dbias[k] += dy[r * dy_stride + k];
}

}  // namespace gemel::dnn
