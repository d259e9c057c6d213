// Weights stored as bytes: what is kept of them, and what is refused of a file that lies.
#include <doctest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "model/codes.hpp"
#include "tests/model/bundle_parts.hpp"

using namespace gemel;
using namespace gemel::test;
using nlohmann::ordered_json;

namespace {

// 33 blocks, more than a reader looks at together; 8 x 3 values that fill no block; a vector.
const ParameterLayout& layout() {
  static const ParameterLayout made = [] {
    ParameterLayout l;
    l.add("embedding.weight", {132, 32});
    l.add("projection.weight", {8, 3});
    l.add("projection.bias", {128});
    return l;
  }();
  return made;
}

ParameterBlock random_values() {
  ParameterBlock block(layout());
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.3f);
  for (int tensor = 0; tensor < 3; ++tensor)  // not what lies between them
    for (float& value : block.values(tensor)) value = normal(random);
  return block;
}

Parts coded_parts() {
  return parts_of(sample_bundle(), random_values(), StorageType::int8);
}

std::string changed(const std::function<void(ordered_json& header)>& change) {
  Parts parts = coded_parts();
  change(parts.header);
  return parse(parts);
}

}  // namespace

TEST_CASE("the largest of a block is code 127, ties go to even, zeros need no scale") {
  std::vector<float> values(3 * kCodeBlock, 0.0f);
  values[0] = -127, values[1] = 2.5f, values[2] = 3.5f, values[3] = -0.5f, values[4] = 126.6f;
  values[kCodeBlock + 5] = 1.27f, values[kCodeBlock + 6] = 0.01f;
  const Codes codes = encode(values);
  CHECK(codes.scales.size() == 3);
  CHECK(codes.scales[0] == 1.0f);
  CHECK(codes.scales[2] == 0.0f);
  CHECK(int{codes.codes[0]} == -127);
  CHECK(int{codes.codes[1]} == 2);
  CHECK(int{codes.codes[2]} == 4);
  CHECK(int{codes.codes[3]} == 0);
  CHECK(int{codes.codes[4]} == 127);
  CHECK(int{codes.codes[kCodeBlock + 5]} == 127);
  CHECK(int{codes.codes[kCodeBlock + 6]} == 1);
  CHECK(codes.scales[1] == doctest::Approx(0.01).epsilon(4e-5));
}

TEST_CASE("what has fewer than two dimensions or a broken block is not coded") {
  CHECK(fits_codes(std::vector<std::int64_t>{2, 64}));
  CHECK(fits_codes(std::vector<std::int64_t>{4, 1, 32}));
  CHECK_FALSE(fits_codes(std::vector<std::int64_t>{128}));
  CHECK_FALSE(fits_codes(std::vector<std::int64_t>{2, 63}));
}

TEST_CASE("a coded bundle holds a quarter, within half a scale, and stays as it is") {
  const TemporaryFolder folder;
  const ParameterBlock values = random_values();
  write_bundle(folder.file("m"), sample_bundle(), values, StorageType::int8);
  const BundleFile file(folder.file("m"));
  REQUIRE(file.tensors().size() == 3);
  CHECK(file.tensors()[0].type == StorageType::int8);
  CHECK(file.tensors()[0].data.size() == 132 * 32);
  CHECK(file.tensors()[0].scales.size() == 33 * 4);
  CHECK(file.tensors()[1].type == StorageType::f32);
  CHECK(file.tensors()[2].type == StorageType::f32);
  ParameterBlock loaded(layout());
  file.load_parameters(loaded);
  const Codes codes = encode(values.values(0));
  for (std::size_t i = 0; i < values.values(0).size(); ++i)
    CHECK(std::abs(loaded.values(0)[i] - values.values(0)[i]) <=
          0.5001f * codes.scales[i / kCodeBlock]);
  for (int t = 1; t < 3; ++t) CHECK(std::ranges::equal(loaded.values(t), values.values(t)));

  ParameterBlock rounded = random_values();
  round_to_storage(rounded, StorageType::int8);
  CHECK(std::ranges::equal(rounded.all(), loaded.all()));
  round_to_storage(rounded, StorageType::int8);
  CHECK(std::ranges::equal(rounded.all(), loaded.all()));
  write_bundle(folder.file("n"), sample_bundle(), loaded, StorageType::int8);
  CHECK(read_bytes(folder.file("n")) == read_bytes(folder.file("m")));
}

TEST_CASE("codes without their scales, and scales without codes, are refused by name") {
  CHECK(changed([](auto&) {}) == "no error");
  const char* weight = "embedding.weight";
  const std::string scales = std::string("scales.") + weight;
  CHECK(changed([&](auto& h) {
          h["other"] = h[scales];
          h.erase(scales);
        }) == "m: tensor 'scales.embedding.weight' is missing" + kAdvice);
  CHECK(changed([&](auto& h) {
          h[scales]["shape"] = {33, 1};
        }) ==
        "m, tensor 'scales.embedding.weight': has a shape that does not fit its tensor" + kAdvice);
  CHECK(changed([&](auto& h) {
          h[scales]["dtype"] = "U8";
          h[scales]["shape"] = {132};
        }) == "m, tensor 'scales.embedding.weight': has type U8; allowed is F32" + kAdvice);
  CHECK(changed([&](auto& h) {
          h["scales.other"] = h["projection.bias"];
          h.erase("projection.bias");
        }) == "m, tensor 'scales.other': belongs to no tensor of type I8" + kAdvice);
  CHECK(changed([&](auto& h) { h[weight]["shape"] = {132 * 32}; }) ==
        "m, tensor 'embedding.weight': has type I8 and no whole number of blocks of 128" + kAdvice);
}
