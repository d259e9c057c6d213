// Averages of weights, and rates by the beginnings of names.
#include "train/weight_average.hpp"

#include "tests/train/fixture.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

namespace {

struct Block {
  ParameterLayout layout;
  std::unique_ptr<ParameterBlock> values, out;
  Block() {
    layout.add("w", {20});
    values = std::make_unique<ParameterBlock>(layout);
    out = std::make_unique<ParameterBlock>(layout);
  }
  void set(double value) {
    for (float& v : values->values(0)) v = static_cast<float>(value);
  }
  double written(const WeightAverage& average, int epochs) const {
    average.write(*values, epochs, *out);
    return double{out->values(0)[19]};
  }
};

std::vector<float> values_of(const Outcome& outcome, const std::vector<float>& block,
                             const nn::Towers& towers, int parameter) {
  REQUIRE(block.size() == outcome.values.size());
  const auto begin = block.begin() + towers.layout()[parameter].offset;
  return {begin, begin + towers.layout()[parameter].size};
}

// Names of the parameters that a run left as they were, bit for bit.
std::vector<std::string> unmoved(Setup& setup) {
  const nn::Towers towers(setup.model, Precision::f32);
  const Outcome outcome = run(setup);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < towers.layout().all().size(); ++i) {
    const int p = static_cast<int>(i);
    if (values_of(outcome, outcome.values, towers, p) ==
        values_of(outcome, outcome.start, towers, p))
      names.push_back(towers.layout()[p].name);
  }
  return names;
}

}  // namespace

TEST_CASE("none: the last step's weights") {
  Block b;
  WeightAverage average({AverageKind::none}, b.layout);
  b.set(3);
  average.after_step(*b.values, 1);
  average.after_epoch(*b.values, 0);
  CHECK(b.written(average, 1) == 3);
  CHECK(average.blocks().empty());
}

TEST_CASE("ema: the first step's weights, then a mean whose memory grows to the decay's") {
  Block b;
  const float decay = 0.6f;  // reached at step 13: (1 + t)/(10 + t) > 0.6
  WeightAverage average({AverageKind::ema, decay}, b.layout);
  double wanted = 0;
  for (int t = 1; t <= 30; ++t) {
    const double value = std::sin(t) + 0.1 * t;
    b.set(value);
    average.after_step(*b.values, t);
    const double keep = t == 1 ? 0 : std::min(double{decay}, (1.0 + t) / (10.0 + t));
    wanted = keep * wanted + (1 - keep) * value;
    CHECK(b.written(average, 1) == doctest::Approx(wanted).epsilon(1e-5));
  }
  CHECK(average.blocks().size() == 1);
}

TEST_CASE("ema of weights that stand still is those weights, bit for bit") {
  Block b;
  WeightAverage average({AverageKind::ema, 0.999f}, b.layout);
  b.set(0.123456789);
  for (int t = 1; t <= 50; ++t) average.after_step(*b.values, t);
  CHECK(b.written(average, 1) == double{b.values->values(0)[0]});
}

TEST_CASE("last: the mean of the last epochs' ends, of fewer at the beginning") {
  Block b;
  WeightAverage average({AverageKind::last, 0.999f, 3}, b.layout);
  const double ends[] = {1, 5, 3, 10, -4};
  const double wanted[] = {1, 3, 3, 6, 3};
  for (int epoch = 0; epoch < 5; ++epoch) {
    b.set(100);  // steps within the epoch do not count
    average.after_step(*b.values, epoch + 1);
    b.set(ends[epoch]);
    average.after_epoch(*b.values, epoch);
    CHECK(b.written(average, epoch + 1) == doctest::Approx(wanted[epoch]).epsilon(1e-6));
  }
  CHECK(average.blocks().size() == 3);
}

TEST_CASE("an averaged run keeps and judges the average") {
  Setup plain, averaged;
  averaged.options.average = {AverageKind::last, 0.999f, 2};
  std::vector<std::vector<float>> ends;
  for (int epochs : {2, 3}) {  // the constant rate makes a shorter run a longer one's beginning
    Setup part;
    part.options.epochs = epochs;
    part.options.decay = Decay::constant;
    part.options.warmup = 0;
    ends.push_back(run(part).values);
  }
  averaged.options.decay = Decay::constant;
  averaged.options.warmup = 0;
  const Outcome outcome = run(averaged);
  std::vector<double> mean;
  for (std::size_t i = 0; i < ends[0].size(); ++i)
    mean.push_back(0.5 * (double{ends[0][i]} + double{ends[1][i]}));
  CHECK(relative_error(outcome.values, mean) < 1e-6);
}

TEST_CASE("frozen parameters stay as they are, whatever averages, decay and moments do") {
  for (const AverageKind kind : {AverageKind::none, AverageKind::ema, AverageKind::last}) {
    CAPTURE(name(kind));
    Setup setup;
    setup.data = toy_data(60, 1);
    setup.options.average.kind = kind;
    setup.options.weight_decay = 0.5f;
    setup.options.rate_factors = rate_factors_from_text("embedding:0,lstm.0.forward:0");
    CHECK(unmoved(setup) ==
          std::vector<std::string>{"embedding.weight", "lstm.0.forward.weight_layer",
                                   "lstm.0.forward.weight_iter", "lstm.0.forward.bias"});
    setup.options.rate_factors.clear();
    CHECK(unmoved(setup).empty());
  }
}

TEST_CASE(
    "a head learns on a frozen encoder as it does where the encoder's steps are nearly none") {
  std::vector<std::vector<float>> ends;
  for (const char* text : {"embedding:0,lstm:0", "embedding:1e-9,lstm:1e-9"}) {
    Setup setup;
    setup.data = toy_data(60, 1);
    setup.model.head_size = 8;
    setup.options.loss.mix = loss_mix_from_text("bce,head");
    setup.options.clip_norm = 0;
    setup.options.rate_factors = rate_factors_from_text(text);
    const nn::Towers towers(setup.model, Precision::f32);
    const Outcome outcome = run(setup);
    std::vector<float>& head = ends.emplace_back();
    for (const ParameterInfo& p : towers.layout().all()) {
      const auto begin = outcome.values.begin() + p.offset;
      if (p.name.starts_with("head.")) head.insert(head.end(), begin, begin + p.size);
      const bool same = std::equal(begin, begin + p.size, outcome.start.begin() + p.offset);
      if (text[10] == '0') CHECK(same == !p.name.starts_with("head."));
    }
  }
  const std::vector<double> expected(ends[1].begin(), ends[1].end());
  CHECK(relative_error(ends[0], expected) < 1e-4);
}

TEST_CASE("a frozen tower, but for its last layer") {
  Setup setup;
  setup.model = toy_towers();
  setup.model.towers[0].encoder.projection_size = 6;
  setup.model.towers[1].encoder.projection_size = 6;
  setup.data = toy_data(60, 1, true);
  setup.options.loss.mix = loss_mix_from_text("in-batch");
  setup.options.rate_factors = rate_factors_from_text("question/:0,question/projection:0.5");
  const std::vector<std::string> names = unmoved(setup);
  CHECK(names.size() == 7);  // an embedding and two directions of three
  for (const std::string& name : names) {
    CHECK(name.starts_with("question/"));
    CHECK(name.find("projection") == std::string::npos);
  }
}

TEST_CASE("the longest beginning that fits decides, whatever the order") {
  ParameterLayout layout;
  for (const char* name : {"embedding.weight", "lstm.0.bias", "lstm.1.bias", "projection.bias"})
    layout.add(name, {2});
  for (const char* text : {"lstm:0.5,lstm.1:2,p:0", "p:0,lstm.1:2,lstm:0.5"})
    CHECK(rate_factors_of(rate_factors_from_text(text), layout) ==
          std::vector<float>{1, 0.5f, 2, 0});
  CHECK(rate_factors_of({}, layout) == std::vector<float>{1, 1, 1, 1});
  // Of two that say the same beginning, the later one.
  CHECK(rate_factors_of(rate_factors_from_text("lstm:3,lstm:4"), layout)[1] == 4);
  CHECK(message_of([&] { rate_factors_of(rate_factors_from_text("lstm:1,embeding:0"), layout); }) ==
        "learning-rate-of: no parameter's name begins with 'embeding'; the names are "
        "embedding.weight, lstm.0.bias, lstm.1.bias, projection.bias");
}

TEST_CASE("a rate factor is the learning rate's") {
  ParameterLayout layout;
  layout.add("a", {3});
  layout.add("b", {3});
  layout.add("c", {3});
  ParameterBlock values(layout);
  for (float& v : values.all()) v = 1;
  GradientBlock gradients(layout);
  for (float& g : gradients.all()) g = 0.3f;
  Adam adam(layout, {0.9f, 0.999f, 1e-8f, 0});
  adam.set_rate_factors({1, 0.25f, 0});
  adam.step(values, gradients, 0.1f);  // the first step of Adam is the rate itself
  CHECK(values.values(0)[2] == doctest::Approx(0.9));
  CHECK(values.values(1)[2] == doctest::Approx(0.975));
  CHECK(values.values(2)[2] == 1);
  CHECK(adam.first_moment().values(2)[0] == 0);
}

TEST_CASE("rows of a table that a text does not use keep their values, and their average") {
  Setup setup;
  setup.data = Dataset();
  setup.data.add("aab", "bba", 1);
  setup.data.add("cc", "ab", 0);
  setup.data.tokenise(letters, 8, 1);
  setup.options.average.kind = AverageKind::ema;
  const Outcome outcome = run(setup);
  const nn::Towers towers(setup.model, Precision::f32);
  const int table = towers.layout().find("embedding.weight");
  const auto size = static_cast<std::size_t>(towers.layout()[table].row_size());
  const auto now = values_of(outcome, outcome.values, towers, table);
  const auto then = values_of(outcome, outcome.start, towers, table);
  for (std::size_t id = 0; id < 27; ++id) {
    CAPTURE(id);
    const bool same = std::equal(now.begin() + static_cast<std::ptrdiff_t>(id * size),
                                 now.begin() + static_cast<std::ptrdiff_t>((id + 1) * size),
                                 then.begin() + static_cast<std::ptrdiff_t>(id * size));
    CHECK(same == (id < 3 || id > 5));
  }
}

TEST_CASE("factors that are no factors are named") {
  for (const char* text : {"lstm", "lstm:", ":0.5", "lstm:x", "lstm:0.5x"})
    CHECK(message_of([&] { rate_factors_from_text(text); }) ==
          "learning-rate-of: '" + std::string(text) +
              "' is no NAME:FACTOR; write for instance embedding:0.1, several with commas between");
  CHECK(rate_factors_from_text("").empty());
}
