#include "train/loss_options.hpp"

#include <array>
#include <sstream>

#include "core/check.hpp"
#include "train/named_numbers.hpp"

namespace gemel::train {
namespace {

constexpr std::array<std::string_view, kLossTerms> kTerms = {
    "bce",          "contrastive", "online-contrastive", "triplet",   "in-batch",
    "distillation", "head",        "reconstruction",     "regression"};

}  // namespace

std::string_view name(LossTerm term) {
  return kTerms[static_cast<std::size_t>(term)];
}
LossTerm loss_term_from_name(std::string_view n) {
  return static_cast<LossTerm>(index_of_name("loss", n, kTerms));
}

std::vector<WeightedLoss> loss_mix_from_text(std::string_view text) {
  std::vector<WeightedLoss> mix;
  for (const NamedNumber& item :
       named_numbers_from_text(text, {"loss", "NAME or NAME:WEIGHT", "in-batch:0.5"}))
    mix.push_back({loss_term_from_name(item.name), item.number.value_or(1)});
  return mix;
}

std::string to_text(const std::vector<WeightedLoss>& mix) {
  std::ostringstream text;
  for (const WeightedLoss& loss : mix) {
    if (&loss != &mix.front()) text << ',';
    text << name(loss.term);
    if (loss.weight != 1) text << ':' << loss.weight;
  }
  return text.str();
}

float LossOptions::weight(LossTerm term) const {
  for (const WeightedLoss& loss : mix)
    if (loss.term == term) return loss.weight;
  return 0;
}

void LossOptions::validate() const {
  check_range("loss", mix.size(), std::size_t{1}, kTerms.size());
  for (std::size_t i = 0; i < mix.size(); ++i) {
    const std::string field = "loss, weight of " + std::string(name(mix[i].term));
    check_range(field, mix[i].weight, 1e-6f, 1000.0f);
    for (std::size_t j = 0; j < i; ++j)
      if (mix[j].term == mix[i].term)
        throw Error("loss", "'" + std::string(name(mix[i].term)) + "' is named twice",
                    "name it once, with one weight");
  }
  if (has(LossTerm::regression) && metric != Metric::cosine)
    throw Error("loss regression", "compares degrees with the cosine similarity",
                "set --metric cosine");
  if (has_margin())
    margin.validate(metric);
  else  // not used, but nothing that could ever be meant
    check_range("margin", margin.start, 0.0f, 1e6f);
  check_range("start_w", start.w, 1e-6f, 1e6f);
  check_range("start_b", start.b, -1e6f, 1e6f);
  check_range("positive_weight", positive_weight, 0.001f, 1000.0f);
  check_range("soft_weight", soft_weight, 0.001f, 1000.0f);
  check_range("temperature", temperature, 0.001f, 100.0f);
}

}  // namespace gemel::train
