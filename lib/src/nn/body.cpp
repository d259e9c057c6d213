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
  throw Error("kind", std::string(name(config.kind)) + " is not built in", "choose lstm");
}

}  // namespace gemel::nn
