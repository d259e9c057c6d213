#include <algorithm>

#include "nn/encoder_impl.hpp"
#include "nn/rows.hpp"
#include "nn/unit_length.hpp"

namespace gemel::nn {
namespace {

std::size_t count(std::int64_t a, std::int64_t b) {
  return static_cast<std::size_t>(a * b);
}

}  // namespace

void Encoder::Impl::forward(const Pass& pass, const BodySlot& packed, Saved::State& state,
                            Scratch& scratch, MatrixView out) const {
  MatrixView pooled = out;
  if (projection) {
    const std::int64_t width = config.pooled_size();
    state.pooled.reserve_discard(count(out.rows, width));
    pooled = MatrixView(state.pooled.data(), out.rows, width);
  }
  body->forward(pass, packed, state.body, scratch.body, pooled);
  finish_rows(pass, state, pooled, out);
}

// Dropout, projection and unit length. Without a projection `pooled` is `all`.
void Encoder::Impl::finish_rows(const Pass& pass, Saved::State& state, MatrixView pooled,
                                MatrixView all) const {
  const MatrixView out(all.data, all.rows, config.sentence_size(), all.stride);
  if (all.cols > out.cols)
    for (std::int64_t n = 0; n < out.rows; ++n)
      std::copy_n(pooled.row(n), pooled.cols, all.row(n) + out.cols);
  const DropoutMask dropout = pass.mask(-1, config.dropout_output);
  for (int n = 0; n < pass.batch.texts; ++n) dropout.apply(0, n, pooled.cols, pooled.row(n));
  if (projection)
    projection->forward(pass.context, pooled.rows, pooled.data, pooled.stride,
                        pass.values.data(projection_weight), pass.values.data(projection_bias),
                        out.data, out.stride);
  if (!config.unit_length) return;
  if (!pass.training) return scale_to_unit_length(out, nullptr);
  state.norms.reserve_discard(count(out.rows, 1));
  state.unit.reserve_discard(count(out.rows, out.cols));
  scale_to_unit_length(out, state.norms.data());
  for (std::int64_t n = 0; n < out.rows; ++n)
    std::copy_n(out.row(n), out.cols, state.unit.data() + n * out.cols);
}

ConstMatrixView Encoder::Impl::finish_rows_backward(const Pass& pass, Saved::State& state,
                                                    ConstMatrixView all, GradientBlock& gradients,
                                                    Scratch& scratch) const {
  const ConstMatrixView dout(all.data, all.rows, config.sentence_size(), all.stride);
  ConstMatrixView upper = dout;
  if (config.unit_length) {
    scratch.dout.reserve_discard(count(dout.rows, dout.cols));
    const MatrixView lower(scratch.dout.data(), dout.rows, dout.cols);
    unit_length_backward({state.unit.data(), dout.rows, dout.cols}, state.norms.data(), upper,
                         lower);
    upper = lower;
  }
  const DropoutMask dropout = pass.mask(-1, config.dropout_output);
  if (!projection && !dropout) return upper;
  scratch.dpooled.reserve_discard(count(dout.rows, config.pooled_size()));
  const MatrixView dpooled(scratch.dpooled.data(), dout.rows, config.pooled_size());
  if (projection)
    projection->backward(pass.context, dout.rows, state.pooled.data(), config.pooled_size(),
                         pass.values.data(projection_weight), upper.data, upper.stride,
                         dpooled.data, dpooled.stride, gradients.data(projection_weight),
                         gradients.data(projection_bias));
  else
    for (std::int64_t n = 0; n < dout.rows; ++n)
      std::copy_n(upper.row(n), dpooled.cols, dpooled.row(n));
  for (int n = 0; n < pass.batch.texts; ++n) dropout.apply(0, n, dpooled.cols, dpooled.row(n));
  if (all.cols > dout.cols)
    for (std::int64_t n = 0; n < dout.rows; ++n)
      add_row(all.row(n) + dout.cols, dpooled.cols, dpooled.row(n));
  return dpooled;
}

}  // namespace gemel::nn
