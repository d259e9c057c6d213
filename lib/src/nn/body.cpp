#include "nn/body.hpp"

#include <gemel/error.hpp>

namespace gemel::nn {

std::unique_ptr<Body> make_body(const EncoderConfig& config, Precision precision,
                                ParameterLayout& layout, const std::string& prefix) {
  switch (config.kind) {
    case EncoderKind::lstm:
    case EncoderKind::gru:
      return make_recurrent_body(config, precision, layout, prefix);
    case EncoderKind::convolution:
      return make_convolution_body(config, layout, prefix);
    case EncoderKind::average:
      return make_average_body(config, layout, prefix);
  }
  throw Error("kind", "is none of those known", "choose among lstm, gru, cnn, average");
}

}  // namespace gemel::nn
