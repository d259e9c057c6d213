#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "apps/bundle_files.hpp"
#include "apps/calibration_text.hpp"
#include "apps/command_line.hpp"
#include "apps/model_path.hpp"
#include "apps/model_text.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "dnn/context.hpp"
#include "infer/embedder.hpp"
#include "model/bundle_file.hpp"
#include "model/model_json.hpp"
#include "nn/recurrent_blocks.hpp"
#include "nn/towers.hpp"

namespace gemel::app {
namespace {

using Json = nlohmann::ordered_json;

Json threshold_json(const std::optional<Threshold>& t) {
  if (!t) return nullptr;
  return {{"score", t->score}, {"value", t->value}, {"found_on", t->found_on}, {"pairs", t->pairs}};
}

Json encoder_json(const EncoderConfig& c) {
  Json j = Json::parse(encoder_config_to_json(c));
  j["kind"] = name(c.kind);
  j["sentence_size"] = c.sentence_size();
  return j;
}

Json towers_json(const ModelConfig& model) {
  Json towers = Json::array();
  for (const TowerConfig& tower : model.towers)
    towers.push_back({{"name", tower.name}, {"encoder", encoder_json(tower.encoder)}});
  return towers;
}

std::vector<std::string> links(const ModelConfig& model) {
  std::vector<std::string> names;
  for (std::size_t l = 0; l < model.links.size(); ++l) names.push_back(model.link_name(l));
  return names;
}

Json head_json(const Bundle& b) {
  if (b.model.head_size == 0) return nullptr;
  Json j = {{"size", b.model.head_size}, {"input", name(b.model.head_input)}};
  const auto& v = b.head_verdict;
  j["threshold"] = v ? Json(v->threshold) : Json(nullptr);
  j["candidates"] = v ? Json(v->candidates) : Json(nullptr);
  if (v) j.update({{"value", v->value}, {"found_on", v->found_on}, {"pairs", v->pairs}});
  return j;
}

// Blocks of the recurrent weights; see `gemel prune`.
Json blocks_json(const BundleFile& file) {
  const nn::Towers towers(file.bundle().model, Precision::f32);
  ParameterBlock values(towers.layout());
  std::vector<std::string> others;
  for (const StoredTensor& tensor : file.tensors())
    if (!nn::names_recurrent_weights(tensor.name)) others.push_back(tensor.name);
  file.load_parameters(values, others);
  const nn::ZeroBlocks zeros(values);
  return {{"all", zeros.all()}, {"zero", zeros.count()}};
}

Json describe(const BundleFile& file) {
  const Bundle& b = file.bundle();
  std::int64_t parameters = 0;
  for (const StoredTensor& tensor : file.tensors())
    parameters += std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{1},
                                  std::multiplies<>());
  Json j = {{"file", file.path()},
            {"bytes", file.size()},
            {"fingerprint", b.fingerprint},
            {"parameters", parameters},
            {"recurrent_blocks", blocks_json(file)},
            {"encoder", encoder_json(b.config())},
            {"towers", towers_json(b.model)},
            {"links", links(b.model)},
            {"head", head_json(b)},
            {"normalizer", b.normalizer},
            {"metric", name(b.metric)},
            {"thresholds",
             {{"accuracy", threshold_json(b.thresholds.accuracy)},
              {"f1", threshold_json(b.thresholds.f1)},
              {"precision", threshold_json(b.thresholds.precision)},
              {"precision_target", b.thresholds.precision_target}}}};
  j["calibration"] = nullptr;
  if (b.calibration)
    j["calibration"] = {{"w", b.calibration->w},
                        {"b", b.calibration->b},
                        {"v", b.calibration->v},
                        {"near", b.calibration->near},
                        {"expected_calibration_error", b.calibration->ece},
                        {"fitted_on", b.calibration->fitted_on}};
  j["notes"] = b.notes;
  j["training"] = Json::parse(b.training, nullptr, false);
  Json tensors = Json::array();
  for (const StoredTensor& tensor : file.tensors())
    tensors.push_back(
        {{"name", tensor.name}, {"type", name(tensor.type)}, {"shape", tensor.shape}});
  j["tensors"] = tensors;
  return j;
}

// What `gemel train` was told, every default included.
std::string stored_config(const BundleFile& file) {
  const Json training = Json::parse(file.bundle().training, nullptr, false);
  if (!training.contains("config"))
    throw Error(file.path(), "holds no configuration of its training",
                "it was trained by an older gemel, is a mean of models or was pruned; --json "
                "prints what is known");
  try {
    return config_comment("gemel train: the options of " + file.path() + ", fingerprint " +
                          file.bundle().fingerprint) +
           config_from_record(training["config"].dump());
  } catch (const Error& e) {
    throw Error(file.path() + ", " + e.where(), e.problem(), e.advice());
  }
}

std::string threshold_line(const char* label, const std::optional<Threshold>& t) {
  char line[128];
  if (!t) {
    std::snprintf(line, sizeof line, "  %-12.31s none\n", label);
    return line;
  }
  std::snprintf(line, sizeof line, "  %-12.31s score >= %.4f  reaches %.4f on %lld pairs of ",
                label, static_cast<double>(t->score), t->value, static_cast<long long>(t->pairs));
  return line + t->found_on + "\n";
}

// The pair head's lines among the thresholds.
std::string head_text(const Bundle& b) {
  if (b.model.head_size == 0) return "";
  const auto& v = b.head_verdict;
  if (!v) return "  pair head    probability >= 0.5000  on no pairs measured\n";
  char line[160];
  std::snprintf(line, sizeof line,
                "  pair head    probability >= %.4f  reaches %.4f on %lld pairs of ",
                static_cast<double>(v->threshold), v->value, static_cast<long long>(v->pairs));
  std::string text = line + v->found_on;
  std::snprintf(line, sizeof line,
                "\n  candidates   score >= %.4f  is worth asking the pair head\n",
                static_cast<double>(v->candidates));
  return text + line;
}

std::string blocks_text(const Json& j) {
  const Json& blocks = j["recurrent_blocks"];
  if (blocks["zero"] == 0) return "";
  return "  pruned       " + zero_blocks_text(blocks["zero"], blocks["all"]) + "\n";
}

std::string to_text(const BundleFile& file, const Json& j) {
  const Bundle& b = file.bundle();
  char text[2048];
  std::snprintf(text, sizeof text, "%s\n  size         %.1f MB, %lld parameters\n",
                file.path().c_str(), static_cast<double>(file.size()) / 1e6,
                j["parameters"].get<long long>());
  std::string result = text;
  result += "  fingerprint  " + b.fingerprint + "\n" + model_text(b) + blocks_text(j) +
            "  tokenizer    sentencepiece, " + std::to_string(b.tokenizer_model.size()) +
            " bytes, normalizer " + b.normalizer + "\n  metric       " +
            std::string(name(b.metric)) + "\n";
  if (b.calibration) {
    std::snprintf(text, sizeof text, ", expected error %.4f on %s\n", b.calibration->ece,
                  b.calibration->fitted_on.c_str());
    result += "  calibration  " + calibration_text(b.calibration->curve()) + text;
  }
  result += "thresholds\n" + threshold_line("accuracy", b.thresholds.accuracy) +
            threshold_line("F1", b.thresholds.f1);
  std::snprintf(text, sizeof text, "precision %g", b.thresholds.precision_target);
  result += threshold_line(text, b.thresholds.precision) + head_text(b);
  if (!b.precisions.empty()) result += "computing in other than f32\n";
  for (const PrecisionCheck& c : b.precisions) {
    std::snprintf(text, sizeof text, "  %-4s         loses %+.4f of average precision %.4f on ",
                  std::string(name(c.precision)).c_str(), c.lost, c.average_precision + c.lost);
    result += text + c.measured_on + "\n";
  }
  if (!b.notes.empty()) result += "notes\n  " + b.notes + "\n";
  return result + "backend\n  " + dnn::describe_backend() + "\n";
}

}  // namespace

int run_info(Arguments arguments) {
  CommandLine line("info", "MODEL", "Describes a model and checks its file, byte by byte.");
  line.group("Options").add_options()                                                            //
      ("self-test", po::bool_switch(), "embed the texts the model carries and compare vectors")  //
      ("json", po::bool_switch(), "print everything, training record included, as JSON")         //
      ("config", po::bool_switch(),
       "print the options that the model was trained with, for 'gemel train --config'");
  if (!line.parse(arguments)) return 0;
  const std::string path = find_model(line.positional()[0]);
  const BundleFile file(path);
  if (line.get<bool>("config")) {
    if (line.get<bool>("json") || line.get<bool>("self-test"))
      throw UsageError("--config goes with neither --json nor --self-test");
    write_standard_output(stored_config(file));
    return 0;
  }
  const Json j = describe(file);
  std::string text = line.get<bool>("json") ? j.dump(2) + "\n" : to_text(file, j);
  if (line.get<bool>("self-test")) {
    EmbedderOptions options;
    options.self_test = true;
    const Embedder embedder(path, options);
    if (!line.get<bool>("json"))
      text += "self-test\n  " + std::to_string(file.bundle().self_tests.size()) +
              " texts give the stored vectors\n";
  }
  write_standard_output(text);
  return 0;
}

}  // namespace gemel::app
