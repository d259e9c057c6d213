// A model that started from a smaller one embeds as that did.
#include "model/growth.hpp"

#include "model/bundle_file.hpp"
#include "tests/nn/fixture.hpp"

using namespace gemel;
using namespace gemel::nn;
using namespace gemel::nn::test;

namespace {

EncoderConfig config_of(EncoderKind kind, std::vector<Pooling> pooling) {
  EncoderConfig config = small_config(std::move(pooling));
  config.kind = kind;
  config.layers = 2;
  config.projection_size = 4;
  return config;
}

// The weights of `old` in a model of other sizes whose parameters are all random.
void start_from(const Model& old, Model& grown) {
  ModelConfig from, to;
  from.towers[0].encoder = old.encoder.config();
  to.towers[0].encoder = grown.encoder.config();
  const std::vector<SizeChange> changes = growing_sizes(from, to);
  for (std::size_t i = 0; i < old.encoder.layout().all().size(); ++i) {
    const ParameterInfo& info = old.encoder.layout().all()[i];
    const StoredTensor stored{.name = info.name,
                              .shape = info.shape,
                              .data = std::as_bytes(old.values.values(static_cast<int>(i)))};
    const int place = grown.encoder.layout().find(info.name);
    REQUIRE(place >= 0);
    CAPTURE(info.name);
    REQUIRE(take_grown(stored, grown.encoder.layout()[place], changes, grown.values.values(place)));
  }
  grown.repack();
}

void check_growth(const EncoderConfig& config, const EncoderConfig& wide) {
  CAPTURE(std::string(name(config.kind)));
  CAPTURE(config.shortcut);
  Model old(config, Precision::f32), grown(wide, Precision::f32, 2);
  const TokenBatch batch = lay_out(sample_texts());
  const std::vector<float> before = old.forward(batch), other = grown.forward(batch);
  start_from(old, grown);
  const std::vector<float> after = grown.forward(batch);
  REQUIRE(after.size() == before.size());
  double far = 0, error = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    far = std::max(far, std::abs(double{other[i]} - double{before[i]}));
    error = std::max(error, std::abs(double{after[i]} - double{before[i]}));
  }
  CHECK(far > 0.1);
  CHECK(error < 4e-6);
}

}  // namespace

TEST_CASE("more units change no vector") {
  std::vector<EncoderConfig> configs = {
      config_of(EncoderKind::lstm, {Pooling::mean, Pooling::max}),
      config_of(EncoderKind::lstm, {Pooling::last, Pooling::attention}),
      config_of(EncoderKind::gru, {Pooling::mean, Pooling::max}),
      config_of(EncoderKind::convolution, {Pooling::mean, Pooling::max}),
      config_of(EncoderKind::average, {Pooling::mean}),
  };
  for (const EncoderConfig& config : configs) {
    EncoderConfig wide = config;
    wide.embedding_size = 8;
    wide.hidden_size = 11;
    wide.attention_size = 9;
    check_growth(config, wide);
  }
  // All by one factor, E being two of H; with shortcuts their inputs are blocks of H then.
  configs.push_back(configs[0]);
  configs.back().shortcut = true;
  for (EncoderConfig config : configs) {
    config.embedding_size = 12;
    config.attention_size = 3;
    EncoderConfig twice = config;
    twice.embedding_size *= 2;
    twice.hidden_size *= 2;
    twice.attention_size *= 2;
    check_growth(config, twice);
  }
}
