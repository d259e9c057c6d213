#include "model/bundle_json.hpp"

#include <cmath>
#include <gemel/error.hpp>

#include "core/check.hpp"
#include "model/json_fields.hpp"

namespace gemel {
namespace {

using nlohmann::ordered_json;

void check_finite(const char* field, double value) {
  if (!std::isfinite(value)) throw Error(field, "is not a finite number");
}

ordered_json to_json(const Calibration& c) {
  check_finite("calibration.w", c.w);
  check_finite("calibration.b", c.b);
  check_range("calibration.ece", c.ece, 0.0, 1.0);
  return {{"w", c.w}, {"b", c.b}, {"ece", c.ece}, {"fitted_on", c.fitted_on}};
}

ordered_json to_json(const Threshold& t) {
  check_finite("threshold.score", t.score);
  check_range("threshold.value", t.value, 0.0, 1.0);
  return {{"score", t.score}, {"value", t.value}, {"found_on", t.found_on}, {"pairs", t.pairs}};
}

ordered_json to_json(const Thresholds& t) {
  ordered_json json = ordered_json::object();
  if (t.accuracy) json["accuracy"] = to_json(*t.accuracy);
  if (t.f1) json["f1"] = to_json(*t.f1);
  if (t.precision) json["precision"] = to_json(*t.precision);
  check_range("thresholds.precision_target", t.precision_target, 0.0, 1.0);
  json["precision_target"] = t.precision_target;
  return json;
}

std::string dump(const char* field, const ordered_json& json) {
  try {
    return json.dump();
  } catch (const ordered_json::type_error&) {
    throw Error(field, "is not valid UTF-8", "give it as UTF-8");
  }
}

Calibration calibration_from(const JsonFields& fields) {
  Calibration c;
  fields.require("w", c.w);
  fields.require("b", c.b);
  fields.read("ece", c.ece);
  fields.read("fitted_on", c.fitted_on);
  return c;
}

std::optional<Threshold> threshold_from(const JsonFields& all, const char* key) {
  if (!all.has(key)) return std::nullopt;
  const JsonFields fields = all.object(key);
  Threshold t;
  fields.require("score", t.score);
  fields.read("value", t.value);
  fields.read("found_on", t.found_on);
  fields.read("pairs", t.pairs);
  return t;
}

Thresholds thresholds_from(const JsonFields& fields) {
  Thresholds t;
  t.accuracy = threshold_from(fields, "accuracy");
  t.f1 = threshold_from(fields, "f1");
  t.precision = threshold_from(fields, "precision");
  fields.read("precision_target", t.precision_target);
  return t;
}

std::vector<SelfTest> self_tests_from(const std::string& where, const std::string& text) {
  nlohmann::json list = nlohmann::json::object();
  list["self_tests"] = nlohmann::json::parse(text, nullptr, false);
  std::vector<std::string> texts;
  JsonFields(where + ", header", std::move(list)).require("self_tests", texts);
  std::vector<SelfTest> tests;
  for (std::string& t : texts) tests.push_back({std::move(t), {}});
  return tests;
}

// Errors of core know the field but not the file.
template <class Function>
auto with_place(const std::string& prefix, Function&& function) {
  try {
    return function();
  } catch (const Error& e) {
    throw Error(prefix + e.where(), e.problem(), e.advice());
  }
}

}  // namespace

std::string encoder_config_to_json(const EncoderConfig& c) {
  ordered_json pooling = ordered_json::array();
  for (const Pooling p : c.pooling) pooling.push_back(name(p));
  ordered_json json = {{"vocabulary_size", c.vocabulary_size},
                       {"embedding_size", c.embedding_size},
                       {"hidden_size", c.hidden_size},
                       {"layers", c.layers},
                       {"pooling", pooling},
                       {"attention_heads", c.attention_heads},
                       {"attention_size", c.attention_size},
                       {"projection_size", c.projection_size},
                       {"unit_length", c.unit_length},
                       {"dropout_embedding", c.dropout_embedding},
                       {"dropout_layer", c.dropout_layer},
                       {"dropout_output", c.dropout_output}};
  // Younger fields stand only where they say something, so that older files keep their bytes.
  const EncoderConfig defaults;
  if (c.kind != defaults.kind) json["kind"] = name(c.kind);
  if (c.shortcut != defaults.shortcut) json["shortcut"] = c.shortcut;
  if (c.widths != defaults.widths) json["widths"] = c.widths;
  if (c.state_attention_heads != defaults.state_attention_heads)
    json["state_attention_heads"] = c.state_attention_heads;
  if (c.attention_penalty != defaults.attention_penalty)
    json["attention_penalty"] = c.attention_penalty;
  return json.dump();
}

EncoderConfig encoder_config_from_json(const std::string& where, const std::string& text) {
  const JsonFields fields = JsonFields::parse(where, text);
  EncoderConfig c;
  fields.require("vocabulary_size", c.vocabulary_size);
  fields.require("embedding_size", c.embedding_size);
  fields.require("hidden_size", c.hidden_size);
  fields.require("layers", c.layers);
  fields.read("attention_heads", c.attention_heads);
  fields.read("attention_size", c.attention_size);
  fields.read("projection_size", c.projection_size);
  fields.read("unit_length", c.unit_length);
  fields.read("dropout_embedding", c.dropout_embedding);
  fields.read("dropout_layer", c.dropout_layer);
  fields.read("dropout_output", c.dropout_output);
  fields.read("shortcut", c.shortcut);
  fields.read("widths", c.widths);
  fields.read("state_attention_heads", c.state_attention_heads);
  fields.read("attention_penalty", c.attention_penalty);
  std::string kind(name(c.kind));
  fields.read("kind", kind);
  std::vector<std::string> pooling;
  fields.require("pooling", pooling);
  return with_place(where + ".", [&] {
    c.kind = encoder_kind_from_name(kind);
    c.pooling.clear();
    for (const std::string& p : pooling) c.pooling.push_back(pooling_from_name(p));
    c.validate();
    return c;
  });
}

std::vector<std::pair<std::string, std::string>> metadata_from_bundle(const Bundle& b) {
  b.config.validate();
  check_range("max_tokens", b.max_tokens, 1, 65536);
  if (!nlohmann::json::parse(b.training, nullptr, false).is_object())
    throw Error("training", "is not a JSON object");
  std::vector<std::pair<std::string, std::string>> metadata = {
      {"format", "gemel"},
      {"format_version", std::to_string(kBundleVersion)},
      {"encoder", encoder_config_to_json(b.config)},
      {"metric", std::string(name(b.metric))},
      {"normalizer", b.normalizer},
      {"max_tokens", std::to_string(b.max_tokens)},
      {"thresholds", dump("thresholds", to_json(b.thresholds))},
      {"notes", b.notes},
      {"training", b.training}};
  if (b.calibration)
    metadata.emplace_back("calibration", dump("calibration", to_json(*b.calibration)));
  ordered_json texts = ordered_json::array();
  for (const SelfTest& test : b.self_tests) texts.push_back(test.text);
  if (!b.self_tests.empty()) metadata.emplace_back("self_tests", dump("self_tests", texts));
  return metadata;
}

void check_format(const std::string& where, const SafetensorsHeader& header) {
  const std::string* format = header.find("format");
  if (!format || *format != "gemel")
    throw Error(where, "is a safetensors file, but not a gemel model", std::string(kGiveModel));
  const std::string* version = header.find("format_version");
  const bool number = version && !version->empty() && version->size() < 7 &&
                      version->find_first_not_of("0123456789") == std::string::npos;
  if (!number)
    throw Error(where + ", header", "has no valid format_version", std::string(kDamaged));
  if (std::stoi(*version) > kBundleVersion)
    throw Error(where,
                "has format version " + *version + ", but this gemel reads only up to " +
                    std::to_string(kBundleVersion),
                "upgrade gemel");
}

Bundle bundle_from_metadata(const std::string& where, const SafetensorsHeader& header) {
  const auto required = [&](const char* key) -> const std::string& {
    const std::string* value = header.find(key);
    if (!value)
      throw Error(where + ", header", std::string("metadata '") + key + "' is missing",
                  std::string(kDamaged));
    return *value;
  };
  Bundle b;
  b.config = encoder_config_from_json(where + ", encoder", required("encoder"));
  b.metric = with_place(where + ", ", [&] { return metric_from_name(required("metric")); });
  b.normalizer = required("normalizer");
  if (const std::string* text = header.find("max_tokens")) {
    nlohmann::json fields = nlohmann::json::object();
    fields["max_tokens"] = nlohmann::json::parse(*text, nullptr, false);
    JsonFields(where + ", header", std::move(fields)).read("max_tokens", b.max_tokens);
    with_place(where + ", ", [&] { check_range("max_tokens", b.max_tokens, 1, 65536); });
  }
  if (const std::string* text = header.find("thresholds"))
    b.thresholds = thresholds_from(JsonFields::parse(where + ", thresholds", *text));
  if (const std::string* text = header.find("calibration"))
    b.calibration = calibration_from(JsonFields::parse(where + ", calibration", *text));
  if (const std::string* text = header.find("notes")) b.notes = *text;
  if (const std::string* text = header.find("training")) {
    JsonFields::parse(where + ", training", *text);  // an object, or an Error
    b.training = *text;
  }
  if (const std::string* text = header.find("self_tests"))
    b.self_tests = self_tests_from(where, *text);
  return b;
}

}  // namespace gemel
