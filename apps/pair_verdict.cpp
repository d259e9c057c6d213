#include "apps/pair_verdict.hpp"

#include <gemel/error.hpp>

#include "apps/verdict_threshold.hpp"
#include "core/check.hpp"

namespace gemel::app {

void add_link_option(po::options_description& group) {
  group.add_options()("link", po::value<std::string>()->default_value(""),
                      "which two of a model's towers read the texts, NAME:NAME; default: its first "
                      "link (see 'gemel info')");
}

void add_head_options(po::options_description& group) {
  group.add_options()  //
      ("head-threshold", po::value<float>(),
       "the pair head's probability from which on two texts are duplicates; default: the model's "
       "own")  //
      ("no-head", po::bool_switch(),
       "go by the distance, whatever a pair head would say; so does a threshold of the score");
}

void check_head_options(const CommandLine& line) {
  const auto threshold = line.find<float>("head-threshold");
  if (!threshold) return;
  if (const std::string option = score_threshold_option(line); !option.empty())
    throw UsageError("give one of --head-threshold and --" + option + ", which is about the score");
  if (line.get<bool>("no-head")) throw UsageError("give one of --head-threshold and --no-head");
  checked_usage([&] { check_range("head-threshold", *threshold, 0.0f, 1.0f); });
}

HeadChoice choose_head(const CommandLine& line, const Embedder& embedder) {
  HeadChoice choice;
  const auto given = line.find<float>("head-threshold");
  if (!embedder.has_head() && given)
    throw Error("head-threshold", "the model has no pair head",
                "train one with --head-size and --loss bce,head, or give --threshold");
  if (!embedder.has_head() || line.get<bool>("no-head") || !score_threshold_option(line).empty())
    return choice;
  choice.used = true;
  const auto& stored = embedder.bundle().head_verdict;
  choice.threshold = given ? *given : stored.value_or(HeadVerdict()).threshold;
  choice.origin = given    ? "--head-threshold"
                  : stored ? "best accuracy on " + stored->found_on
                           : "the middle, because the head was not measured";
  return choice;
}

std::string link_name(const Embedder& embedder, const TowerLink& link) {
  const auto& towers = embedder.bundle().model.towers;
  return towers[static_cast<std::size_t>(link.a)].name + ":" +
         towers[static_cast<std::size_t>(link.b)].name;
}

}  // namespace gemel::app
