#pragma once
#include <memory>

#include "tests/reference/finite_differences.hpp"
#include "tests/train/objective_oracle_own.hpp"

/// One batch through the objective and through its oracle.
namespace gemel::train::test {

constexpr std::int64_t kWidth = 5;
constexpr double kTiny = 1e-5;  // of finite differences: so small that no kink lies within

/// Groups {ab, ba, bbaf} (joined through ab) and {cd, dce}; negatives of both and of neither.
inline Dataset few_pairs() {
  Dataset data;
  data.add("ab", "ba", 1);
  data.add("cd", "dce", 1);
  data.add("ab", "bbaf", 1);
  data.add("ef", "cd", 0);
  data.add("fga", "hh", 0);
  data.add("dce", "gabc", 0);
  data.tokenise(letters, 32, 1);
  return data;
}
inline Dataset few_triplets() {
  Dataset data;
  data.add_triplet("ab", "ba", "cd");
  data.add_triplet("cd", "dce", "ef");
  data.add_triplet("ab", "bbaf", "gabc");
  data.tokenise(letters, 32, 1);
  return data;
}
/// Questions and passages; "ab" asks for two of them.
inline Dataset few_tuples() {
  Dataset data;
  const std::vector<TowerLink> link = {{0, 1}};
  const auto add = [&](const char* a, const char* b, float label) {
    data.add_tuple(std::vector<std::string>{a, b}, link, label);
  };
  add("ab", "abba", 1);
  add("ab", "baab", 1);
  add("cd", "ddc", 1);
  add("ef", "fe", 1);
  add("ef", "gh", 0);
  data.tokenise(letters, 32, 1);
  return data;
}

inline ModelConfig flat_model(std::size_t towers = 1, std::int64_t head = 0) {
  ModelConfig model;
  model.towers.resize(towers);
  for (std::size_t t = 0; t < towers; ++t) {
    EncoderConfig& c = model.towers[t].encoder;
    model.towers[t].name = "t" + std::to_string(t);
    c.vocabulary_size = 27;
    c.embedding_size = c.hidden_size = 3;
    c.pooling = {Pooling::mean};
    c.projection_size = kWidth;
  }
  if (towers == 2) model.links = {{0, 1}};
  model.head_size = head;
  return model;
}

/// Vectors for every other text.
inline Teacher half_taught(const Dataset& data, std::int64_t dimension) {
  Teacher teacher;
  teacher.dimension = dimension;
  for (std::int32_t row = 0; row < data.text_count(); ++row)
    teacher.vector_of.push_back(row % 2 ? -1 : row / 2);
  const auto rows = static_cast<std::size_t>((data.text_count() + 1) / 2);
  teacher.vectors = fixture::random_rows(77, rows, static_cast<std::size_t>(dimension), 0.8);
  return teacher;
}

struct Case {
  ModelConfig model;
  TrainOptions options;
  std::shared_ptr<const Dataset> data;
  Teacher teacher;
  Batch batch;
  std::vector<float> vectors;  // [texts, D]
  ObjectiveState state;
  double done = 0;

  Case(ModelConfig m, Dataset d, const std::string& mix, Teacher t = {})
      : model(std::move(m)),
        data(std::make_shared<const Dataset>(std::move(d))),
        teacher(std::move(t)) {
    options.loss.mix = loss_mix_from_text(mix);
    options.loss.temperature = 0.5f;
    state.pair = {3, 1};
    batch = whole_batch(*data, model.links);
    // Larger than a metric's unit scale would need, so that margins and ReLUs are met on both
    // sides.
    vectors = fixture::random_rows(5, batch.texts.size(), static_cast<std::size_t>(kWidth), 0.4);
  }
};

struct Found {
  ObjectiveResult result;
  std::vector<float> gradient;  // [texts, D]
  std::map<std::string, std::vector<float>> own;
  Named parameters;
};

inline Found run_objective(Case& c) {
  nn::Towers towers(c.model, Precision::f32);
  Objective::register_parameters(c.options.loss, c.teacher, c.model, towers.layout());
  ParameterBlock values(towers.layout());
  // By name, so that a parameter has its values whatever stands beside it.
  for (std::size_t i = 0; i < towers.layout().all().size(); ++i) {
    std::uint64_t seed = 9;
    for (const char letter : towers.layout().all()[i].name)
      seed = seed * 31 + static_cast<std::uint64_t>(letter);
    Random random(seed);
    for (float& v : values.values(static_cast<int>(i)))
      v = static_cast<float>(random.uniform(-0.6, 0.6));
  }
  GradientBlock own(towers.layout());
  Objective objective(towers, c.options, *c.data, c.teacher);
  Found found;
  found.result = objective.run(c.batch, fixture::view(std::as_const(c.vectors), kWidth), values,
                               c.done, 1, c.state, own);
  const ConstMatrixView g = objective.gradient();
  found.gradient.assign(g.data, g.data + g.rows * g.cols);
  for (std::size_t i = 0; i < towers.layout().all().size(); ++i) {
    const auto value = values.values(static_cast<int>(i));
    const auto gradient = own.values(static_cast<int>(i));
    const std::string& name = towers.layout().all()[i].name;
    found.parameters[name].assign(value.begin(), value.end());
    found.own[name].assign(gradient.begin(), gradient.end());
  }
  return found;
}

/// Values of all terms and every gradient against the oracle.
inline Found check_objective(Case& c, double tolerance = 2e-4) {
  ObjectiveOracle oracle{c.batch, *c.data,   c.options,
                         c.model, c.teacher, current_margin(c.options.loss, c.state, c.done)};
  oracle.w = double{c.state.pair.w};
  oracle.b = double{c.state.pair.b};
  Found found = run_objective(c);
  Vector x = fixture::widened(c.vectors);
  for (const WeightedLoss& l : c.options.loss.mix) {
    CAPTURE(name(l.term));
    CHECK(found.result.terms[static_cast<std::size_t>(l.term)] ==
          doctest::Approx(oracle.term(l.term, x, found.parameters)).epsilon(1e-5));
  }
  const auto loss = [&] { return oracle.loss(x, found.parameters); };
  CHECK(found.result.loss == doctest::Approx(loss()).epsilon(1e-5));
  CHECK(relative_error(found.gradient, reference::numeric_gradient(loss, x, kTiny)) < tolerance);
  for (auto& entry : found.parameters) {
    const std::string& key = entry.first;
    CAPTURE(key);
    const bool objectives = key.starts_with("head.") || key.starts_with("distillation.") ||
                            key.starts_with("reconstruction.");
    const Vector wanted = objectives ? reference::numeric_gradient(loss, entry.second, kTiny)
                                     : Vector(entry.second.size());
    CHECK(relative_error(found.own.at(key), wanted, 1e-3) < tolerance);
  }
  std::vector<double> pair = {oracle.w, oracle.b};
  const std::vector<double> slopes = reference::numeric_gradient(
      [&] {
        oracle.w = pair[0], oracle.b = pair[1];
        return loss();
      },
      pair);
  CHECK(relative_error(std::vector<double>{found.result.pair.w, found.result.pair.b}, slopes,
                       1e-3) < tolerance);
  return found;
}

}  // namespace gemel::train::test
