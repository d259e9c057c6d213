#include <cmath>
#include <gemel/gemel.hpp>

#include "infer/embedder.hpp"

namespace gemel {
namespace {

EmbedderOptions embedder_options(const LoadOptions& options) {
  EmbedderOptions o;
  o.precision = options.compute == Compute::bf16 ? Precision::bf16 : Precision::f32;
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
  return impl_->embedder.precision() == Precision::bf16 ? Compute::bf16 : Compute::f32;
}

void Model::embed(std::span<const std::string_view> texts, std::span<float> out,
                  int threads) const {
  impl_->embedder.embed(texts, out, threads);
}
std::vector<float> Model::embed(std::string_view text) const {
  return impl_->embedder.embed(text);
}

Comparison Model::compare(std::string_view a, std::string_view b) const {
  const std::string_view texts[] = {a, b};
  const auto width = static_cast<std::size_t>(dimension());
  std::vector<float> rows(2 * width);  // [2, D]
  impl_->embedder.embed(texts, rows, 1);
  const std::span<const float> view(rows);
  return compare(view.first(width), view.last(width));
}

Comparison Model::compare(std::span<const float> u, std::span<const float> v) const {
  const auto width = static_cast<std::size_t>(dimension());
  if (u.size() != width || v.size() != width)
    throw Error("compare", "the embeddings hold " + std::to_string(u.size()) + " and " +
                               std::to_string(v.size()) + " floats; this model's hold " +
                               std::to_string(width));
  const Bundle& bundle = impl_->embedder.bundle();
  Comparison result;
  result.distance = distance(bundle.metric, u.data(), v.data(), dimension());
  result.score = score_from_distance(bundle.metric, result.distance);
  result.probability =
      bundle.calibration
          ? calibrated_probability(bundle.calibration->w, bundle.calibration->b, result.distance)
          : NAN;
  result.duplicate = decide(result.score);
  return result;
}

std::optional<float> Model::threshold(Goal goal) const {
  const Bundle& bundle = impl_->embedder.bundle();
  if (const auto& found = stored(bundle.thresholds, goal)) return found->score;
  if (goal != Goal::accuracy || !bundle.calibration || bundle.calibration->w <= 0)
    return std::nullopt;
  return score_from_distance(bundle.metric, bundle.calibration->b / bundle.calibration->w);
}

bool Model::decide(float score, Goal goal) const {
  if (const std::optional<float> limit = threshold(goal)) return score >= *limit;
  throw Error(impl_->embedder.path(), std::string("holds no threshold for ") + name(goal),
              "run 'gemel evaluate' on labelled pairs to find one");
}

std::vector<TokenWeight> Model::explain(std::string_view text) const {
  std::vector<TokenWeight> weights;
  for (TokenAttention& token : impl_->embedder.attention(text))
    weights.push_back({std::move(token.token), token.weight});
  return weights;
}

}  // namespace gemel
