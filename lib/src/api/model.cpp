#include <cmath>
#include <gemel/gemel.hpp>

#include "infer/embedder.hpp"

namespace gemel {
namespace {

EmbedderOptions embedder_options(const LoadOptions& options) {
  EmbedderOptions o;
  switch (options.compute) {
    case Compute::automatic:
      break;
    case Compute::f32:
      o.precision = Precision::f32;
      break;
    case Compute::bf16:
      o.precision = Precision::bf16;
      break;
    case Compute::int8:
      o.precision = Precision::int8;
      break;
  }
  o.threads = options.threads;
  o.max_tokens = options.max_tokens;
  o.self_test = options.self_test;
  return o;
}

const std::optional<Threshold>& stored(const Thresholds& thresholds, Goal goal) {
  switch (goal) {
    case Goal::f1:
      return thresholds.f1;
    case Goal::precision:
      return thresholds.precision;
    case Goal::accuracy:
      break;
  }
  return thresholds.accuracy;
}

const char* name(Goal goal) {
  return goal == Goal::accuracy ? "accuracy" : goal == Goal::f1 ? "F1" : "precision";
}

}  // namespace

struct Model::Impl {
  Embedder embedder;
};

Model::Model(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model Model::load(const std::string& path, const LoadOptions& options) {
  return Model(std::make_unique<Impl>(Impl{Embedder(path, embedder_options(options))}));
}

int Model::dimension() const {
  return static_cast<int>(impl_->embedder.dimension());
}
std::string Model::fingerprint() const {
  return impl_->embedder.bundle().fingerprint;
}
std::string Model::metric() const {
  return std::string(gemel::name(impl_->embedder.bundle().metric));
}
Compute Model::compute() const {
  switch (impl_->embedder.precision()) {
    case Precision::bf16:
      return Compute::bf16;
    case Precision::int8:
      return Compute::int8;
    case Precision::f32:
      break;
  }
  return Compute::f32;
}

std::vector<std::string> Model::towers() const {
  std::vector<std::string> names;
  for (const TowerConfig& tower : impl_->embedder.bundle().model.towers)
    names.push_back(tower.name);
  return names;
}
std::vector<std::string> Model::links() const {
  const ModelConfig& model = impl_->embedder.bundle().model;
  std::vector<std::string> names;
  for (std::size_t l = 0; l < model.links.size(); ++l) names.push_back(model.link_name(l));
  return names;
}

void Model::embed(std::span<const std::string_view> texts, std::span<float> out, int threads,
                  std::string_view tower) const {
  impl_->embedder.embed(texts, out, threads, impl_->embedder.tower(tower));
}
std::vector<float> Model::embed(std::string_view text, std::string_view tower) const {
  return impl_->embedder.embed(text, impl_->embedder.tower(tower));
}

namespace {

// Of what the pair head reads, or of embeddings alone, about which a head that reads more is not
// asked.
Comparison compare_rows(const Model& model, const Embedder& embedder, std::span<const float> u,
                        std::span<const float> v) {
  const Bundle& bundle = embedder.bundle();
  Comparison result;
  result.distance = distance(bundle.metric, u.data(), v.data(), embedder.dimension());
  result.score = score_from_distance(bundle.metric, result.distance);
  result.probability =
      bundle.calibration
          ? static_cast<float>(bundle.calibration->curve().probability(result.distance))
          : NAN;
  const auto width = static_cast<std::int64_t>(u.size());
  if (!embedder.has_head() || width != embedder.feature_size()) {
    result.duplicate = model.decide(result.score);
    return result;
  }
  const std::pair<std::int32_t, std::int32_t> pair(0, 0);
  embedder.head_probabilities({u.data(), 1, width}, {v.data(), 1, width}, {&pair, 1},
                              {&result.head_probability, 1}, 1);
  result.duplicate =
      result.head_probability >= bundle.head_verdict.value_or(HeadVerdict()).threshold;
  return result;
}

}  // namespace

Comparison Model::compare(std::string_view a, std::string_view b, std::string_view link) const {
  const TowerLink towers = impl_->embedder.link(link);
  return compare_rows(*this, impl_->embedder,
                      impl_->embedder.features(a, static_cast<std::size_t>(towers.a)),
                      impl_->embedder.features(b, static_cast<std::size_t>(towers.b)));
}

Comparison Model::compare(std::span<const float> u, std::span<const float> v) const {
  const auto width = static_cast<std::size_t>(dimension());
  if (u.size() != width || v.size() != width)
    throw Error("compare", "the embeddings hold " + std::to_string(u.size()) + " and " +
                               std::to_string(v.size()) + " floats; this model's hold " +
                               std::to_string(width));
  return compare_rows(*this, impl_->embedder, u, v);
}

bool Model::has_head() const {
  return impl_->embedder.has_head();
}
bool Model::head_reads_embeddings() const {
  return has_head() && impl_->embedder.feature_size() == dimension();
}
std::optional<float> Model::head_threshold() const {
  if (!has_head()) return std::nullopt;
  return impl_->embedder.bundle().head_verdict.value_or(HeadVerdict()).threshold;
}

std::optional<float> Model::threshold(Goal goal) const {
  const Bundle& bundle = impl_->embedder.bundle();
  if (const auto& found = stored(bundle.thresholds, goal)) return found->score;
  if (goal != Goal::accuracy || !bundle.calibration) return std::nullopt;
  const std::optional<double> even = bundle.calibration->curve().distance_at(0.5);
  if (!even) return std::nullopt;
  return score_from_distance(bundle.metric, static_cast<float>(*even));
}

bool Model::decide(float score, Goal goal) const {
  if (const std::optional<float> limit = threshold(goal)) return score >= *limit;
  throw Error(impl_->embedder.path(), std::string("holds no threshold for ") + name(goal),
              "run 'gemel evaluate' on labelled pairs to find one");
}

std::vector<TokenWeight> Model::explain(std::string_view text, std::string_view tower) const {
  std::vector<TokenWeight> weights;
  for (TokenAttention& token : impl_->embedder.attention(text, impl_->embedder.tower(tower)))
    weights.push_back({std::move(token.token), token.weight});
  return weights;
}

}  // namespace gemel
