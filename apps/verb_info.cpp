#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>

#include "apps/command_line.hpp"
#include "apps/model_path.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "dnn/context.hpp"
#include "infer/embedder.hpp"
#include "model/bundle_file.hpp"

namespace gemel::app {
namespace {

using Json = nlohmann::ordered_json;

Json threshold_json(const std::optional<Threshold>& t) {
  if (!t) return nullptr;
  return {{"score", t->score}, {"value", t->value}, {"found_on", t->found_on}, {"pairs", t->pairs}};
}

Json describe(const BundleFile& file) {
  const Bundle& b = file.bundle();
  std::int64_t parameters = 0;
  for (const StoredTensor& tensor : file.tensors())
    parameters += std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::int64_t{1},
                                  std::multiplies<>());
  Json pooling = Json::array();
  for (const Pooling p : b.config().pooling) pooling.push_back(name(p));
  Json j = {{"file", file.path()},
            {"bytes", file.size()},
            {"fingerprint", b.fingerprint},
            {"parameters", parameters},
            {"encoder",
             {{"vocabulary_size", b.config().vocabulary_size},
              {"embedding_size", b.config().embedding_size},
              {"hidden_size", b.config().hidden_size},
              {"layers", b.config().layers},
              {"pooling", pooling},
              {"projection_size", b.config().projection_size},
              {"unit_length", b.config().unit_length},
              {"sentence_size", b.config().sentence_size()}}},
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
                        {"expected_calibration_error", b.calibration->ece},
                        {"fitted_on", b.calibration->fitted_on}};
  j["notes"] = b.notes;
  j["training"] = Json::parse(b.training, nullptr, false);
  Json tensors = Json::array();
  for (const StoredTensor& tensor : file.tensors())
    tensors.push_back({{"name", tensor.name},
                       {"type", tensor.type == StorageType::f32 ? "f32" : "bf16"},
                       {"shape", tensor.shape}});
  j["tensors"] = tensors;
  return j;
}

// What `gemel train` was told, every default included.
std::string stored_config(const BundleFile& file) {
  const Json training = Json::parse(file.bundle().training, nullptr, false);
  if (!training.contains("config"))
    throw Error(file.path(), "holds no configuration of its training",
                "it was trained by an older gemel; --json prints what is known");
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

std::string to_text(const BundleFile& file, const Json& j) {
  const Bundle& b = file.bundle();
  const EncoderConfig& c = b.config();
  std::string pooling;
  for (const Pooling p : c.pooling)
    pooling += (pooling.empty() ? "" : " + ") + std::string(name(p));
  char text[2048];
  std::snprintf(text, sizeof text,
                "%s\n  size         %.1f MB, %lld parameters\n  fingerprint  %s\n"
                "  encoder      %d-layer BiLSTM, V %lld, E %lld, H %lld, pooling %s, D %lld%s\n"
                "  tokenizer    sentencepiece, %zu bytes, normalizer %s\n  metric       %s\n",
                file.path().c_str(), static_cast<double>(file.size()) / 1e6,
                j["parameters"].get<long long>(), b.fingerprint.c_str(), c.layers,
                static_cast<long long>(c.vocabulary_size), static_cast<long long>(c.embedding_size),
                static_cast<long long>(c.hidden_size), pooling.c_str(),
                static_cast<long long>(c.sentence_size()), c.unit_length ? ", unit length" : "",
                b.tokenizer_model.size(), b.normalizer.c_str(),
                std::string(name(b.metric)).c_str());
  std::string result = text;
  if (b.calibration) {
    std::snprintf(text, sizeof text,
                  "  calibration  p = sigmoid(-%.4f d + %.4f), expected error %.4f on %s\n",
                  static_cast<double>(b.calibration->w), static_cast<double>(b.calibration->b),
                  b.calibration->ece, b.calibration->fitted_on.c_str());
    result += text;
  }
  result += "thresholds\n" + threshold_line("accuracy", b.thresholds.accuracy) +
            threshold_line("F1", b.thresholds.f1);
  std::snprintf(text, sizeof text, "precision %g", b.thresholds.precision_target);
  result += threshold_line(text, b.thresholds.precision);
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
