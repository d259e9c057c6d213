// Towers that share weights and towers that do not; memory saved must not change a bit.
#include "train/tower_encoder.hpp"

#include <cstring>

#include "tests/train/fixture.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

namespace {

using Lists = std::vector<BatchEncoder::Tokens>;

struct Texts {
  std::vector<std::vector<std::int32_t>> ids;
  Lists lists;
  explicit Texts(std::size_t count) {
    Random random(8);
    for (std::size_t i = 0; i < count; ++i) {
      ids.emplace_back();
      for (std::uint64_t n = 1 + random.below(9); n > 0; --n)
        ids.back().push_back(static_cast<std::int32_t>(3 + random.below(24)));
    }
    lists.assign(ids.begin(), ids.end());
  }
};

std::vector<float> random_gradient(std::size_t size) {
  Random random(3);
  std::vector<float> dout(size);
  for (float& v : dout) v = static_cast<float>(random.normal());
  return dout;
}

void fill(ParameterBlock& values) {
  Random random(5);
  for (float& v : values.all()) v = static_cast<float>(random.uniform(-0.5, 0.5));
}

std::vector<float> flat(const ParameterBlock& block) {
  return {block.all().begin(), block.all().end()};
}

ModelConfig attentive_towers(std::size_t count) {
  ModelConfig model = toy_model();
  EncoderConfig& c = model.towers[0].encoder;
  c.dropout_embedding = c.dropout_output = 0.3f;
  c.pooling = {Pooling::max, Pooling::attention};
  c.attention_heads = 2;
  c.attention_size = 4;
  c.attention_penalty = 0.5f;
  c.layers = 2;
  c.dropout_layer = 0.2f;
  model.towers[0].name = "t0";
  for (std::size_t t = 1; t < count; ++t)
    model.towers.push_back({"t" + std::to_string(t), model.towers[0].encoder});
  if (count > 1) model.links = {{0, 1}};
  return model;
}

}  // namespace

TEST_CASE("shared weights get the sum of what separate towers of equal weights get") {
  const Texts texts(23);
  const nn::Towers one(attentive_towers(1), Precision::f32),
      two(attentive_towers(2), Precision::f32);
  ParameterBlock shared(one.layout()), separate(two.layout());
  fill(shared);
  for (std::size_t i = 0; i < one.layout().all().size(); ++i)
    for (const char* tower : {"t0/", "t1/"}) {
      const int to = two.layout().find(tower + one.layout().all()[i].name);
      REQUIRE(to >= 0);
      std::ranges::copy(shared.values(static_cast<int>(i)), separate.values(to).begin());
    }
  std::vector<std::int16_t> none(texts.lists.size(), 0), towers;
  for (std::size_t i = 0; i < texts.lists.size(); ++i)
    towers.push_back(static_cast<std::int16_t>(i % 3 == 0));

  TowerEncoder a(one, 2, 1), b(two, 2, 1);
  a.pack(shared, true), b.pack(separate, true);
  const auto keep = BatchEncoder::Keep::states;
  const ConstMatrixView x = a.forward(shared, texts.lists, none, keep, nullptr);
  const ConstMatrixView y = b.forward(separate, texts.lists, towers, keep, nullptr);
  std::vector<float> dout = random_gradient(static_cast<std::size_t>(x.rows * x.cols));
  for (std::int64_t i = 0; i < x.rows * x.cols; ++i)
    CHECK(y.data[i] == doctest::Approx(double{x.data[i]}).epsilon(1e-5));
  const ConstMatrixView upper{dout.data(), x.rows, x.cols};
  const GradientBlock& of_shared = a.backward(shared, upper, 0.1);
  const GradientBlock& of_separate = b.backward(separate, upper, 0.1);
  CHECK(b.penalty() == doctest::Approx(a.penalty()).epsilon(1e-5));
  CHECK(a.penalty() > 0);
  for (std::size_t i = 0; i < one.layout().all().size(); ++i) {
    const std::string& parameter = one.layout().all()[i].name;
    CAPTURE(parameter);
    const auto first = of_separate.values(two.layout().find("t0/" + parameter));
    const auto second = of_separate.values(two.layout().find("t1/" + parameter));
    std::vector<double> sum;
    for (std::size_t k = 0; k < first.size(); ++k)
      sum.push_back(double{first[k]} + double{second[k]});
    CHECK(relative_error(of_shared.values(static_cast<int>(i)), sum, 1e-3) < 1e-4);
  }
}

TEST_CASE("recomputed states give the gradients of kept ones bit for bit, dropout and all") {
  const Texts texts(40);
  for (const std::size_t count : {1u, 2u}) {
    const nn::Towers model(attentive_towers(count), Precision::f32);
    ParameterBlock values(model.layout());
    fill(values);
    std::vector<std::int16_t> towers;
    for (std::size_t i = 0; i < texts.lists.size(); ++i)
      towers.push_back(static_cast<std::int16_t>(i % count));
    const nn::DropoutSeed dropout{99};
    std::vector<float> found[2], vectors[2];
    double penalty[2];
    for (const bool recompute : {false, true}) {
      TowerEncoder encoder(model, 3, 2);
      encoder.pack(values, true);
      const ConstMatrixView x = encoder.forward(
          values, texts.lists, towers,
          recompute ? BatchEncoder::Keep::texts : BatchEncoder::Keep::states, &dropout);
      vectors[recompute].assign(x.data, x.data + x.rows * x.cols);
      const std::vector<float> dout = random_gradient(vectors[recompute].size());
      found[recompute] = flat(encoder.backward(values, {dout.data(), x.rows, x.cols}, 0.1));
      penalty[recompute] = encoder.penalty();
    }
    CHECK(vectors[0] == vectors[1]);
    CHECK(found[0] == found[1]);
    CHECK(penalty[0] == penalty[1]);
  }
}

TEST_CASE("threads change nothing; dropout has its own masks in every tower") {
  const Texts texts(30);
  const nn::Towers model(attentive_towers(2), Precision::f32);
  ParameterBlock values(model.layout());
  fill(values);
  // Equal weights, and every text once in each tower.
  for (std::size_t i = 0; i < model.layout().all().size(); ++i) {
    const std::string& parameter = model.layout().all()[i].name;
    if (!parameter.starts_with("t1/")) continue;
    std::ranges::copy(values.values(model.layout().find("t0/" + parameter.substr(3))),
                      values.values(static_cast<int>(i)).begin());
  }
  Lists twice = texts.lists;
  twice.insert(twice.end(), texts.lists.begin(), texts.lists.end());
  std::vector<std::int16_t> towers(twice.size(), 0);
  std::fill(towers.begin() + 30, towers.end(), std::int16_t{1});
  const auto vectors = [&](int threads, const nn::DropoutSeed* dropout) {
    TowerEncoder encoder(model, 2, threads);
    encoder.pack(values, true);
    const ConstMatrixView x =
        encoder.forward(values, twice, towers, BatchEncoder::Keep::states, dropout);
    CHECK(encoder.work().texts == 60);
    return std::vector<float>(x.data, x.data + x.rows * x.cols);
  };
  const nn::DropoutSeed seed{7};
  const std::vector<float> plain = vectors(1, nullptr), dropped = vectors(1, &seed);
  CHECK(vectors(2, &seed) == dropped);
  const std::size_t half = plain.size() / 2;
  const auto same_halves = [&](const std::vector<float>& x) {
    return std::memcmp(x.data(), x.data() + half, half * sizeof(float)) == 0;
  };
  CHECK(same_halves(plain));
  CHECK_FALSE(same_halves(dropped));
}

TEST_CASE("a batch without texts of one tower leaves that tower's gradients at zero") {
  const Texts texts(5);
  const nn::Towers model(attentive_towers(2), Precision::f32);
  ParameterBlock values(model.layout());
  fill(values);
  const std::vector<std::int16_t> towers(texts.lists.size(), 1);
  TowerEncoder encoder(model, 2, 1);
  encoder.pack(values, true);
  const ConstMatrixView x =
      encoder.forward(values, texts.lists, towers, BatchEncoder::Keep::states, nullptr);
  const std::vector<float> dout = random_gradient(static_cast<std::size_t>(x.rows * x.cols));
  const GradientBlock& gradients = encoder.backward(values, {dout.data(), x.rows, x.cols}, 0);
  for (std::size_t i = 0; i < model.layout().all().size(); ++i) {
    const std::string& parameter = model.layout().all()[i].name;
    CAPTURE(parameter);
    const auto g = gradients.values(static_cast<int>(i));
    const bool any = std::any_of(g.begin(), g.end(), [](float v) { return v != 0; });
    CHECK(any == parameter.starts_with("t1/"));
  }
}
