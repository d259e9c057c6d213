#include <cmath>
#include <cstdio>
#include <gemel/error.hpp>
#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "apps/compute_option.hpp"
#include "apps/model_path.hpp"
#include "apps/pair_verdict.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "apps/verdict_threshold.hpp"
#include "core/metric.hpp"
#include "corpora/bad_rows.hpp"

namespace gemel::app {
namespace {

using Attention = std::vector<TokenAttention>;

struct Verdict {
  bool duplicate = false;
  float distance = 0, score = 0;
  float probability = 0;           // NaN without calibration
  std::optional<float> threshold;  // of the score, if the model or the user has one
  HeadChoice head;
  float head_probability = 0;
  std::string link;                  // empty in a siamese model
  Attention attention1, attention2;  // with --explain
};

// The head where it is used, else the score; a threshold that is not there is an error only then.
Verdict judge(const CommandLine& line, const Embedder& embedder) {
  const Bundle& bundle = embedder.bundle();
  const std::string &text1 = line.positional()[0], &text2 = line.positional()[1];
  const TowerLink towers = embedder.link(line.get<std::string>("link"));
  const auto tower1 = static_cast<std::size_t>(towers.a),
             tower2 = static_cast<std::size_t>(towers.b);
  Verdict v;
  v.head = choose_head(line, embedder);
  const std::int64_t size = embedder.dimension(), width = embedder.feature_size();
  const std::vector<float> u = embedder.features(text1, tower1),
                           w = embedder.features(text2, tower2);
  v.distance = distance(bundle.metric, u.data(), w.data(), size);
  v.score = score_from_distance(bundle.metric, v.distance);
  v.probability = probability_of(bundle, bundle.metric, v.score);
  if (v.head.used) {
    const std::pair<std::int32_t, std::int32_t> pair(0, 0);
    embedder.head_probabilities({u.data(), 1, width}, {w.data(), 1, width}, {&pair, 1},
                                {&v.head_probability, 1}, 1);
    v.duplicate = v.head_probability >= v.head.threshold;
  } else {
    v.threshold = choose_threshold(line, bundle, bundle.metric).score;
    v.duplicate = v.score >= *v.threshold;
  }
  if (!bundle.model.siamese()) v.link = link_name(embedder, towers);
  if (line.get<bool>("explain")) {
    v.attention1 = embedder.attention(text1, tower1);
    v.attention2 = embedder.attention(text2, tower2);
  }
  return v;
}

std::string to_text(const Verdict& v, Metric metric) {
  char line[256];
  const auto number = [](float x) { return static_cast<double>(x); };
  std::string text = v.duplicate ? "duplicate\n" : "different\n";
  std::snprintf(line, sizeof line, "  score        %.4f  (%s, larger is more alike",
                number(v.score), std::string(name(metric)).c_str());
  text += line;
  if (v.threshold) {
    std::snprintf(line, sizeof line, "; threshold %.4f", number(*v.threshold));
    text += line;
  }
  text += ")\n";
  if (std::isfinite(v.probability)) {
    std::snprintf(line, sizeof line, "  probability  %.4f  that both say the same\n",
                  number(v.probability));
    text += line;
  }
  if (v.head.used) {
    std::snprintf(line, sizeof line,
                  "  pair head    %.4f  that both say the same; it decides, threshold %.4f\n",
                  number(v.head_probability), number(v.head.threshold));
    text += line;
  }
  if (!v.link.empty()) text += "  towers       " + v.link + "\n";
  for (const Attention* weights : {&v.attention1, &v.attention2}) {
    if (weights->empty()) continue;
    text += "  attention   ";
    for (const TokenAttention& w : *weights) {
      std::snprintf(line, sizeof line, ":%.2f", number(w.weight));
      text += " " + w.token + line;
    }
    text += "\n";
  }
  return text;
}

std::string to_json(const Verdict& v, const Bundle& bundle) {
  using Json = nlohmann::ordered_json;
  Json j = {{"duplicate", v.duplicate},
            {"score", v.score},
            {"distance", v.distance},
            {"probability", v.probability},
            {"threshold", v.threshold ? Json(*v.threshold) : Json(nullptr)},
            {"metric", name(bundle.metric)},
            {"model", bundle.fingerprint}};
  if (v.head.used)
    j["head"] = {{"probability", v.head_probability}, {"threshold", v.head.threshold}};
  if (!v.link.empty()) j["link"] = v.link;
  const auto list = [](const Attention& weights) {
    Json array = Json::array();
    for (const TokenAttention& w : weights)
      array.push_back({{"token", w.token}, {"weight", w.weight}});
    return array;
  };
  if (!v.attention1.empty()) j["attention"] = {list(v.attention1), list(v.attention2)};
  return j.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void check_text(const std::string& which, const std::string& text) {
  if (const auto bad = find_bad_byte(text, 1))
    throw Error(which + ", byte " + std::to_string(bad->column), bad->what, "give UTF-8");
}

}  // namespace

int run_compare(Arguments arguments) {
  CommandLine line("compare", "TEXT1 TEXT2",
                   "Tells whether two texts say the same thing, with score and probability.");
  po::options_description& group = line.group("Options");
  group.add_options()  //
      ("model,m", po::value<std::string>()->default_value(""),
       "bundle, or the name of a shipped one")  //
      ("threshold", po::value<float>(), "score from which on two texts are duplicates");
  add_head_options(group);
  add_link_option(group);
  group.add_options()                                                                            //
      ("explain", po::bool_switch(), "attention weight of each token (attention pooling only)")  //
      ("json", po::bool_switch(), "print one JSON object");
  add_compute_option(line);
  line.epilogue(
      "The threshold is the model's own for accuracy unless --threshold is given. A model with a\n"
      "pair head, a small classifier over both texts, lets it decide. Where a model has\n"
      "several towers, the first of --link reads TEXT1, the second TEXT2.");
  if (!line.parse(arguments)) return 0;
  check_text("TEXT1", line.positional()[0]);
  check_text("TEXT2", line.positional()[1]);
  if (line.has("threshold") && !std::isfinite(line.get<float>("threshold")))
    throw UsageError("--threshold must be a finite number");
  check_head_options(line);
  EmbedderOptions options;
  options.precision = read_compute(line);
  const Embedder embedder(find_model(line.get<std::string>("model")), options);
  const Verdict verdict = judge(line, embedder);
  write_standard_output(line.get<bool>("json") ? to_json(verdict, embedder.bundle())
                                               : to_text(verdict, embedder.bundle().metric));
  return 0;
}

}  // namespace gemel::app
