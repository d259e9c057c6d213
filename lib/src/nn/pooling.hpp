#pragma once
#include <cstdint>

#include "core/encoder_config.hpp"
#include "core/matrix.hpp"
#include "nn/ragged.hpp"

namespace gemel::nn {

/// First column of each kind's block in a pooled row [P], -1 where the config lacks the kind. A
/// block is as wide as a state; of a kind that reads in two orders it holds the forward direction's
/// H columns, then the backward direction's. Attention has one such block a head.
struct PoolingLayout {
  explicit PoolingLayout(const EncoderConfig&);
  std::int64_t mean = -1, max = -1, last = -1, attention = -1;
  std::int64_t states = 0;  // S, width of a state
  std::int64_t hidden = 0;  // width of a direction's states: S/2 of two reading orders, S of one
  std::int64_t width = 0;   // P
};

/// Mean and maximum over the valid steps, and the state after the last step read (forward: the
/// last token; backward: the first). y: [T, N, H] each, y.backward null where there is one reading
/// order; out: [N, P], the attention block is left alone. argmax: [N, S], written where max is
/// among the kinds; null in inference.
template <class Real>
void pool_states(const PoolingLayout&, const Ragged&, Directions<const Real> y, MatrixView out,
                 std::int32_t* argmax);

/// dy: [T, N, H] each, overwritten, zero on padding. dout: [N, P].
void pool_states_backward(const PoolingLayout&, const Ragged&, ConstMatrixView dout,
                          const std::int32_t* argmax, Directions<float> dy);

}  // namespace gemel::nn
