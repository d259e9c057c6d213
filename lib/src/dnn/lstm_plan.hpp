#pragma once
#include <cstdint>
#include <dnnl.hpp>
#include <memory>

#include "dnn/lstm.hpp"

namespace gemel::dnn {

struct LstmSizes {
  std::int64_t input, hidden;
  dnnl::memory::data_type type;  // of activations and weights
};

/// Weight layouts, the same for every shape, so that weights are packed once a model.
struct LstmLayouts {
  dnnl::memory::desc infer_layer, infer_iter;  // inference's one block shape
  dnnl::memory::desc train_layer, train_iter;  // training, forward
  dnnl::memory::desc back_layer, back_iter;    // backward
  dnnl::memory::desc diff_layer, diff_iter;    // gradients, f32
  dnnl::memory::desc plain_layer, plain_iter;  // f32 [I, 4, H], [H, 4, H]
  dnnl::memory::desc bias;                     // f32 [4, H]
};

/// The compiled block, kBlockSteps by kBlockTexts, the state carried from block to block. With a
/// primitive of any other shape oneDNN may split sums elsewhere and round differently (its choices
/// depend on N, and on T · N), so that a text's vector would depend on its batch. Within a block a
/// row's place does not matter if the texts are a multiple of 6 (AVX2's GEMM). Immutable; holds no
/// buffer, so any number of threads may run it.
struct InferencePlan {
  dnnl::memory::desc x, y;         // [kBlockSteps, kBlockTexts, I] and [.., H]
  dnnl::memory::desc state, cell;  // [1, 1, kBlockTexts, H]: h in the compute type, c in f32
  dnnl::lstm_forward::primitive_desc desc;
  dnnl::lstm_forward primitive;
};

/// What a compiled training pass depends on besides its sizes.
struct TrainingShape {
  std::int64_t steps, texts;         // T, N
  std::int64_t y_stride, dy_stride;  // elements between rows
  bool operator==(const TrainingShape&) const = default;
};

/// Forward and backward for one shape. Immutable, as above.
struct TrainingPlan {
  dnnl::memory::desc x, y, dx, dy;
  dnnl::memory::desc state, cell;  // [1, 1, N, H] before the first step
  dnnl::lstm_forward::primitive_desc forward_desc;
  dnnl::lstm_forward forward;
  dnnl::lstm_backward::primitive_desc backward_desc;
  dnnl::lstm_backward backward;
};

/// Asks oneDNN which layouts it prefers. Throws dnnl::error where the type is not supported.
LstmLayouts choose_layouts(const LstmSizes&);
InferencePlan compile_inference(const LstmSizes&, const LstmLayouts&);
std::shared_ptr<const TrainingPlan> compile_training(const LstmSizes&, const LstmLayouts&,
                                                     const TrainingShape&);

}  // namespace gemel::dnn
