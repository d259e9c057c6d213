#include "model/bundle_json.hpp"

#include <algorithm>
#include <cmath>
#include <gemel/error.hpp>

#include "core/check.hpp"
#include "model/json_fields.hpp"
#include "model/model_json.hpp"

namespace gemel {
namespace {

using nlohmann::ordered_json;

void check_finite(const char* field, double value) {
  if (!std::isfinite(value)) throw Error(field, "is not a finite number");
}

ordered_json to_json(const Calibration& c) {
  check_finite("calibration.w", c.w);
  check_finite("calibration.b", c.b);
  check_finite("calibration.v", c.v);
  check_finite("calibration.near", c.near);
  check_range("calibration.ece", c.ece, 0.0, 1.0);
  ordered_json json = {{"w", c.w}, {"b", c.b}, {"ece", c.ece}, {"fitted_on", c.fitted_on}};
  if (c.v > 0) json["v"] = c.v, json["near"] = c.near;
  return json;
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

int needed_version(const ModelConfig& model, const std::optional<Calibration>& calibration) {
  return std::max(needed_version(model), calibration && calibration->v > 0 ? 3 : 1);
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
  fields.read("v", c.v);
  fields.read("near", c.near);
  if (c.v < 0) fields.fail("v", "is negative");
  if (c.v > 0 && !(c.near > 0)) fields.fail("near", "is not positive");
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

void check_head_verdict(const HeadVerdict& verdict) {
  check_range("head.threshold", verdict.threshold, 0.0f, 1.0f);
  check_range("head.value", verdict.value, 0.0, 1.0);
  check_finite("head.candidates", verdict.candidates);
}

ordered_json head_to_json(const Bundle& b) {
  ordered_json json = {{"size", b.model.head_size}, {"dropout", b.model.head_dropout}};
  if (b.model.head_input != HeadInput::embedding) json["input"] = name(b.model.head_input);
  if (!b.head_verdict) return json;
  check_head_verdict(*b.head_verdict);
  json["threshold"] = b.head_verdict->threshold;
  json["value"] = b.head_verdict->value;
  json["candidates"] = b.head_verdict->candidates;
  json["found_on"] = b.head_verdict->found_on;
  json["pairs"] = b.head_verdict->pairs;
  return json;
}

void read_head(const std::string& where, const std::string& text, Bundle& b) {
  const JsonFields fields = JsonFields::parse(where + ", head", text);
  fields.require("size", b.model.head_size);
  with_place(where + ", ", [&] {
    check_range("head.size", b.model.head_size, std::int64_t{1}, std::int64_t{4096});
  });
  fields.read("dropout", b.model.head_dropout);
  std::string input(name(b.model.head_input));
  fields.read("input", input);
  with_place(where + ", ", [&] { b.model.head_input = head_input_from_name(input); });
  if (!fields.has("threshold")) return;
  HeadVerdict& verdict = b.head_verdict.emplace();
  fields.require("threshold", verdict.threshold);
  fields.read("value", verdict.value);
  fields.require("candidates", verdict.candidates);
  fields.read("found_on", verdict.found_on);
  fields.read("pairs", verdict.pairs);
  with_place(where + ", ", [&] { check_head_verdict(verdict); });
}

void read_self_test_towers(const std::string& where, const std::string& text, Bundle& b) {
  nlohmann::json list = nlohmann::json::object();
  list["self_test_towers"] = nlohmann::json::parse(text, nullptr, false);
  std::vector<int> towers;
  JsonFields(where + ", header", std::move(list)).require("self_test_towers", towers);
  const auto count = static_cast<int>(b.model.towers.size());
  if (towers.size() != b.self_tests.size())
    throw Error(where + ", header", "self_test_towers do not fit the self-tests",
                std::string(kDamaged));
  for (std::size_t i = 0; i < towers.size(); ++i) {
    with_place(where + ", ", [&] { check_range("self_test_towers", towers[i], 0, count - 1); });
    b.self_tests[i].tower = towers[i];
  }
}

std::vector<SelfTest> self_tests_from(const std::string& where, const std::string& text) {
  nlohmann::json list = nlohmann::json::object();
  list["self_tests"] = nlohmann::json::parse(text, nullptr, false);
  std::vector<std::string> texts;
  JsonFields(where + ", header", std::move(list)).require("self_tests", texts);
  std::vector<SelfTest> tests;
  for (std::string& t : texts) tests.push_back({std::move(t), {}, 0});
  return tests;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> metadata_from_bundle(const Bundle& b) {
  b.model.validate();
  check_range("max_tokens", b.max_tokens, 1, 65536);
  if (!nlohmann::json::parse(b.training, nullptr, false).is_object())
    throw Error("training", "is not a JSON object");
  std::vector<std::pair<std::string, std::string>> metadata = {
      {"format", "gemel"},
      {"format_version", std::to_string(needed_version(b.model, b.calibration))},
      {"encoder", encoder_config_to_json(b.model.towers.front().encoder)},
      {"metric", std::string(name(b.metric))},
      {"normalizer", b.normalizer},
      {"max_tokens", std::to_string(b.max_tokens)},
      {"thresholds", dump("thresholds", to_json(b.thresholds))},
      {"notes", b.notes},
      {"training", b.training}};
  if (b.calibration)
    metadata.emplace_back("calibration", dump("calibration", to_json(*b.calibration)));
  if (!b.precisions.empty())
    metadata.emplace_back("precisions", precision_checks_to_json(b.precisions));
  if (!b.model.siamese() || b.model.towers.front().name != TowerConfig().name)
    metadata.emplace_back("towers", towers_to_json(b.model));
  if (b.model.head_size > 0) metadata.emplace_back("head", dump("head", head_to_json(b)));
  ordered_json texts = ordered_json::array(), towers = ordered_json::array();
  for (const SelfTest& test : b.self_tests) {
    check_range("self_tests.tower", test.tower, 0, static_cast<int>(b.model.towers.size()) - 1);
    texts.push_back(test.text);
    towers.push_back(test.tower);
  }
  if (!b.self_tests.empty()) metadata.emplace_back("self_tests", dump("self_tests", texts));
  if (!b.model.siamese()) metadata.emplace_back("self_test_towers", towers.dump());
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
  b.config() = encoder_config_from_json(where + ", encoder", required("encoder"));
  if (const std::string* text = header.find("towers"))
    b.model = towers_from_json(where + ", towers", *text, b.config());
  if (const std::string* text = header.find("head")) read_head(where, *text, b);
  with_place(where + ", ", [&] { b.model.validate(); });
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
  if (const std::string* text = header.find("precisions"))
    b.precisions = precision_checks_from_json(where + ", precisions", *text);
  if (const std::string* text = header.find("notes")) b.notes = *text;
  if (const std::string* text = header.find("training")) {
    JsonFields::parse(where + ", training", *text);  // an object, or an Error
    b.training = *text;
  }
  if (const std::string* text = header.find("self_tests"))
    b.self_tests = self_tests_from(where, *text);
  if (const std::string* text = header.find("self_test_towers"))
    read_self_test_towers(where, *text, b);
  return b;
}

}  // namespace gemel
