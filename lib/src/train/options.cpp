#include "train/options.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/check.hpp"

namespace gemel::train {
namespace {
constexpr std::array<std::string_view, 3> kDecays = {"constant", "linear", "cosine"};
constexpr std::array<std::string_view, 2> kChoices = {"hardest", "random"};
}  // namespace

std::string_view name(Decay d) {
  return kDecays[static_cast<std::size_t>(d)];
}
Decay decay_from_name(std::string_view n) {
  return static_cast<Decay>(index_of_name("decay", n, kDecays));
}
std::string_view name(NegativeChoice c) {
  return kChoices[static_cast<std::size_t>(c)];
}
NegativeChoice negative_choice_from_name(std::string_view n) {
  return static_cast<NegativeChoice>(index_of_name("negatives", n, kChoices));
}

void TrainOptions::validate() const {
  loss.validate();
  check_range("w", pair_parameters.w, 1e-6f, 1e6f);
  check_range("b", pair_parameters.b, -1e6f, 1e6f);
  check_range("batch_negatives", batch_negatives, 0, 256);
  check_range("negative_weight", negative_weight, 0.0f, 1000.0f);
  check_range("negative_min_distance", negative_min_distance, 0.0f, 1e6f);
  check_range("positive_weight", positive_weight, 0.001f, 1000.0f);
  check_range("epochs", epochs, 1, 10'000);
  check_range("batch_pairs", batch_pairs, 1, 65'536);
  check_range("learning_rate", learning_rate, 1e-9f, 10.0f);
  check_range("weight_decay", weight_decay, 0.0f, 1.0f);
  check_range("clip_norm", clip_norm, 0.0f, 1e9f);
  check_range("warmup", warmup, 0.0f, 1.0f);
  check_range("adam_beta1", adam_beta1, 0.0f, 0.9999f);
  check_range("adam_beta2", adam_beta2, 0.0f, 0.999999f);
  check_range("patience", patience, 0, 10'000);
  check_range("token_dropout", token_dropout, 0.0f, 0.9f);
  check_range("sample_segmentation", sample_segmentation, 0.0f, 10.0f);
  check_range("max_tokens", max_tokens, 1, 4096);
  check_range("shards", shards, 1, 1024);
  check_range("threads", threads, 0, 1024);
  check_range("checkpoint_seconds", checkpoint_seconds, 0.0, 1e9);
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
