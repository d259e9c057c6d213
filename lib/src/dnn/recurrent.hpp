#pragma once
#include <cstdint>
#include <memory>

#include "core/encoder_config.hpp"

namespace gemel::dnn {

class Context;  // dnn/context.hpp: engine, stream and scratch arena of ONE worker thread

/// What a layer computes from x_t and h_{t-1} (∘ elementwise, σ the logistic function):
/// lstm (Hochreiter and Schmidhuber 1997, forget gate of Gers 2000), gates i, f, c̃, o:
///   i, f, o = σ(x·W + h·U + b), c̃ = tanh(x·W + h·U + b), c' = f∘c + i∘c̃, h' = o∘tanh(c')
/// gru (Cho et al. 2014), gates u, r, õ:
///   u, r = σ(x·W + h·U + b), õ = tanh(x·W + (r∘h)·U + b), h' = u∘h + (1 − u)∘õ
enum class Cell { lstm, gru };
/// G, the gates of a cell: 4 or 3.
constexpr std::int64_t gates(Cell cell) {
  return cell == Cell::lstm ? 4 : 3;
}
/// True if this CPU and this oneDNN can train and run such a layer in that compute type.
bool supported(Precision, Cell);

/// Plain f32 weights of one direction, gates in the cell's order (oneDNN's).
struct RecurrentParameters {
  const float* weight_layer;  // [I, G, H]
  const float* weight_iter;   // [H, G, H]
  const float* bias;          // [G, H]
};
struct RecurrentGradients {
  float* weight_layer;  // [I, G, H]
  float* weight_iter;   // [H, G, H]
  float* bias;          // [G, H]
};

/// One direction of one recurrent layer, left to right over [T, N, I] time-major, on oneDNN's
/// primitive. Starts from zero state. Rows are independent: trailing padding is harmless as long
/// as nobody reads it and its output gradient is zero. Immutable and shareable between threads once
/// constructed; each call uses the calling worker's Context. Plans are cached by shape inside.
/// Activations x and y have the compute type: float for f32, bf16 (as uint16_t) for bf16.
/// In inference a row's y does not depend, bit for bit, on T, N, its place or the other rows; in
/// training it may differ from that in the last bits, as oneDNN rounds by shape.
class Recurrent {
 public:
  /// Weights reordered into the layouts the primitives want. Immutable after pack(); shareable.
  class Packed {
   public:
    Packed();
    Packed(Packed&&) noexcept;
    Packed& operator=(Packed&&) noexcept;
    ~Packed();
    struct State;
    std::unique_ptr<State> state;
  };
  /// Inference works in blocks of this many texts and steps, and costs as much for fewer: whoever
  /// chooses batches should choose multiples.
  static constexpr std::int64_t kBlockTexts = 48, kBlockSteps = 4;

  /// What backward needs of one forward call: the primitive's workspace. Reusable.
  class Saved {
   public:
    Saved();
    Saved(Saved&&) noexcept;
    Saved& operator=(Saved&&) noexcept;
    ~Saved();
    struct State;
    std::unique_ptr<State> state;
  };
  /// Weight gradients in the primitive's layout, accumulated over any number of backward calls of
  /// one worker. zero() before the first, unpack() after the last.
  class Accumulator {
   public:
    Accumulator();
    Accumulator(Accumulator&&) noexcept;
    Accumulator& operator=(Accumulator&&) noexcept;
    ~Accumulator();
    struct State;
    std::unique_ptr<State> state;
  };

  /// Sizes 1 or more. Throws Error where the precision is not supported().
  Recurrent(std::int64_t input, std::int64_t hidden, Precision precision, Cell cell = Cell::lstm);
  ~Recurrent();
  Recurrent(Recurrent&&) noexcept;

  /// Reorders (and rounds) f32 master weights. `training` also prepares the backward layouts.
  void pack(Context&, const RecurrentParameters&, bool training, Packed&) const;
  /// y[t, n, :] = h_t of row n. `saved` null: inference. y may be a strided half of [T, N, 2H]:
  /// `y_stride` is the distance in elements between (t, n) and (t, n+1), H or more.
  void forward(Context&, const Packed&, int steps, int texts, const void* x, void* y,
               std::int64_t y_stride, Saved* saved) const;
  /// dx[T, N, I] is overwritten (f32); weight gradients are added to `accumulator`. x and y are the
  /// forward call's, and `saved` can be used once; dy[T, N, H] f32 with row stride dy_stride, zero
  /// on padding.
  void backward(Context&, const Packed&, int steps, int texts, const void* x, const void* y,
                std::int64_t y_stride, const float* dy, std::int64_t dy_stride, Saved& saved,
                float* dx, Accumulator& accumulator) const;
  void zero(Accumulator&) const;
  /// Adds the accumulated gradients to plain f32 ones.
  void unpack(Context&, const Accumulator&, const RecurrentGradients&) const;

  std::int64_t input() const;
  std::int64_t hidden() const;
  Precision precision() const;
  Cell cell() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gemel::dnn
