#pragma once
#include <cstdint>
#include <string>

#include "core/encoder_config.hpp"
#include "core/parameters.hpp"
#include "onnx/onnx_subset.pb.h"

namespace gemel::onnx {

/// Edition of ONNX's operators that the graph speaks; older ones would lack Max of whole numbers.
constexpr std::int64_t kOperatorSet = 13;

/// Writes the graph of an LSTM encoder without attention:
///   tokens int64 [texts, steps], lengths int64 [texts] → embedding float [texts, D]
/// What lies beyond a text's length may be any number. Lengths are 0 to steps; a text of length 0
/// is read as {empty_id}, and steps is at least 1.
/// @param values  the model's parameters; the encoder's names begin with `prefix`
void write_encoder(schema::Graph&, const EncoderConfig&, const ParameterBlock& values,
                   const std::string& prefix, std::int64_t empty_id);

}  // namespace gemel::onnx
