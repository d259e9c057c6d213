#pragma once
#include <cstdint>

#include "core/encoder_config.hpp"
#include "core/matrix.hpp"
#include "nn/ragged.hpp"

namespace gemel::nn {

/// First column of each kind's block in a pooled row [P], -1 where the config lacks the kind. A
/// block holds the forward direction's H columns, then the backward direction's; attention has one
/// such block a head.
struct PoolingLayout {
  explicit PoolingLayout(const EncoderConfig&);
  std::int64_t mean = -1, max = -1, last = -1, attention = -1;
  std::int64_t hidden = 0;  // H
  std::int64_t width = 0;   // P
};

/// Mean and maximum over the valid steps, and the state after the last step read (forward: the
/// last token; backward: the first). y: [T, N, H] each; out: [N, P], the attention block is left
/// alone. argmax: [N, 2H], written where max is among the kinds; null in inference.
template <class Real>
void pool_states(const PoolingLayout&, const Ragged&, Directions<const Real> y, MatrixView out,
                 std::int32_t* argmax);

/// dy: [T, N, H] each, overwritten, zero on padding. dout: [N, P].
void pool_states_backward(const PoolingLayout&, const Ragged&, ConstMatrixView dout,
                          const std::int32_t* argmax, Directions<float> dy);

}  // namespace gemel::nn
