#include "tests/bench/raw_lstm.hpp"

#include <dnnl.hpp>
#include <unordered_map>
#include <vector>

#include "core/aligned.hpp"
#include "dnn/bridge.hpp"
#include "dnn/context_impl.hpp"

namespace gemel::bench {
namespace {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;
using Arguments = std::unordered_map<int, memory>;
using Forward = dnnl::lstm_forward;
using Backward = dnnl::lstm_backward;
constexpr auto kDirection = dnnl::rnn_direction::unidirectional_left2right;

/// Memory as the library's own buffers have it, so that both sides lie in pages of one size.
class Memories {
 public:
  /// Small values that are the same in every run; bf16 gets zeros, whose time is the same.
  memory filled(const memory::desc& desc, bool f32) {
    blocks_.emplace_back((desc.get_size() + sizeof(float)) / sizeof(float));
    float* const values = blocks_.back().data();
    // Zeros are written too: pages that nothing was written to are all one page, in the cache.
    for (std::size_t i = 0; i < blocks_.back().size(); ++i)
      values[i] = f32 ? 0.01f * static_cast<float>(i % 19) - 0.09f : 0.0f;
    return memory(desc, dnn::cpu_engine(), values);
  }

 private:
  std::vector<AlignedBuffer<float>> blocks_;
};

struct Descs {
  memory::desc x, y, dx, dy, layer, iter, bias, diff_layer, diff_iter, state, cell;
  explicit Descs(const Shape& s) {
    const Type type = s.precision == Precision::bf16 ? Type::bf16 : Type::f32;
    const auto t = s.steps, n = s.texts, i = s.input, h = s.hidden;
    x = memory::desc({t, n, i}, type, Tag::tnc);
    y = memory::desc({t, n, h}, type, Tag::tnc);
    dx = memory::desc({t, n, i}, Type::f32, Tag::tnc);
    dy = memory::desc({t, n, h}, Type::f32, Tag::tnc);
    layer = memory::desc({1, 1, i, 4, h}, type, Tag::any);
    iter = memory::desc({1, 1, h, 4, h}, type, Tag::any);
    bias = memory::desc({1, 1, 4, h}, Type::f32, Tag::ldgo);
    diff_layer = memory::desc({1, 1, i, 4, h}, Type::f32, Tag::any);
    diff_iter = memory::desc({1, 1, h, 4, h}, Type::f32, Tag::any);
    state = memory::desc({1, 1, n, h}, type, Tag::ldnc);
    cell = memory::desc({1, 1, n, h}, Type::f32, Tag::ldnc);
  }
};

}  // namespace

struct RawLstm::Impl {
  dnnl::stream stream{dnn::cpu_engine()};
  Memories memories;
  Forward forward, inference;
  Backward backward;
  Arguments forward_arguments, inference_arguments, backward_arguments;

  explicit Impl(const Shape& s) {
    const Descs d(s);
    const bool f32 = s.precision == Precision::f32;
    const memory::desc none;
    const auto infer = dnn::bridge::describe<Forward>(
        dnn::cpu_engine(), dnn::user_scratchpad(), dnnl::prop_kind::forward_inference, kDirection,
        d.x, none, none, d.layer, d.iter, d.bias, d.y, none, none);
    const auto train = dnn::bridge::describe<Forward>(
        dnn::cpu_engine(), dnn::user_scratchpad(), dnnl::prop_kind::forward_training, kDirection,
        d.x, d.state, d.cell, d.layer, d.iter, d.bias, d.y, none, none);
    const auto back = dnn::bridge::describe_backward<Backward>(
        dnn::cpu_engine(), dnn::user_scratchpad(), train, dnnl::prop_kind::backward, kDirection,
        d.x, d.state, d.cell, d.layer, d.iter, d.bias, d.y, none, none, d.dx, d.cell, d.cell,
        d.diff_layer, d.diff_iter, d.bias, d.dy, none, none);
    inference = Forward(infer);
    forward = Forward(train);
    backward = Backward(back);
    const Arguments common = {{DNNL_ARG_SRC_LAYER, memories.filled(d.x, f32)},
                              {DNNL_ARG_BIAS, memories.filled(d.bias, true)},
                              {DNNL_ARG_DST_LAYER, memories.filled(d.y, f32)}};
    inference_arguments = common;
    inference_arguments.insert(
        {{DNNL_ARG_WEIGHTS_LAYER, memories.filled(infer.weights_layer_desc(), f32)},
         {DNNL_ARG_WEIGHTS_ITER, memories.filled(infer.weights_iter_desc(), f32)},
         {DNNL_ARG_SCRATCHPAD, memories.filled(infer.scratchpad_desc(), false)}});
    forward_arguments = common;
    forward_arguments.insert(
        {{DNNL_ARG_SRC_ITER, memories.filled(d.state, false)},
         {DNNL_ARG_SRC_ITER_C, memories.filled(d.cell, false)},
         {DNNL_ARG_WORKSPACE, memories.filled(train.workspace_desc(), false)}});
    backward_arguments = forward_arguments;
    forward_arguments.insert(
        {{DNNL_ARG_WEIGHTS_LAYER, memories.filled(train.weights_layer_desc(), f32)},
         {DNNL_ARG_WEIGHTS_ITER, memories.filled(train.weights_iter_desc(), f32)},
         {DNNL_ARG_SCRATCHPAD, memories.filled(train.scratchpad_desc(), false)}});
    backward_arguments.insert(
        {{DNNL_ARG_WEIGHTS_LAYER, memories.filled(back.weights_layer_desc(), f32)},
         {DNNL_ARG_WEIGHTS_ITER, memories.filled(back.weights_iter_desc(), f32)},
         {DNNL_ARG_DIFF_DST_LAYER, memories.filled(d.dy, true)},
         {DNNL_ARG_DIFF_SRC_LAYER, memories.filled(d.dx, false)},
         {DNNL_ARG_DIFF_SRC_ITER, memories.filled(d.cell, false)},
         {DNNL_ARG_DIFF_SRC_ITER_C, memories.filled(d.cell, false)},
         {DNNL_ARG_DIFF_WEIGHTS_LAYER, memories.filled(back.diff_weights_layer_desc(), false)},
         {DNNL_ARG_DIFF_WEIGHTS_ITER, memories.filled(back.diff_weights_iter_desc(), false)},
         {DNNL_ARG_DIFF_BIAS, memories.filled(d.bias, false)},
         {DNNL_ARG_SCRATCHPAD, memories.filled(back.scratchpad_desc(), false)}});
  }
};

RawLstm::RawLstm(const Shape& shape) {
  const dnn::SingleThreaded guard;
  impl_ = std::make_unique<Impl>(shape);
}
RawLstm::~RawLstm() = default;

void RawLstm::train() {
  const dnn::SingleThreaded guard;
  impl_->forward.execute(impl_->stream, impl_->forward_arguments);
  impl_->backward.execute(impl_->stream, impl_->backward_arguments);
  impl_->stream.wait();
}

void RawLstm::infer() {
  const dnn::SingleThreaded guard;
  impl_->inference.execute(impl_->stream, impl_->inference_arguments);
  impl_->stream.wait();
}

}  // namespace gemel::bench
