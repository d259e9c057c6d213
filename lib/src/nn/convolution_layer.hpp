#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/aligned.hpp"
#include "core/parameters.hpp"
#include "core/random.hpp"
#include "dnn/convolution.hpp"
#include "nn/ragged.hpp"
#include "nn/token_rows.hpp"

namespace gemel::nn {

/// How texts lie end to end: text n's step t is row first[n] + t of a convolution's y, [M, F], and
/// row lead + first[n] + t of its x, [lead + M + tail, in]. All other rows of x are zero, and there
/// are enough between two texts that no window reaches from one into the other.
struct Line {
  Line() = default;
  /// @param widest window, in steps
  Line(const Ragged&, std::int64_t widest);
  std::int64_t lead = 0, tail = 0;  // (w − 1) / 2 and w / 2 of the widest window w
  std::int64_t rows = 0;            // M
  std::vector<std::int64_t> first;  // [N]

  std::int64_t inputs() const { return lead + rows + tail; }
  std::int64_t output(int t, int n) const { return first[static_cast<std::size_t>(n)] + t; }
  std::int64_t input(int t, int n) const { return lead + output(t, n); }
};

/// One layer of convolutions of several widths, F filters each, with ReLU; their outputs stand side
/// by side, S = widths · F, in the order of the widths. A window of width w around step t covers
/// t − (w − 1) / 2 to t + w / 2; beyond a text's ends it sees zeros. Immutable and shareable.
class ConvolutionLayer {
 public:
  struct Packed {
    std::vector<dnn::Convolution::Packed> widths;
  };
  /// Buffers grow only.
  struct Tape {
    AlignedBuffer<float> x;               // [lead + M + tail, in]
    std::vector<AlignedBuffer<float>> y;  // of each width: [M, F], after ReLU
  };
  struct Scratch {
    AlignedBuffer<float> dy;  // [M, F]
  };

  /// Registers NAME.widthW.weight [W, in, F] and .bias [F] for each width W.
  ConvolutionLayer(std::int64_t in, std::int64_t filters, const std::vector<int>& widths,
                   ParameterLayout&, const std::string& name);
  std::int64_t in() const { return in_; }
  std::int64_t states() const;  ///< S
  /// He et al. 2015, biases stay 0.
  void initialise(ParameterBlock&, Random&) const;
  void pack(dnn::Context&, const ParameterBlock&, bool training, Packed&) const;

  /// Makes room for the line and zeroes tape.x.
  void reserve(const Line&, Tape&) const;
  /// tape.x to tape.y.
  void forward(dnn::Context&, const Packed&, const Line&, Tape&) const;
  /// states[place(t, n)] = the widths' outputs side by side, rows of S.
  template <class Place>
  void gather(const Ragged& batch, const Line& line, const Tape& tape, Place place,
              float* states) const {
    for_each_step(batch, [&](int t, int n) {
      float* row = states + place(t, n) * this->states();
      for (const AlignedBuffer<float>& y : tape.y) {
        std::copy_n(y.data() + line.output(t, n) * filters_, filters_, row);
        row += filters_;
      }
    });
  }
  /// dstates: [lead + M + tail, S], its valid rows are read. dx: [lead + M + tail, in],
  /// overwritten. Adds the parameters' gradients.
  void backward(dnn::Context&, const Packed&, const Ragged&, const Line&, const Tape&,
                const float* dstates, Scratch&, float* dx, GradientBlock&) const;

 private:
  struct Filters {
    int weight, bias;  // places in the layout
    dnn::Convolution convolution;
  };
  /// Where the window of a width starts to read x, so that its rows of y are centred.
  std::int64_t start(const Line& line, const Filters& f) const {
    return (line.lead - (f.convolution.width() - 1) / 2) * in_;
  }
  std::int64_t in_, filters_;
  std::vector<Filters> widths_;
};

}  // namespace gemel::nn
