#include "nn/pooling.hpp"

#include <algorithm>

#include "nn/rows.hpp"

namespace gemel::nn {
namespace {

constexpr int kTextBlock = 8;  // texts walked together: their pooled rows stay in the cache

// One direction; `column` is its offset within a block of S columns.
template <class Real>
struct DirectionPooling {
  const PoolingLayout& layout;
  const Ragged& batch;
  const Real* y;         // [T, N, H]
  std::int64_t column;   // 0 or H
  MatrixView out;        // [N, P]
  std::int32_t* argmax;  // [N, S] or null

  void first_step(int n) const {
    const Real* state = y + batch.row(0, n) * layout.hidden;
    float* row = out.row(n) + column;
    if (layout.mean >= 0) widen_row(state, layout.hidden, row + layout.mean);
    if (layout.max < 0) return;
    widen_row(state, layout.hidden, row + layout.max);
    if (argmax) std::fill_n(argmax + n * layout.states + column, layout.hidden, 0);
  }

  void step(int t, int n) const {
    const Real* state = y + batch.row(t, n) * layout.hidden;
    float* row = out.row(n) + column;
    if (layout.mean >= 0) add_row(state, layout.hidden, row + layout.mean);
    if (layout.max < 0) return;
    if (argmax)
      argmax_row(state, layout.hidden, t, row + layout.max, argmax + n * layout.states + column);
    else
      max_row(state, layout.hidden, row + layout.max);
  }

  void finish(int n) const {
    const int length = batch.lengths[n];
    float* row = out.row(n) + column;
    if (layout.mean >= 0) {
      const float share = 1.0f / static_cast<float>(length);
      for (std::int64_t j = 0; j < layout.hidden; ++j) row[layout.mean + j] *= share;
    }
    if (layout.last >= 0)
      widen_row(y + batch.row(length - 1, n) * layout.hidden, layout.hidden, row + layout.last);
  }

  void run() const {
    const bool every_step = layout.mean >= 0 || layout.max >= 0;
    for (int begin = 0; begin < batch.texts; begin += kTextBlock) {
      const int end = std::min(begin + kTextBlock, batch.texts);
      for (int n = begin; every_step && n < end; ++n) first_step(n);
      for (int t = 1; every_step && t < batch.steps; ++t)
        for (int n = begin; n < end; ++n)
          if (batch.valid(t, n)) step(t, n);
      for (int n = begin; n < end; ++n) finish(n);
    }
  }
};

void direction_backward(const PoolingLayout& layout, const Ragged& batch, ConstMatrixView dout,
                        const std::int32_t* argmax, std::int64_t column, float* dy) {
  const std::int64_t h = layout.hidden;
  for (int t = 0; t < batch.steps; ++t)
    for (int n = 0; n < batch.texts; ++n) {
      float* target = dy + batch.row(t, n) * h;
      const float* source = dout.row(n) + column;
      const int length = batch.lengths[n];
      if (layout.mean >= 0 && t < length)
        scale_row(source + layout.mean, h, 1.0f / static_cast<float>(length), target);
      else
        std::fill_n(target, h, 0.0f);
      if (layout.max >= 0 && t < length)
        add_where_row(source + layout.max, argmax + n * layout.states + column, t, h, target);
      if (layout.last >= 0 && t == length - 1) add_row(source + layout.last, h, target);
    }
}

}  // namespace

PoolingLayout::PoolingLayout(const EncoderConfig& config)
    : states(config.state_size()), hidden(states) {
  if (config.kind == EncoderKind::lstm || config.kind == EncoderKind::gru) hidden = states / 2;
  std::int64_t next = 0;
  for (const Pooling kind : config.pooling) {
    switch (kind) {
      case Pooling::mean:
        mean = next;
        break;
      case Pooling::max:
        max = next;
        break;
      case Pooling::last:
        last = next;
        break;
      case Pooling::attention:
        attention = next;
        break;
    }
    next += states * (kind == Pooling::attention ? config.attention_heads : 1);
  }
  width = next;
}

template <class Real>
void pool_states(const PoolingLayout& layout, const Ragged& batch, Directions<const Real> y,
                 MatrixView out, std::int32_t* argmax) {
  DirectionPooling<Real>{layout, batch, y.forward, 0, out, argmax}.run();
  if (y.backward)
    DirectionPooling<Real>{layout, batch, y.backward, layout.hidden, out, argmax}.run();
}
template void pool_states<float>(const PoolingLayout&, const Ragged&, Directions<const float>,
                                 MatrixView, std::int32_t*);
template void pool_states<Bf16>(const PoolingLayout&, const Ragged&, Directions<const Bf16>,
                                MatrixView, std::int32_t*);

void pool_states_backward(const PoolingLayout& layout, const Ragged& batch, ConstMatrixView dout,
                          const std::int32_t* argmax, Directions<float> dy) {
  direction_backward(layout, batch, dout, argmax, 0, dy.forward);
  if (dy.backward) direction_backward(layout, batch, dout, argmax, layout.hidden, dy.backward);
}

}  // namespace gemel::nn
