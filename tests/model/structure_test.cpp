// Headers that lie, with everything else in order: what the fingerprint cannot be trusted to catch,
// because whoever forges a header can compute it as well.
#include <doctest.h>

#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>

#include "model/bundle_file.hpp"
#include "model/bundle_parser.hpp"
#include "tests/model/bundle_parts.hpp"

using namespace gemel;
using namespace gemel::test;
using nlohmann::ordered_json;

namespace {

std::string changed(const std::function<void(ordered_json& header)>& change) {
  Parts parts = parts_of(sample_bundle());
  change(parts.header);
  return parse(parts);
}

std::string metadata_changed(const char* key, const std::string& value) {
  return changed([&](ordered_json& h) { h["__metadata__"][key] = value; });
}

}  // namespace

TEST_CASE("the parts put together again are accepted") {
  CHECK(parse(parts_of(sample_bundle())) == "no error");
}

TEST_CASE("lying tensor entries are refused by name") {
  const char* bias = "lstm.0.forward.bias";
  const std::string tensor = "m, tensor 'lstm.0.forward.bias': ";
  CHECK(changed([&](auto& h) { h[bias]["dtype"] = "F64"; }) ==
        tensor + "has type F64; allowed are F32, BF16, I8 and U8" + kAdvice);
  CHECK(changed([&](auto& h) { h[bias]["dtype"] = 3; }) ==
        tensor + "dtype is not a string" + kAdvice);
  CHECK(changed([&](auto& h) { h[bias].erase("dtype"); }) == tensor + "has no dtype" + kAdvice);
  CHECK(changed([&](auto& h) { h[bias] = 7; }) == tensor + "has no dtype" + kAdvice);
  CHECK(changed([&](auto& h) { h[bias]["dtype"] = "BF16"; }) ==
        tensor + "has a shape that does not fit its 16 bytes" + kAdvice);
  CHECK(changed([&](auto& h) { h[bias]["dtype"] = "U8", h[bias]["shape"] = {16}; }) ==
        tensor + "has type U8; allowed are F32, BF16 and I8" + kAdvice);
  CHECK(changed([&](auto& h) {
          h[bias]["shape"] = {4, -1};
        }) == tensor + "shape is not a list of sizes" + kAdvice);
  CHECK(changed([&](auto& h) {
          h[bias]["shape"] = {4, 0};
        }) == tensor + "has an empty dimension" + kAdvice);
  CHECK(changed([&](auto& h) {
          h[bias]["shape"] = {1ll << 40, 1ll << 40};
        }) == tensor + "has a shape that does not fit its 16 bytes" + kAdvice);
  CHECK(changed([&](auto& h) { h[bias]["data_offsets"] = {64}; }) ==
        tensor + "data_offsets is not a pair of offsets" + kAdvice);
  CHECK(changed([&](auto& h) {
          h[bias]["data_offsets"] = {80, 64};
        }) == tensor + "ends before it begins" + kAdvice);
  CHECK(changed([&](auto& h) {
          h[bias]["data_offsets"] = {60, 76};
        }) == tensor + "overlaps the tensor before it" + kAdvice);
  CHECK(changed([&](auto& h) {
          h[bias]["data_offsets"] = {68, 84};
        }) == tensor + "has a hole before it" + kAdvice);
  CHECK(changed([&](auto& h) {
          h["padding.0"]["dtype"] = "F32", h["padding.0"]["shape"] = {12};
        }) == "m, tensor 'padding.0': has type F32; allowed is U8" + kAdvice);
}

TEST_CASE("a tensor beyond the file's end is a truncated file") {
  Parts parts = parts_of(sample_bundle());
  parts.header["last"] = {{"dtype", "F32"},
                          {"shape", {1 << 20}},
                          {"data_offsets", {parts.data.size(), parts.data.size() + (4 << 20)}}};
  const std::string message = parse(parts);
  CHECK(message.ends_with("the file is truncated: copy it again or train anew"));
}

TEST_CASE("a misaligned header is refused") {
  const std::string message = parse(parts_of(sample_bundle()), 1);
  CHECK(message.starts_with("m, tensor 'embedding.weight': begins at byte "));
  CHECK(message.ends_with(", which is no multiple of 64" + kAdvice));
}

TEST_CASE("a missing tensor is named") {
  const auto renamed = [](const char* from) {
    return changed([&](ordered_json& h) {
      ordered_json copy;
      for (const auto& [key, value] : h.items()) copy[key == from ? "padding.9" : key] = value;
      if (std::string(from) == "self_test.embeddings")
        copy["padding.9"]["dtype"] = "U8", copy["padding.9"]["shape"] = {24};
      h = copy;
    });
  };
  CHECK(renamed("tokenizer.model") == "m: tensor 'tokenizer.model' is missing" + kAdvice);
  CHECK(renamed("self_test.embeddings") == "m: tensor 'self_test.embeddings' is missing" + kAdvice);
}

TEST_CASE("the metadata is checked") {
  CHECK(metadata_changed("format_version", "2") == "no error");
  CHECK(metadata_changed("format_version", "5") ==
        "m: has format version 5, but this gemel reads only up to 4; upgrade gemel");
  CHECK(metadata_changed("format_version", "-1") ==
        "m, header: has no valid format_version" + kAdvice);
  CHECK(metadata_changed("format", "other") ==
        "m: is a safetensors file, but not a gemel model; give a model that 'gemel train' wrote");
  CHECK(metadata_changed("metric", "angle") ==
        "m, metric: 'angle' is not known; choose among cosine, manhattan, euclidean, "
        "exp-manhattan");
  CHECK(metadata_changed("max_tokens", "0") == "m, max_tokens: is 0; allowed is 1 to 65536");
  CHECK(metadata_changed("max_tokens", "many") ==
        "m, header.max_tokens: is not a whole number" + kAdvice);
  CHECK(metadata_changed("calibration", "{\"w\":1}") == "m, calibration.b: is missing" + kAdvice);
  CHECK(metadata_changed("calibration", "{\"w\":1e300,\"b\":1}") ==
        "m, calibration.w: is out of range" + kAdvice);
  CHECK(metadata_changed("calibration", R"({"w":1,"b":0,"v":-2,"near":1})") ==
        "m, calibration.v: is negative" + kAdvice);
  CHECK(metadata_changed("calibration", R"({"w":1,"b":0,"v":2})") ==
        "m, calibration.near: is not positive" + kAdvice);
  CHECK(metadata_changed("thresholds", "{\"f1\":3}") ==
        "m, thresholds.f1: is not a JSON object" + kAdvice);
  CHECK(metadata_changed("training", "nonsense") == "m, training: is not a JSON object" + kAdvice);
  CHECK(metadata_changed("self_tests", "[\"one\"]") ==
        "m, tensor 'self_test.embeddings': has a shape that does not fit the self-test texts" +
            kAdvice);
  CHECK(metadata_changed("self_tests", "[1, 2]") ==
        "m, header.self_tests: is not a string" + kAdvice);
  CHECK(metadata_changed("a key of a later version", "x") == "no error");
  for (const char* key : {"thresholds", "calibration", "training", "encoder"}) {
    const std::string deep =
        R"({"f1":)" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
    CHECK(metadata_changed(key, deep) ==
          "m, " + std::string(key) + ": is nested too deeply" + kAdvice);
  }
  CHECK(changed([](auto& h) { h["__metadata__"].erase("encoder"); }) ==
        "m, header: metadata 'encoder' is missing" + kAdvice);
  CHECK(changed([](auto& h) { h["__metadata__"]["notes"] = 5; }) ==
        "m, header: metadata 'notes' is not a string" + kAdvice);
  CHECK(changed([](auto& h) { h["__metadata__"].erase("fingerprint"); }) ==
        "m, byte 8: the header does not begin with a fingerprint; another program rewrote the "
        "file: use the one that 'gemel train' wrote");
}
