#pragma once
#include <memory>
#include <optional>
#include <string>

#include "core/aligned.hpp"
#include "core/object_pool.hpp"
#include "dnn/context.hpp"
#include "nn/body.hpp"
#include "nn/encoder.hpp"

namespace gemel::nn {

struct Encoder::Packed::State {
  BodySlot body;
};

struct Encoder::Saved::State {
  BodySlot body;
  AlignedBuffer<float> pooled;  // [N, P], the projection's input
  AlignedBuffer<float> unit;    // [N, D], the output, for unit length
  AlignedBuffer<float> norms;   // [N]
  std::optional<DropoutSeed> dropout;
};

struct Encoder::Accumulator::State {
  BodySlot body;
};

/// What a pass needs and nobody reads afterwards; buffers grow only.
struct Scratch {
  BodySlot body;
  AlignedBuffer<float> dout;     // [N, D]
  AlignedBuffer<float> dpooled;  // [N, P]
  Encoder::Saved inference;      // in place of the caller's, who wants none
};

struct Encoder::Impl {
  /// Registers in `shared`, or in `own` where that is null.
  Impl(const EncoderConfig&, Precision, ParameterLayout* shared, const std::string& prefix);

  EncoderConfig config;
  ParameterLayout own;
  ParameterLayout& layout;
  int first_parameter;  // its own are those from here to last_parameter, exclusive
  std::unique_ptr<Body> body;
  int projection_weight = -1, projection_bias = -1;  // places in the layout
  std::optional<dnn::Linear> projection;
  int last_parameter;
  mutable ObjectPool<Scratch> scratch_pool;

  /// Whether an output may have so many columns.
  bool gives(std::int64_t columns) const {
    const std::int64_t size = config.sentence_size();
    return columns == size || (projection && columns == size + config.pooled_size());
  }
  void forward(const Pass&, const BodySlot& packed, Saved::State&, Scratch&, MatrixView out) const;
  void finish_rows(const Pass&, Saved::State&, MatrixView pooled, MatrixView out) const;
  ConstMatrixView finish_rows_backward(const Pass&, Saved::State&, ConstMatrixView dout,
                                       GradientBlock&, Scratch&) const;
};

}  // namespace gemel::nn
