// A whole step: the loss as a function of every parameter of a small model, written out in double
// precision from tokens to loss and differentiated by finite differences.
#include "tests/reference/encoder_reference.hpp"
#include "tests/train/objective_case.hpp"
#include "train/tower_encoder.hpp"

using namespace gemel;
using namespace gemel::train;
using namespace gemel::train::test;

namespace {

EncoderConfig attentive(EncoderKind kind, float penalty) {
  EncoderConfig c;
  c.kind = kind;
  c.vocabulary_size = 12;
  c.embedding_size = 3;
  c.hidden_size = 3;
  c.pooling = {Pooling::mean, Pooling::attention};
  c.attention_heads = 2;
  c.attention_size = 3;
  c.attention_penalty = penalty;
  c.projection_size = 4;
  return c;
}

ModelConfig siamese(float penalty, std::int64_t head = 0) {
  ModelConfig model;
  model.towers[0].encoder = attentive(EncoderKind::lstm, penalty);
  model.head_size = head;
  return model;
}

struct Step {
  ModelConfig model;
  TrainOptions options;
  Dataset data;
  Teacher teacher;
  ObjectiveState state;
  nn::Towers towers;
  ParameterBlock values;

  Step(ModelConfig m, Dataset d, const std::string& mix)
      : model(std::move(m)),
        data(std::move(d)),
        towers(model, Precision::f32),
        values((options.loss.mix = loss_mix_from_text(mix),
                Objective::register_parameters(options.loss, teacher, model, towers.layout()),
                towers.layout())) {
    options.loss.temperature = 0.5f;
    state.pair = {3, 1};
    Random random(21);
    for (float& v : values.all()) v = static_cast<float>(random.uniform(-0.8, 0.8));
  }

  Named named(const ParameterBlock& block) const {
    Named out;
    for (std::size_t i = 0; i < towers.layout().all().size(); ++i) {
      const auto span = block.values(static_cast<int>(i));
      out[towers.layout().all()[i].name].assign(span.begin(), span.end());
    }
    return out;
  }
};

// Σ over heads i, j of (Σ_t a_i(t)·a_j(t) − [i = j])².
double redundancy(const std::vector<Vector>& weights) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    for (std::size_t j = 0; j < weights.size(); ++j)
      sum += std::pow(dot(weights[i], weights[j]) - (i == j), 2);
  return sum;
}

// The step's loss from the tokens on.
double oracle_loss(const Step& step, const Batch& batch, const Named& parameters) {
  Vector x, pooled;
  double penalty = 0;
  for (const Batch::Text& text : batch.texts) {
    const auto tower = static_cast<std::size_t>(text.tower);
    const EncoderConfig& config = step.model.towers[tower].encoder;
    const std::string prefix = nn::tower_prefix(step.model, tower);
    Named own;
    for (const auto& [name, values] : parameters)
      if (name.starts_with(prefix)) own[name.substr(prefix.size())] = values;
    const auto ids = step.data.tokens(text.row);
    const auto trace = reference::encode<double>(config, own, {ids.begin(), ids.end()},
                                                 [](int, std::size_t, std::size_t) { return 1.0; });
    x.insert(x.end(), trace.vector.begin(), trace.vector.end());
    if (step.model.head_input == HeadInput::pooled)
      pooled.insert(pooled.end(), trace.pooled.begin(), trace.pooled.end());
    penalty += double{config.attention_penalty} * redundancy(trace.weights);
  }
  ObjectiveOracle oracle{batch, step.data, step.options, step.model, step.teacher};
  oracle.pooled = std::move(pooled);
  oracle.margin = double{step.options.loss.margin.start};
  oracle.w = double{step.state.pair.w};
  oracle.b = double{step.state.pair.b};
  return oracle.loss(x, parameters) + penalty / static_cast<double>(batch.texts.size());
}

void check_step(Step& step, int shards, BatchEncoder::Keep keep) {
  const Batch batch = whole_batch(step.data, step.model.links);
  std::vector<BatchEncoder::Tokens> lists;
  std::vector<std::int16_t> towers;
  for (const Batch::Text& text : batch.texts) {
    lists.push_back(step.data.tokens(text.row));
    towers.push_back(text.tower);
  }
  TowerEncoder encoder(step.towers, shards, 1);
  encoder.pack(step.values, true);
  const bool pooled = step.model.head_input == HeadInput::pooled;
  const ConstMatrixView features =
      encoder.forward(step.values, lists, towers, keep, nullptr, pooled);
  Objective objective(step.towers, step.options, step.data, step.teacher);
  GradientBlock own(step.towers.layout());
  const ObjectiveResult result = objective.run(batch, features, step.values, 0, 1, step.state, own);
  GradientBlock& gradients = encoder.backward(step.values, objective.gradient(),
                                              1 / static_cast<double>(batch.texts.size()));
  gradients.add(own);

  Named parameters = step.named(step.values);
  const auto loss = [&] { return oracle_loss(step, batch, parameters); };
  CHECK(result.loss + encoder.penalty() == doctest::Approx(loss()).epsilon(1e-5));
  std::map<std::string, Vector> wanted;
  double largest = 0;
  for (auto& entry : parameters) {
    wanted[entry.first] = reference::numeric_gradient(loss, entry.second, kTiny);
    for (const double g : wanted[entry.first]) largest = std::max(largest, std::abs(g));
  }
  CHECK(largest > 1e-2);
  const Named found = step.named(gradients);
  for (const auto& entry : wanted) {
    const std::string& parameter = entry.first;
    CAPTURE(parameter);
    CHECK(relative_error(found.at(parameter), entry.second, 0.02 * largest) < 1e-3);
  }
}

Dataset short_pairs() {
  Dataset data;
  data.add("ab", "cba", 1);
  data.add("de", "fd", 1);
  data.add("ab", "gh", 0);
  data.tokenise(letters, 8, 1);
  return data;
}

}  // namespace

TEST_CASE("siamese towers with redundant attention heads and a pair head") {
  Step step(siamese(0.7f, 4), short_pairs(), "bce,in-batch:0.5,head:2");
  check_step(step, 2, BatchEncoder::Keep::states);
}

TEST_CASE("a pair head that reads the pooled vectors too") {
  for (const auto keep : {BatchEncoder::Keep::states, BatchEncoder::Keep::texts}) {
    ModelConfig model = siamese(0, 4);
    model.head_input = HeadInput::pooled;
    model.towers[0].encoder.unit_length = keep == BatchEncoder::Keep::texts;
    Step step(model, short_pairs(), "bce,head:2");
    check_step(step, 2, keep);
  }
}

TEST_CASE("two towers whose pair head reads the pooled vectors too") {
  ModelConfig model = siamese(0, 4);
  model.head_input = HeadInput::pooled;
  model.towers[0].name = "question";
  model.towers.push_back({"passage", attentive(EncoderKind::gru, 0)});
  model.links = {{0, 1}};
  Dataset data;
  for (const auto& [a, b, label] :
       {std::tuple{"ab", "cba", 1.0f}, {"de", "fd", 1.0f}, {"ab", "gh", 0.0f}})
    data.add_tuple(std::vector<std::string>{a, b}, model.links, label);
  data.tokenise(letters, 8, 1);
  Step step(model, std::move(data), "bce,head");
  check_step(step, 2, BatchEncoder::Keep::states);
}

TEST_CASE("two towers of two kinds, each with a penalty of its own") {
  ModelConfig model = siamese(0.4f);
  model.towers[0].name = "question";
  model.towers.push_back({"passage", attentive(EncoderKind::gru, 1.5f)});
  model.links = {{0, 1}};
  Dataset data;
  const auto add = [&](const char* a, const char* b, float label) {
    data.add_tuple(std::vector<std::string>{a, b}, model.links, label);
  };
  add("ab", "cba", 1);
  add("de", "fd", 1);
  add("ab", "gh", 0);
  data.tokenise(letters, 8, 1);
  Step step(model, std::move(data), "in-batch,contrastive:0.5");
  check_step(step, 1, BatchEncoder::Keep::texts);
}

TEST_CASE("tokens told from embeddings, whose table no encoder knows") {
  Step step(siamese(0.2f), short_pairs(), "reconstruction");
  check_step(step, 1, BatchEncoder::Keep::states);
}
