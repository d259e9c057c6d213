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

struct Activations {
  memory::desc x, y, dx, dy;         // the last two in training only
  memory::desc state, cell, dstate;  // h, c and their gradients before the first step
};

Activations inference_activations(const LstmSizes& s) {
  constexpr std::int64_t t = Lstm::kBlockSteps, n = Lstm::kBlockTexts;
  Activations a;
  a.x = sequence(t, n, s.input, s.input, s.type);
  a.y = sequence(t, n, s.hidden, s.hidden, s.type);
  a.state = memory::desc({1, 1, n, s.hidden}, s.type, Tag::ldnc);
  a.cell = memory::desc({1, 1, n, s.hidden}, Type::f32, Tag::ldnc);
  return a;
}

Activations training_activations(const LstmSizes& s, const TrainingShape& shape) {
  const std::int64_t t = shape.steps, n = shape.texts;
  Activations a;
  a.x = sequence(t, n, s.input, s.input, s.type);
  a.y = sequence(t, n, s.hidden, shape.y_stride, s.type);
  a.dx = sequence(t, n, s.input, s.input, Type::f32);
  a.dy = sequence(t, n, s.hidden, shape.dy_stride, Type::f32);
  // Without a first state oneDNN 2.6.3 takes h of the same step instead of the one before for the
  // gradient of weight_iter (f32, its "ref" implementation), so a zero state is given.
  a.state = memory::desc({1, 1, n, s.hidden}, s.type, Tag::ldnc);
  a.cell = a.dstate = memory::desc({1, 1, n, s.hidden}, Type::f32, Tag::ldnc);
  return a;
}

dnnl::lstm_forward::primitive_desc describe_inference(const Activations& a,
                                                      const memory::desc& layer,
                                                      const memory::desc& iter,
                                                      const memory::desc& bias) {
  return bridge::describe<dnnl::lstm_forward>(
      cpu_engine(), user_scratchpad(), dnnl::prop_kind::forward_inference,
      dnnl::rnn_direction::unidirectional_left2right, a.x, a.state, a.cell, layer, iter, bias, a.y,
      a.state, a.cell);
}

dnnl::lstm_forward::primitive_desc describe_training(const Activations& a,
                                                     const memory::desc& layer,
                                                     const memory::desc& iter,
                                                     const memory::desc& bias) {
  const memory::desc none;
  return bridge::describe<dnnl::lstm_forward>(cpu_engine(), user_scratchpad(),
                                              dnnl::prop_kind::forward_training,
                                              dnnl::rnn_direction::unidirectional_left2right, a.x,
                                              a.state, a.cell, layer, iter, bias, a.y, none, none);
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

/// Layouts for every training shape. RNN-packed ones embed the batch size, so the plain layout
/// stands in for them.
void choose_training_layouts(const LstmSizes& s, LstmLayouts& l) {
  const Activations a = training_activations(s, {4, 32, s.hidden, s.hidden});
  const auto shared = [](const memory::desc& preferred, const memory::desc& fallback) {
    return bridge::is_blocked(preferred) ? preferred : fallback;
  };
  const auto layer = [&](Type type, Tag tag) { return weights(s.input, s.hidden, type, tag); };
  const auto iter = [&](Type type, Tag tag) { return weights(s.hidden, s.hidden, type, tag); };

  const auto train = describe_training(a, layer(s.type, Tag::any), iter(s.type, Tag::any), l.bias);
  l.train_layer = shared(train.weights_layer_desc(), layer(s.type, Tag::ldigo));
  l.train_iter = shared(train.weights_iter_desc(), iter(s.type, Tag::ldigo));
  const auto back = describe_backward(a,
                                      {layer(s.type, Tag::any), iter(s.type, Tag::any), l.bias,
                                       layer(Type::f32, Tag::any), iter(Type::f32, Tag::any)},
                                      train);
  l.back_layer = shared(back.weights_layer_desc(), layer(s.type, Tag::ldgoi));
  l.back_iter = shared(back.weights_iter_desc(), iter(s.type, Tag::ldgoi));
  l.diff_layer = shared(back.diff_weights_layer_desc(), l.plain_layer);
  l.diff_iter = shared(back.diff_weights_iter_desc(), l.plain_iter);
}

}  // namespace

LstmLayouts choose_layouts(const LstmSizes& s) {
  const SingleThreaded guard;
  LstmLayouts l;
  l.bias = memory::desc({1, 1, 4, s.hidden}, Type::f32, Tag::ldgo);
  l.plain_layer = weights(s.input, s.hidden, Type::f32, Tag::ldigo);
  l.plain_iter = weights(s.hidden, s.hidden, Type::f32, Tag::ldigo);
  const auto infer =
      describe_inference(inference_activations(s), weights(s.input, s.hidden, s.type, Tag::any),
                         weights(s.hidden, s.hidden, s.type, Tag::any), l.bias);
  l.infer_layer = infer.weights_layer_desc();
  l.infer_iter = infer.weights_iter_desc();
  choose_training_layouts(s, l);
  return l;
}

InferencePlan compile_inference(const LstmSizes& sizes, const LstmLayouts& l) {
  const SingleThreaded guard;
  const Activations a = inference_activations(sizes);
  InferencePlan plan{a.x, a.y, a.state, a.cell, {}, {}};
  plan.desc = describe_inference(a, l.infer_layer, l.infer_iter, l.bias);
  plan.primitive = dnnl::lstm_forward(plan.desc);
  return plan;
}

std::shared_ptr<const TrainingPlan> compile_training(const LstmSizes& sizes, const LstmLayouts& l,
                                                     const TrainingShape& shape) {
  const SingleThreaded guard;
  const Activations a = training_activations(sizes, shape);
  auto plan = std::make_shared<TrainingPlan>();
  plan->x = a.x;
  plan->y = a.y;
  plan->dx = a.dx;
  plan->dy = a.dy;
  plan->state = a.state;
  plan->cell = a.cell;
  plan->forward_desc = describe_training(a, l.train_layer, l.train_iter, l.bias);
  plan->forward = dnnl::lstm_forward(plan->forward_desc);
  plan->backward_desc = describe_backward(
      a, {l.back_layer, l.back_iter, l.bias, l.diff_layer, l.diff_iter}, plan->forward_desc);
  plan->backward = dnnl::lstm_backward(plan->backward_desc);
  return plan;
}

}  // namespace gemel::dnn
