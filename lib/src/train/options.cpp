#include "train/options.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/check.hpp"
#include "train/named_numbers.hpp"

namespace gemel::train {
namespace {
constexpr std::array<std::string_view, 3> kDecays = {"constant", "linear", "cosine"};
constexpr std::array<std::string_view, 3> kAverages = {"none", "ema", "last"};
}  // namespace

std::string_view name(Decay d) {
  return kDecays[static_cast<std::size_t>(d)];
}
Decay decay_from_name(std::string_view n) {
  return static_cast<Decay>(index_of_name("decay", n, kDecays));
}
std::string_view name(AverageKind a) {
  return kAverages[static_cast<std::size_t>(a)];
}
AverageKind average_from_name(std::string_view n) {
  return static_cast<AverageKind>(index_of_name("average", n, kAverages));
}

std::vector<RateFactor> rate_factors_from_text(std::string_view text) {
  std::vector<RateFactor> factors;
  if (text.empty()) return factors;
  for (const NamedNumber& item :
       named_numbers_from_text(text, {"learning-rate-of", "NAME:FACTOR", "embedding:0.1", true}))
    factors.push_back({std::string(item.name), item.number.value_or(1)});
  return factors;
}

void TrainOptions::validate() const {
  loss.validate();
  sampling.validate();
  augmentation.validate();
  check_range("average_decay", average.decay, 0.5f, 0.999999f);
  check_range("average_last", average.last, 2, 16);
  for (const RateFactor& f : rate_factors)
    check_range("learning_rate of " + f.prefix, f.factor, 0.0f, 1000.0f);
  check_range("epochs", epochs, 1, 10'000);
  check_range("batch_pairs", batch_pairs, 1, 65'536);
  check_range("learning_rate", learning_rate, 1e-9f, 10.0f);
  check_range("weight_decay", weight_decay, 0.0f, 1.0f);
  check_range("clip_norm", clip_norm, 0.0f, 1e9f);
  check_range("warmup", warmup, 0.0f, 1.0f);
  check_range("adam_beta1", adam_beta1, 0.0f, 0.9999f);
  check_range("adam_beta2", adam_beta2, 0.0f, 0.999999f);
  check_range("patience", patience, 0, 10'000);
  check_range("max_tokens", max_tokens, 1, 4096);
  check_range("shards", shards, 1, 1024);
  check_range("threads", threads, 0, 1024);
  check_range("checkpoint_seconds", checkpoint_seconds, 0.0, 1e9);
}

std::vector<float> rate_factors_of(const std::vector<RateFactor>& factors,
                                   const ParameterLayout& layout) {
  std::vector<float> result(layout.all().size(), 1.0f);
  std::vector<std::size_t> longest(layout.all().size(), 0);
  for (const RateFactor& f : factors) {
    bool fits = false;
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (!layout.all()[i].name.starts_with(f.prefix)) continue;
      fits = true;
      if (f.prefix.size() < longest[i]) continue;
      longest[i] = f.prefix.size();
      result[i] = f.factor;
    }
    if (fits) continue;
    std::string names;
    for (const ParameterInfo& p : layout.all()) names += (names.empty() ? "" : ", ") + p.name;
    throw Error("learning-rate-of", "no parameter's name begins with '" + f.prefix + "'",
                "the names are " + names);
  }
  return result;
}

float learning_rate_at(const TrainOptions& o, std::int64_t step, std::int64_t total) {
  const double warm = std::floor(double{o.warmup} * static_cast<double>(total));
  const double done = static_cast<double>(step);
  if (done < warm) return static_cast<float>(double{o.learning_rate} * (done + 1) / (warm + 1));
  if (o.decay == Decay::constant) return o.learning_rate;
  const double rest = std::max(1.0, static_cast<double>(total) - warm);
  const double share = std::min(1.0, (done - warm) / rest);
  const double factor =
      o.decay == Decay::linear ? 1 - share : 0.5 * (1 + std::cos(3.141592653589793 * share));
  return static_cast<float>(double{o.learning_rate} * factor);
}

}  // namespace gemel::train
