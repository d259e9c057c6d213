#include <algorithm>
#include <nlohmann/json.hpp>

#include "train/trainer.hpp"

namespace gemel::train {

void MadeNegatives::add(const loss::NegativeReport& report) {
  const std::array<std::int64_t, 6> batch = {report.chosen(),      report.same_group,
                                             report.labelled,      report.too_close,
                                             report.near_positive, report.too_far};
  for (std::size_t i = 0; i < batch.size(); ++i) counts[i] += batch[i];
  if (report.scores.empty()) return;
  ++batches;
  const loss::Quantiles q = loss::quantiles(report.scores);
  const std::array<float, 5> found = {q.least, q.low, q.middle, q.high, q.most};
  for (std::size_t i = 0; i < found.size(); ++i) quantiles[i] += double{found[i]};
}

std::string MadeNegatives::json() const {
  std::array<double, 5> means = quantiles;
  for (double& q : means) q /= static_cast<double>(std::max<std::int64_t>(1, batches));
  return nlohmann::ordered_json{{"negatives", counts[0]},     {"same_group", counts[1]},
                                {"labelled", counts[2]},      {"too_close", counts[3]},
                                {"near_positive", counts[4]}, {"too_far", counts[5]},
                                {"score_quantiles", means}}
      .dump();
}

std::string EpochReport::json() const {
  nlohmann::ordered_json j = {{"epoch", epoch},
                              {"step", step},
                              {"loss", loss},
                              {"learning_rate", learning_rate},
                              {"seconds", seconds},
                              {"texts_per_second", texts_per_second},
                              {"tokens_per_second", tokens_per_second},
                              {"w", pair_parameters.w},
                              {"b", pair_parameters.b},
                              {"dev", dev},
                              {"best", best}};
  if (!losses.empty()) j["losses"] = losses;
  if (margin > 0) j["margin"] = margin;
  if (!made.empty()) j["batch_negatives"] = nlohmann::ordered_json::parse(made);
  if (!mining.empty()) j["mining"] = nlohmann::ordered_json::parse(mining);
  return j.dump();
}

EpochReport EpochReport::from_json(const std::string& line) {
  const auto j = nlohmann::ordered_json::parse(line);
  EpochReport r;
  r.epoch = j.at("epoch");
  r.step = j.at("step");
  r.loss = j.at("loss");
  r.learning_rate = j.at("learning_rate");
  r.seconds = j.at("seconds");
  r.texts_per_second = j.at("texts_per_second");
  r.tokens_per_second = j.at("tokens_per_second");
  r.pair_parameters = {j.at("w"), j.at("b")};
  r.dev = j.at("dev").get<Metrics>();
  r.best = j.at("best");
  if (j.contains("losses")) r.losses = j["losses"].get<std::map<std::string, double>>();
  r.margin = j.value("margin", 0.0);
  if (j.contains("batch_negatives")) r.made = j["batch_negatives"].dump();
  if (j.contains("mining")) r.mining = j["mining"].dump();
  return r;
}

}  // namespace gemel::train
