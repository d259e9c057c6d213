// Weights stored as bytes: what is kept of them, and what is refused of a file that lies.
#include <doctest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "core/hash.hpp"
#include "model/codes.hpp"
#include "model/fingerprint.hpp"
#include "model/stored_rows.hpp"
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

// The same bundle with the first scale of its embedding changed, under a right fingerprint.
void rewrite_scale(const std::string& path, float scale) {
  std::string bytes = read_bytes(path);
  const auto place = [&] {
    const BundleFile file(path);
    const std::span<const std::byte> first = file.tensors()[0].scales.first(sizeof(float));
    return bytes.find(std::string(reinterpret_cast<const char*>(first.data()), first.size()));
  }();
  REQUIRE(place != std::string::npos);
  std::memcpy(bytes.data() + place, &scale, sizeof scale);
  bytes.replace(kFingerprintBegin, kFingerprintSize, std::string(kFingerprintSize, '0'));
  bytes.replace(kFingerprintBegin, kFingerprintSize, to_hex(hash128(bytes)));
  std::ofstream(path, std::ios::binary) << bytes;
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

TEST_CASE("a scale that makes a weight infinite is refused, the largest that does not is not") {
  const TemporaryFolder folder;
  ParameterBlock values = random_values();
  const auto message = [&](float scale) {
    write_bundle(folder.file("m"), sample_bundle(), values, StorageType::int8);
    rewrite_scale(folder.file("m"), scale);
    return message_of([&] { BundleFile(folder.file("m")); });
  };
  values.values(0)[5] = 100;  // code 127, beside which all others of the block are small
  const std::string advice = ": element 5 is not a finite number" + kAdvice;
  const std::string infinite = folder.file("m") + ", tensor 'embedding.weight'" + advice;
  CHECK(message(3e36f) == infinite);
  CHECK(message(2.67e36f) == "no error");  // 128 times this is infinite, 127 times is not
  CHECK(message(2e36f) == "no error");
  CHECK(message(NAN).find("element 0 is not a finite number") != std::string::npos);
}

TEST_CASE("rows of a matrix, one at a time, in every storage") {
  const TemporaryFolder folder;
  for (const StorageType type : {StorageType::f32, StorageType::bf16, StorageType::int8}) {
    write_bundle(folder.file("m"), sample_bundle(), random_values(), type);
    std::optional<BundleFile> file(folder.file("m"));
    ParameterBlock loaded(layout());
    file->load_parameters(loaded);
    const StoredRows rows(file->tensor("embedding.weight"));
    ParameterBlock part(layout());
    file->load_parameters(part, {"embedding.weight"});
    CHECK(std::ranges::equal(part.values(2), loaded.values(2)));
    CHECK(std::ranges::all_of(part.values(0), [](float v) { return v == 0; }));
    file.reset();
    std::vector<float> row(32);
    for (std::int64_t r = 0; r < 132; ++r) {
      rows.read(r, row.data());
      REQUIRE(std::equal(row.begin(), row.end(), loaded.data(0) + r * 32));
    }
  }
}

TEST_CASE("rows that begin and end within blocks") {
  std::vector<std::int8_t> codes(384);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::int8_t>(i % 251 - 125);
  const std::vector<float> scales = {0.5f, 2, 0.25f};
  const auto bytes = [](const auto& v) { return std::as_bytes(std::span(v)); };
  const StoredRows rows({"m", StorageType::int8, {16, 24}, bytes(codes), bytes(scales)});
  std::vector<float> row(24);
  for (std::size_t r = 0; r < 16; ++r) {
    rows.read(static_cast<std::int64_t>(r), row.data());
    for (std::size_t i = 0; i < 24; ++i)
      CHECK(row[i] == static_cast<float>(codes[r * 24 + i]) * scales[(r * 24 + i) / 128]);
  }
}
