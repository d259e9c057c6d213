#include <nlohmann/json.hpp>

#include "train/trainer.hpp"

namespace gemel::train {

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
  if (made_negatives > 0) j["made_negatives"] = made_negatives;
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
  r.made_negatives = j.value("made_negatives", 0.0);
  if (j.contains("mining")) r.mining = j["mining"].dump();
  return r;
}

}  // namespace gemel::train
