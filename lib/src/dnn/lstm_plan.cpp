#include "dnn/lstm_plan.hpp"

#include "dnn/bridge.hpp"
#include "dnn/context_impl.hpp"

namespace gemel::dnn {
namespace {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

/// [T, N, width] time-major, rows `stride` elements apart.
memory::desc sequence(std::int64_t steps, std::int64_t texts, std::int64_t width,
                      std::int64_t stride, Type type) {
  return memory::desc({steps, texts, width}, type, memory::dims{texts * stride, stride, 1});
}

/// oneDNN's weight dimensions are [layers, directions, from, gates, to].
memory::desc weights(std::int64_t from, std::int64_t to, Type type, Tag tag) {
  return memory::desc({1, 1, from, 4, to}, type, tag);
}

/// Everything that depends on the shape alone.
struct Activations {
  memory::desc x, y, dx, dy;
  memory::desc state, cell, dstate;  // training only: h and c before the first step
};

Activations activations(const LstmSizes& s, const LstmShape& shape) {
  const std::int64_t t = shape.steps, n = shape.texts;
  Activations a;
  a.x = sequence(t, n, s.input, s.input, s.type);
  a.y = sequence(t, n, s.hidden, shape.y_stride, s.type);
  if (!shape.training) return a;
  a.dx = sequence(t, n, s.input, s.input, Type::f32);
  a.dy = sequence(t, n, s.hidden, shape.dy_stride, Type::f32);
  // oneDNN 2.6.3 takes h of the same step instead of the one before for the gradient of
  // weight_iter when no first state is given (f32, "ref"), so a zero state is given.
  a.state = memory::desc({1, 1, n, s.hidden}, s.type, Tag::ldnc);
  a.cell = a.dstate = memory::desc({1, 1, n, s.hidden}, Type::f32, Tag::ldnc);
  return a;
}

dnnl::lstm_forward::primitive_desc describe_forward(bool training, const Activations& a,
                                                    const memory::desc& layer,
                                                    const memory::desc& iter,
                                                    const memory::desc& bias) {
  const memory::desc none;
  return bridge::describe<dnnl::lstm_forward>(
      cpu_engine(), user_scratchpad(),
      training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference,
      dnnl::rnn_direction::unidirectional_left2right, a.x, a.state, a.cell, layer, iter, bias, a.y,
      none, none);
}

struct BackwardWeights {
  memory::desc layer, iter, bias, diff_layer, diff_iter;
};

dnnl::lstm_backward::primitive_desc describe_backward(
    const Activations& a, const BackwardWeights& w,
    const dnnl::lstm_forward::primitive_desc& hint) {
  const memory::desc none;
  return bridge::describe_backward<dnnl::lstm_backward>(
      cpu_engine(), user_scratchpad(), hint, dnnl::prop_kind::backward,
      dnnl::rnn_direction::unidirectional_left2right, a.x, a.state, a.cell, w.layer, w.iter, w.bias,
      a.y, none, none, a.dx, a.dstate, a.dstate, w.diff_layer, w.diff_iter, w.bias, a.dy, none,
      none);
}

memory::desc blocked_or(const memory::desc& preferred, const memory::desc& fallback) {
  return bridge::is_blocked(preferred) ? preferred : fallback;
}

}  // namespace

LstmLayouts choose_layouts(const LstmSizes& s) {
  const SingleThreaded guard;
  // Layouts that depend on these two are not kept.
  constexpr std::int64_t t = 4, n = 32;
  const Activations inferring = activations(s, {t, n, s.hidden, 0, false});
  const Activations training = activations(s, {t, n, s.hidden, s.hidden, true});
  const memory::desc any_layer = weights(s.input, s.hidden, s.type, Tag::any);
  const memory::desc any_iter = weights(s.hidden, s.hidden, s.type, Tag::any);
  LstmLayouts l;
  l.bias = memory::desc({1, 1, 4, s.hidden}, Type::f32, Tag::ldgo);
  l.plain_layer = weights(s.input, s.hidden, Type::f32, Tag::ldigo);
  l.plain_iter = weights(s.hidden, s.hidden, Type::f32, Tag::ldigo);
  const memory::desc own_layer = weights(s.input, s.hidden, s.type, Tag::ldigo);
  const memory::desc own_iter = weights(s.hidden, s.hidden, s.type, Tag::ldigo);

  const auto infer = describe_forward(false, inferring, any_layer, any_iter, l.bias);
  l.weight_layer = blocked_or(infer.weights_layer_desc(), own_layer);
  l.weight_iter = blocked_or(infer.weights_iter_desc(), own_iter);
  const auto train = describe_forward(true, training, any_layer, any_iter, l.bias);
  l.train_layer = blocked_or(train.weights_layer_desc(), own_layer);
  l.train_iter = blocked_or(train.weights_iter_desc(), own_iter);
  const auto back = describe_backward(
      training,
      {any_layer, any_iter, l.bias, weights(s.input, s.hidden, Type::f32, Tag::any),
       weights(s.hidden, s.hidden, Type::f32, Tag::any)},
      train);
  const auto transposed = [&](std::int64_t from) {
    return weights(from, s.hidden, s.type, Tag::ldgoi);
  };
  l.back_layer = blocked_or(back.weights_layer_desc(), transposed(s.input));
  l.back_iter = blocked_or(back.weights_iter_desc(), transposed(s.hidden));
  l.diff_layer = blocked_or(back.diff_weights_layer_desc(), l.plain_layer);
  l.diff_iter = blocked_or(back.diff_weights_iter_desc(), l.plain_iter);
  return l;
}

std::shared_ptr<const LstmPlan> compile(const LstmSizes& sizes, const LstmLayouts& l,
                                        const LstmShape& shape) {
  const SingleThreaded guard;
  const Activations a = activations(sizes, shape);
  auto plan = std::make_shared<LstmPlan>();
  plan->x = a.x;
  plan->y = a.y;
  plan->forward_desc =
      describe_forward(shape.training, a, shape.training ? l.train_layer : l.weight_layer,
                       shape.training ? l.train_iter : l.weight_iter, l.bias);
  plan->forward = dnnl::lstm_forward(plan->forward_desc);
  if (!shape.training) return plan;
  plan->dx = a.dx;
  plan->dy = a.dy;
  plan->state = a.state;
  plan->cell = a.cell;
  plan->backward_desc = describe_backward(
      a, {l.back_layer, l.back_iter, l.bias, l.diff_layer, l.diff_iter}, plan->forward_desc);
  plan->backward = dnnl::lstm_backward(plan->backward_desc);
  return plan;
}

}  // namespace gemel::dnn
