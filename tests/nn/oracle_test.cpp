// The oracle's own gradients, checked by complex step: dF/dv = Im F(v + iε) / ε, exact to rounding.
#include "tests/nn/fixture.hpp"

using namespace gemel;
using namespace gemel::nn::test;

namespace {

void check_oracle(EncoderKind kind, bool shortcut, int layers) {
  using Complex = std::complex<double>;
  CAPTURE(name(kind));
  CAPTURE(shortcut);
  CAPTURE(layers);
  EncoderConfig c = small_config({Pooling::max, Pooling::attention, Pooling::last, Pooling::mean});
  c.embedding_size = 3;
  c.hidden_size = 2;
  c.layers = layers;
  c.kind = kind;
  c.shortcut = shortcut;
  c.attention_size = 3;
  c.attention_heads = 2;
  c.projection_size = 4;
  c.unit_length = true;
  const std::vector<std::int32_t> ids = {3, 1, 3, 7};
  const auto mask = [](int site, std::size_t t, std::size_t j) {
    return (static_cast<std::size_t>(site + 5) * 7 + t * 3 + j) % 4 == 0 ? 0.0 : 1.25;
  };
  ParameterLayout layout = nn::Encoder(c, Precision::f32).layout();
  Random random(7);
  reference::Parameters<> p;
  reference::Parameters<Complex> z;
  for (const ParameterInfo& info : layout.all()) {
    for (std::int64_t i = 0; i < info.size; ++i) p[info.name].push_back(random.uniform(-0.8, 0.8));
    z[info.name].assign(p[info.name].begin(), p[info.name].end());
  }
  const std::vector<double> dout = {1.0, -0.5, 0.25, 2.0};
  reference::Parameters<> gradient = reference::zeros_like(p);
  const auto trace = reference::encode(c, p, ids, mask);
  reference::encode_backward(c, p, ids, mask, trace, dout, gradient);

  constexpr double kStep = 1e-30;
  for (auto& entry : z) {
    const std::string& parameter = entry.first;
    std::vector<Complex>& values = entry.second;
    double worst = 0, scale = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] += Complex(0, kStep);
      const auto stepped = reference::encode(c, z, ids, mask);
      values[i] = values[i].real();
      double derivative = 0;
      for (std::size_t d = 0; d < dout.size(); ++d)
        derivative += dout[d] * stepped.vector[d].imag() / kStep;
      worst = std::max(worst, std::abs(derivative - gradient[parameter][i]));
      scale = std::max(scale, std::abs(derivative));
    }
    CAPTURE(parameter);
    CHECK(scale > 0);
    CHECK(worst < 1e-13);
  }
}

}  // namespace

TEST_CASE("the encoder oracle's gradients agree with complex-step derivatives") {
  for (const EncoderKind kind : {EncoderKind::lstm, EncoderKind::gru})
    for (const bool shortcut : {false, true}) check_oracle(kind, shortcut, shortcut ? 3 : 2);
}
