#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "dnn/recurrent_impl.hpp"

namespace gemel::dnn {
namespace {

using dnnl::memory;

/// A block's place in [T, N, ·]; `steps` and `texts` fall short of a whole block at the edges.
struct Place {
  std::int64_t first_step, first_text, steps, texts;
};

/// x's part into [kBlockSteps, kBlockTexts, I]. What lies beyond the edge keeps what an earlier
/// block left there: it is never read back, and rows and later steps do not reach into others.
void gather(const std::byte* x, std::int64_t texts, std::size_t row, const Place& p,
            std::byte* block) {
  for (std::int64_t t = 0; t < p.steps; ++t) {
    const auto from = static_cast<std::size_t>((p.first_step + t) * texts + p.first_text);
    const auto to = static_cast<std::size_t>(t * Recurrent::kBlockTexts);
    std::memcpy(block + to * row, x + from * row, static_cast<std::size_t>(p.texts) * row);
  }
}

/// The block's y rows of `row` bytes to rows `stride` bytes apart.
void scatter(const std::byte* block, std::int64_t texts, std::size_t row, std::size_t stride,
             const Place& p, std::byte* y) {
  for (std::int64_t t = 0; t < p.steps; ++t) {
    for (std::int64_t n = 0; n < p.texts; ++n) {
      const auto from = static_cast<std::size_t>(t * Recurrent::kBlockTexts + n);
      const auto to = static_cast<std::size_t>((p.first_step + t) * texts + p.first_text + n);
      std::memcpy(y + to * stride, block + from * row, row);
    }
  }
}

}  // namespace

void Recurrent::Impl::infer(Context::Impl& c, const Packed::State& packed, std::int64_t steps,
                            std::int64_t texts, const std::byte* x, std::byte* y,
                            std::int64_t y_stride) const {
  const InferencePlan& plan = inference();
  const std::size_t width = sizes.type == memory::data_type::bf16 ? 2 : 4;
  const std::size_t x_row = static_cast<std::size_t>(sizes.input) * width;
  const std::size_t y_row = static_cast<std::size_t>(sizes.hidden) * width;
  const std::size_t stride = static_cast<std::size_t>(y_stride) * width;
  std::byte* x_block = c.scratch(Scratch::x, plan.x.get_size());
  std::byte* y_block = c.scratch(Scratch::y, plan.y.get_size());
  const std::size_t h_size = plan.state.get_size(), c_size = plan.cell.get_size();
  std::byte* states = c.scratch(Scratch::state, 2 * (h_size + c_size));  // h and c, in and out
  std::memset(x_block, 0, plan.x.get_size());

  memory state = wrap(plan.state, states), next_state = wrap(plan.state, states + h_size);
  memory cell = wrap(plan.cell, states + 2 * h_size);
  memory next_cell = wrap(plan.cell, states + 2 * h_size + c_size);
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC_LAYER, wrap(plan.x, x_block)},
      {DNNL_ARG_WEIGHTS_LAYER, wrap(layouts().infer_layer, packed.infer_layer.data())},
      {DNNL_ARG_WEIGHTS_ITER, wrap(layouts().infer_iter, packed.infer_iter.data())},
      {DNNL_ARG_BIAS, wrap(layouts().bias, packed.bias.data())},
      {DNNL_ARG_DST_LAYER, wrap(plan.y, y_block)},
      {DNNL_ARG_SCRATCHPAD, c.scratchpad(plan.scratchpad)}};

  for (std::int64_t n = 0; n < texts; n += kBlockTexts) {
    std::memset(state.get_data_handle(), 0, h_size);
    std::memset(cell.get_data_handle(), 0, c_size);
    for (std::int64_t t = 0; t < steps; t += kBlockSteps) {
      const Place place{t, n, std::min(kBlockSteps, steps - t), std::min(kBlockTexts, texts - n)};
      gather(x, texts, x_row, place, x_block);
      arguments[DNNL_ARG_SRC_ITER] = state;
      arguments[DNNL_ARG_DST_ITER] = next_state;
      if (sizes.cell == Cell::lstm) {
        arguments[DNNL_ARG_SRC_ITER_C] = cell;
        arguments[DNNL_ARG_DST_ITER_C] = next_cell;
      }
      c.run(plan.primitive, arguments);
      scatter(y_block, texts, y_row, stride, place, y);
      std::swap(state, next_state);
      std::swap(cell, next_cell);
    }
  }
}

}  // namespace gemel::dnn
