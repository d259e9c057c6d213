#include <cmath>
#include <cstdio>
#include <gemel/error.hpp>
#include <gemel/gemel.hpp>
#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "apps/model_path.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "core/metric.hpp"
#include "corpora/bad_rows.hpp"

namespace gemel::app {
namespace {

struct Verdict {
  Comparison comparison;
  float threshold;
  std::vector<TokenWeight> weights1, weights2;  // with --explain
};

std::string to_text(const Verdict& v, const std::string& metric) {
  char line[256];
  std::snprintf(line, sizeof line,
                "%s\n  score        %.4f  (%s, larger is more alike; threshold %.4f)\n"
                "  probability  %.4f  that both say the same\n",
                v.comparison.duplicate ? "duplicate" : "different",
                static_cast<double>(v.comparison.score), metric.c_str(),
                static_cast<double>(v.threshold), static_cast<double>(v.comparison.probability));
  std::string text = line;
  for (const auto* weights : {&v.weights1, &v.weights2}) {
    if (weights->empty()) continue;
    text += "  attention   ";
    for (const TokenWeight& w : *weights) {
      std::snprintf(line, sizeof line, " %s:%.2f", w.token.c_str(), static_cast<double>(w.weight));
      text += line;
    }
    text += "\n";
  }
  return text;
}

std::string to_json(const Verdict& v, const Model& model) {
  nlohmann::ordered_json j = {{"duplicate", v.comparison.duplicate},
                              {"score", v.comparison.score},
                              {"distance", v.comparison.distance},
                              {"probability", v.comparison.probability},
                              {"threshold", v.threshold},
                              {"metric", model.metric()},
                              {"model", model.fingerprint()}};
  const auto list = [](const std::vector<TokenWeight>& weights) {
    nlohmann::ordered_json array = nlohmann::ordered_json::array();
    for (const TokenWeight& w : weights)
      array.push_back({{"token", w.token}, {"weight", w.weight}});
    return array;
  };
  if (!v.weights1.empty()) j["attention"] = {list(v.weights1), list(v.weights2)};
  using handler = nlohmann::ordered_json::error_handler_t;
  return j.dump(-1, ' ', false, handler::replace) + "\n";
}

void check_text(const std::string& which, const std::string& text) {
  if (const auto bad = find_bad_byte(text, 1))
    throw Error(which + ", byte " + std::to_string(bad->column), bad->what, "give UTF-8");
}

}  // namespace

int run_compare(Arguments arguments) {
  CommandLine line("compare", "TEXT1 TEXT2",
                   "Tells whether two texts say the same thing, with score and probability.");
  line.group("Options").add_options()  //
      ("model,m", po::value<std::string>()->default_value(""),
       "bundle, or the name of a shipped one")                                                   //
      ("threshold", po::value<float>(), "score from which on two texts are duplicates")          //
      ("explain", po::bool_switch(), "attention weight of each token (attention pooling only)")  //
      ("json", po::bool_switch(), "print one JSON object");
  line.epilogue("The threshold is the model's own for accuracy unless --threshold is given.");
  if (!line.parse(arguments)) return 0;
  const std::string &text1 = line.positional()[0], &text2 = line.positional()[1];
  check_text("TEXT1", text1);
  check_text("TEXT2", text2);
  if (line.has("threshold") && !std::isfinite(line.get<float>("threshold")))
    throw UsageError("--threshold must be a finite number");
  LoadOptions options;
  options.threads = 1;
  const Model model = Model::load(find_model(line.get<std::string>("model")), options);
  Verdict verdict{model.compare(text1, text2), 0, {}, {}};
  if (const auto given = line.find<float>("threshold")) {
    verdict.threshold = *given;
    verdict.comparison.duplicate = verdict.comparison.score >= *given;
  } else {
    verdict.threshold = model.threshold(Goal::accuracy).value_or(0);
  }
  if (line.get<bool>("explain")) {
    verdict.weights1 = model.explain(text1);
    verdict.weights2 = model.explain(text2);
  }
  write_standard_output(line.get<bool>("json") ? to_json(verdict, model)
                                               : to_text(verdict, model.metric()));
  return 0;
}

}  // namespace gemel::app
