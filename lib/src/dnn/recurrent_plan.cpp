#include "dnn/recurrent_plan.hpp"

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
memory::desc weights(const RecurrentSizes& s, std::int64_t from, Type type, Tag tag) {
  return memory::desc({1, 1, from, gates(s.cell), s.hidden}, type, tag);
}

constexpr auto kLeftToRight = dnnl::rnn_direction::unidirectional_left2right;

struct Activations {
  memory::desc x, y, dx, dy;         // the last two in training only
  memory::desc state, cell, dstate;  // h, c and their gradients before the first step
};

Activations inference_activations(const RecurrentSizes& s) {
  constexpr std::int64_t t = Recurrent::kBlockSteps, n = Recurrent::kBlockTexts;
  Activations a;
  a.x = sequence(t, n, s.input, s.input, s.type);
  a.y = sequence(t, n, s.hidden, s.hidden, s.type);
  a.state = memory::desc({1, 1, n, s.hidden}, s.type, Tag::ldnc);
  a.cell = memory::desc({1, 1, n, s.hidden}, Type::f32, Tag::ldnc);
  return a;
}

Activations training_activations(const RecurrentSizes& s, const TrainingShape& shape) {
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

struct Weights {
  memory::desc layer, iter, bias, diff_layer, diff_iter;  // the last two for backward only
};

// What differs between the cells: the primitives, and c, which only an LSTM carries.
struct LstmPrimitives {
  using Forward = dnnl::lstm_forward;
  using Backward = dnnl::lstm_backward;
  static Forward::primitive_desc inference(const Activations& a, const Weights& w) {
    return bridge::describe<Forward>(cpu_engine(), user_scratchpad(),
                                     dnnl::prop_kind::forward_inference, kLeftToRight, a.x, a.state,
                                     a.cell, w.layer, w.iter, w.bias, a.y, a.state, a.cell);
  }
  static Forward::primitive_desc training(const Activations& a, const Weights& w) {
    const memory::desc none;
    return bridge::describe<Forward>(cpu_engine(), user_scratchpad(),
                                     dnnl::prop_kind::forward_training, kLeftToRight, a.x, a.state,
                                     a.cell, w.layer, w.iter, w.bias, a.y, none, none);
  }
  static Backward::primitive_desc backward(const Activations& a, const Weights& w,
                                           const Forward::primitive_desc& hint) {
    const memory::desc none;
    return bridge::describe_backward<Backward>(
        cpu_engine(), user_scratchpad(), hint, dnnl::prop_kind::backward, kLeftToRight, a.x,
        a.state, a.cell, w.layer, w.iter, w.bias, a.y, none, none, a.dx, a.dstate, a.dstate,
        w.diff_layer, w.diff_iter, w.bias, a.dy, none, none);
  }
};

struct GruPrimitives {
  using Forward = dnnl::gru_forward;
  using Backward = dnnl::gru_backward;
  static Forward::primitive_desc inference(const Activations& a, const Weights& w) {
    return bridge::describe<Forward>(cpu_engine(), user_scratchpad(),
                                     dnnl::prop_kind::forward_inference, kLeftToRight, a.x, a.state,
                                     w.layer, w.iter, w.bias, a.y, a.state);
  }
  static Forward::primitive_desc training(const Activations& a, const Weights& w) {
    const memory::desc none;
    return bridge::describe<Forward>(cpu_engine(), user_scratchpad(),
                                     dnnl::prop_kind::forward_training, kLeftToRight, a.x, a.state,
                                     w.layer, w.iter, w.bias, a.y, none);
  }
  static Backward::primitive_desc backward(const Activations& a, const Weights& w,
                                           const Forward::primitive_desc& hint) {
    const memory::desc none;
    return bridge::describe_backward<Backward>(
        cpu_engine(), user_scratchpad(), hint, dnnl::prop_kind::backward, kLeftToRight, a.x,
        a.state, w.layer, w.iter, w.bias, a.y, none, a.dx, a.dstate, w.diff_layer, w.diff_iter,
        w.bias, a.dy, none);
  }
};

/// Layouts for every training shape. RNN-packed ones embed the batch size, so the plain layout
/// stands in for them.
template <class Primitives>
void choose_training_layouts(const RecurrentSizes& s, RecurrentLayouts& l) {
  const Activations a = training_activations(s, {4, 32, s.hidden, s.hidden});
  const auto shared = [](const memory::desc& preferred, const memory::desc& fallback) {
    return bridge::is_blocked(preferred) ? preferred : fallback;
  };
  const auto layer = [&](Type type, Tag tag) { return weights(s, s.input, type, tag); };
  const auto iter = [&](Type type, Tag tag) { return weights(s, s.hidden, type, tag); };
  const Weights any{layer(s.type, Tag::any), iter(s.type, Tag::any), l.bias,
                    layer(Type::f32, Tag::any), iter(Type::f32, Tag::any)};
  const auto train = Primitives::training(a, any);
  l.train_layer = shared(train.weights_layer_desc(), layer(s.type, Tag::ldigo));
  l.train_iter = shared(train.weights_iter_desc(), iter(s.type, Tag::ldigo));
  const auto back = Primitives::backward(a, any, train);
  l.back_layer = shared(back.weights_layer_desc(), layer(s.type, Tag::ldgoi));
  l.back_iter = shared(back.weights_iter_desc(), iter(s.type, Tag::ldgoi));
  l.diff_layer = shared(back.diff_weights_layer_desc(), l.plain_layer);
  l.diff_iter = shared(back.diff_weights_iter_desc(), l.plain_iter);
}

template <class Primitives>
RecurrentLayouts choose(const RecurrentSizes& s) {
  RecurrentLayouts l;
  l.bias = memory::desc({1, 1, gates(s.cell), s.hidden}, Type::f32, Tag::ldgo);
  l.plain_layer = weights(s, s.input, Type::f32, Tag::ldigo);
  l.plain_iter = weights(s, s.hidden, Type::f32, Tag::ldigo);
  l.rounded_layer = weights(s, s.input, s.type, Tag::ldigo);
  l.rounded_iter = weights(s, s.hidden, s.type, Tag::ldigo);
  const auto infer =
      Primitives::inference(inference_activations(s), {weights(s, s.input, s.type, Tag::any),
                                                       weights(s, s.hidden, s.type, Tag::any),
                                                       l.bias,
                                                       {},
                                                       {}});
  l.infer_layer = infer.weights_layer_desc();
  l.infer_iter = infer.weights_iter_desc();
  choose_training_layouts<Primitives>(s, l);
  return l;
}

template <class Primitives>
void compile(const Activations& a, const RecurrentLayouts& l, InferencePlan& plan) {
  const auto desc = Primitives::inference(a, {l.infer_layer, l.infer_iter, l.bias, {}, {}});
  plan.scratchpad = desc.scratchpad_desc();
  plan.primitive = typename Primitives::Forward(desc);
}

template <class Primitives>
void compile(const Activations& a, const RecurrentLayouts& l, TrainingPlan& plan) {
  const auto forward = Primitives::training(a, {l.train_layer, l.train_iter, l.bias, {}, {}});
  plan.workspace = forward.workspace_desc();
  plan.forward_scratchpad = forward.scratchpad_desc();
  plan.forward = typename Primitives::Forward(forward);
  const auto backward = Primitives::backward(
      a, {l.back_layer, l.back_iter, l.bias, l.diff_layer, l.diff_iter}, forward);
  plan.backward_scratchpad = backward.scratchpad_desc();
  plan.backward = typename Primitives::Backward(backward);
  plan.implementation = backward.impl_info_str();
}

template <class Plan>
void compile(Cell cell, const Activations& a, const RecurrentLayouts& l, Plan& plan) {
  if (cell == Cell::gru)
    compile<GruPrimitives>(a, l, plan);
  else
    compile<LstmPrimitives>(a, l, plan);
}

}  // namespace

RecurrentLayouts choose_layouts(const RecurrentSizes& s) {
  const SingleThreaded guard;
  return s.cell == Cell::gru ? choose<GruPrimitives>(s) : choose<LstmPrimitives>(s);
}

InferencePlan compile_inference(const RecurrentSizes& sizes, const RecurrentLayouts& l) {
  const SingleThreaded guard;
  const Activations a = inference_activations(sizes);
  InferencePlan plan{a.x, a.y, a.state, a.cell, {}, {}};
  compile(sizes.cell, a, l, plan);
  return plan;
}

std::shared_ptr<const TrainingPlan> compile_training(const RecurrentSizes& sizes,
                                                     const RecurrentLayouts& l,
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
  compile(sizes.cell, a, l, *plan);
  return plan;
}

}  // namespace gemel::dnn
