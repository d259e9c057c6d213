#pragma once

namespace gemel::infer {

/// An odd function f, tabulated for |x| <= limit as a parabola a piece:
///   f(x) ≈ (c[2][k] x + c[1][k]) x + c[0][k] for x >= 0,  k = round(x · scale) in 0 to 31,
/// through f at the piece's three Chebyshev nodes. Beyond the limit f is taken as flat.
struct Int8Curve {
  float limit, scale;
  alignas(64) float c[3][32];
};

/// What the gates of int8 kernels are made of. Both lie within 1e-4 of the function, a fortieth of
/// what rounding a hidden state to a byte costs.
struct Int8Curves {
  Int8Curve tangent;  ///< tanh(x)
  Int8Curve sigmoid;  ///< σ(x) − 1/2
};

/// Thread-safe.
const Int8Curves& int8_curves();

}  // namespace gemel::infer
