#pragma once
#include <cstdint>
#include <dnnl.hpp>
#include <memory>

namespace gemel::dnn {

/// What a compiled LSTM depends on besides its sizes.
struct LstmShape {
  std::int64_t steps = 0;      // T
  std::int64_t texts = 0;      // N
  std::int64_t y_stride = 0;   // elements between rows of y
  std::int64_t dy_stride = 0;  // elements between rows of dy; unused by inference
  bool training = false;
  bool operator==(const LstmShape&) const = default;
};

/// Weight layouts, the same for every shape, so that weights are packed once a model.
struct LstmLayouts {
  dnnl::memory::desc weight_layer, weight_iter;  // inference
  dnnl::memory::desc train_layer, train_iter;    // training, forward
  dnnl::memory::desc back_layer, back_iter;      // backward
  dnnl::memory::desc diff_layer, diff_iter;      // gradients, f32
  dnnl::memory::desc plain_layer, plain_iter;    // f32 [I, 4, H], [H, 4, H]
  dnnl::memory::desc bias;                       // f32 [4, H]
};

struct LstmSizes {
  std::int64_t input, hidden;
  dnnl::memory::data_type type;  // of activations and weights
};

/// One compiled shape. Immutable; holds no buffer, so any number of threads may run it.
struct LstmPlan {
  dnnl::memory::desc x, y, dx, dy;
  dnnl::memory::desc state, cell;  // [1, 1, N, H] before the first step; training only
  dnnl::lstm_forward::primitive_desc forward_desc;
  dnnl::lstm_forward forward;
  dnnl::lstm_backward::primitive_desc backward_desc;  // training only, as the next
  dnnl::lstm_backward backward;
};

/// Asks oneDNN which layouts it prefers. Throws dnnl::error where the type is not supported.
LstmLayouts choose_layouts(const LstmSizes&);

/// Compiles one shape for weights in these layouts.
std::shared_ptr<const LstmPlan> compile(const LstmSizes&, const LstmLayouts&, const LstmShape&);

}  // namespace gemel::dnn
