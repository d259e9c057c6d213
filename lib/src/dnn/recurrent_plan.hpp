#pragma once
#include <cstdint>
#include <dnnl.hpp>
#include <memory>
#include <string>

#include "dnn/recurrent.hpp"

namespace gemel::dnn {

struct RecurrentSizes {
  std::int64_t input, hidden;
  dnnl::memory::data_type type;  // of activations and weights
  Cell cell;
};

/// Weight layouts, the same for every shape, so that weights are packed once a model.
struct RecurrentLayouts {
  dnnl::memory::desc infer_layer, infer_iter;      // inference's one block shape
  dnnl::memory::desc train_layer, train_iter;      // training, forward
  dnnl::memory::desc back_layer, back_iter;        // backward
  dnnl::memory::desc diff_layer, diff_iter;        // gradients, f32
  dnnl::memory::desc plain_layer, plain_iter;      // f32 [I, G, H], [H, G, H]
  dnnl::memory::desc rounded_layer, rounded_iter;  // the same in the compute type
  dnnl::memory::desc bias;                         // f32 [G, H]
};

/// The compiled block, kBlockSteps by kBlockTexts, the state carried from block to block. With a
/// primitive of any other shape oneDNN may split sums elsewhere and round differently (its choices
/// depend on N, and on T · N), so that a text's vector would depend on its batch. Within a block a
/// row's place does not matter if the texts are a multiple of 6 (AVX2's GEMM). Immutable; holds no
/// buffer, so any number of threads may run it.
struct InferencePlan {
  dnnl::memory::desc x, y;         // [kBlockSteps, kBlockTexts, I] and [.., H]
  dnnl::memory::desc state, cell;  // [1, 1, kBlockTexts, H]: h in the compute type, c in f32
  dnnl::memory::desc scratchpad;
  dnnl::primitive primitive;
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
  dnnl::memory::desc state, cell;  // [1, 1, N, H] before the first step; c of lstm alone
  dnnl::memory::desc workspace, forward_scratchpad, backward_scratchpad;
  dnnl::primitive forward, backward;
  std::string implementation;  // oneDNN's name of what goes backward
};

/// Asks oneDNN which layouts it prefers. Throws dnnl::error where the type is not supported.
RecurrentLayouts choose_layouts(const RecurrentSizes&);
InferencePlan compile_inference(const RecurrentSizes&, const RecurrentLayouts&);
std::shared_ptr<const TrainingPlan> compile_training(const RecurrentSizes&, const RecurrentLayouts&,
                                                     const TrainingShape&);

}  // namespace gemel::dnn
