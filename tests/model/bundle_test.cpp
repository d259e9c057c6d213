// A bundle also has to be read by other people's safetensors readers. Checked by hand with
// data/golden.safetensors, a bundle of two towers and a pair head stored in f32, and safetensors
// 0.4.0, 0.4.5, 0.5.3, 0.6.2 and 0.8.0 of Python:
//   python3 -m venv v && v/bin/pip install safetensors numpy
//   v/bin/python -c "import safetensors.numpy as s, safetensors;
//   print(s.load_file('m.safetensors'));
//                    print(safetensors.safe_open('m.safetensors', 'numpy').metadata())"
// (NumPy has no bf16; such a bundle needs framework 'pt'.) Python's reader refuses holes between
// tensors, which is why padding is made of tensors.
#include <doctest.h>

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "model/bf16.hpp"
#include "model/bundle_file.hpp"
#include "tests/model/sample_bundle.hpp"

using namespace gemel;
using namespace gemel::test;

TEST_CASE("a bundle comes back as it was written") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m.safetensors");
  const std::string fingerprint = write_bundle(path, sample_bundle(), sample_values());
  const BundleFile file(path);
  Bundle expected = sample_bundle();
  expected.fingerprint = fingerprint;
  CHECK(file.bundle() == expected);
  CHECK(fingerprint.size() == 32);
  REQUIRE(file.tensors().size() == 2);
  CHECK(file.tensors()[0].name == "embedding.weight");
  CHECK(file.tensors()[0].shape == std::vector<std::int64_t>{8, 2});
  CHECK(file.tensors()[0].type == StorageType::f32);
  ParameterBlock loaded(sample_layout());
  file.load_parameters(loaded);
  CHECK(loaded.values(0)[0] == -1.0f);
  CHECK(loaded.values(0)[15] == 2.75f);
  CHECK(loaded.values(1)[0] == 100.0f);
  CHECK(loaded.values(1)[3] == 100 + 0.1f * 3);
}

TEST_CASE("a bundle without the optional parts comes back as well") {
  const TemporaryFolder folder;
  Bundle b = sample_bundle();
  b.calibration.reset();
  b.thresholds = {};
  b.self_tests.clear();
  b.notes.clear();
  b.fingerprint = write_bundle(folder.file("m"), b, sample_values());
  CHECK(BundleFile(folder.file("m")).bundle() == b);
}

TEST_CASE("a calibration with a logarithm comes back, in a version that older readers refuse") {
  const TemporaryFolder folder;
  Bundle b = sample_bundle();
  write_bundle(folder.file("line"), b, sample_values());
  b.calibration->v = 2.5f;
  b.calibration->near = 0.0625f;
  b.fingerprint = write_bundle(folder.file("m"), b, sample_values());
  CHECK(BundleFile(folder.file("m")).bundle() == b);
  CHECK(read_bytes(folder.file("m")).find(R"("format_version":"3")") != std::string::npos);
  CHECK(read_bytes(folder.file("line")).find(R"("format_version":"1")") != std::string::npos);
}

TEST_CASE("equal content gives equal bytes, different content another fingerprint") {
  const TemporaryFolder folder;
  const std::string a = write_bundle(folder.file("a"), sample_bundle(), sample_values());
  const std::string b = write_bundle(folder.file("b"), sample_bundle(), sample_values());
  Bundle changed = sample_bundle();
  changed.notes += "x";
  const std::string c = write_bundle(folder.file("c"), changed, sample_values());
  CHECK(read_bytes(folder.file("a")) == read_bytes(folder.file("b")));
  CHECK(a == b);
  CHECK(a != c);
}

TEST_CASE("the file is plain safetensors: aligned, without holes, ending with the last tensor") {
  const TemporaryFolder folder;
  write_bundle(folder.file("m"), sample_bundle(), sample_values());
  const std::string bytes = read_bytes(folder.file("m"));
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data(), 8);
  REQUIRE(8 + size < bytes.size());
  CHECK((8 + size) % 64 == 0);
  const auto header = nlohmann::ordered_json::parse(bytes.substr(8, size));
  CHECK(bytes.substr(8, 32) == R"({"__metadata__":{"fingerprint":")");
  for (const auto& [key, value] : header["__metadata__"].items()) CHECK(value.is_string());
  std::uint64_t end = 0;
  int tensors = 0, paddings = 0;
  for (const auto& [key, value] : header.items()) {
    if (key == "__metadata__") continue;
    CHECK(value["data_offsets"][0] == end);
    end = value["data_offsets"][1];
    if (key.starts_with("padding.")) {
      CHECK(value["dtype"] == "U8");
      ++paddings;
    } else {
      CHECK(value["data_offsets"][0].get<std::uint64_t>() % 64 == 0);
      ++tensors;
    }
  }
  CHECK(tensors == 4);
  CHECK(paddings == 3);  // 64 bytes of embedding need none; 16, 34 and 24 bytes do
  CHECK(8 + size + end == bytes.size());
  const std::uint64_t bias = header["lstm.0.forward.bias"]["data_offsets"][0];
  float value = 0;
  std::memcpy(&value, bytes.data() + 8 + size + bias, 4);
  CHECK(value == 100.0f);
}

TEST_CASE("bf16 halves the weights and rounds to nearest, ties to even") {
  CHECK(bf16_from_f32(1.0f) == 0x3f80);
  CHECK(bf16_from_f32(-2.5f) == 0xc020);
  CHECK(bf16_from_f32(std::bit_cast<float>(0x3f808000u)) == 0x3f80);  // tie, down to even
  CHECK(bf16_from_f32(std::bit_cast<float>(0x3f818000u)) == 0x3f82);  // tie, up to even
  CHECK(bf16_from_f32(std::bit_cast<float>(0x3f808001u)) == 0x3f81);
  CHECK(bf16_from_f32(std::bit_cast<float>(0x7f800001u)) == 0x7fc0);  // NaN stays NaN
  CHECK(f32_from_bf16(0x4049) == 3.140625f);
  const TemporaryFolder folder;
  write_bundle(folder.file("m"), sample_bundle(), sample_values(), StorageType::bf16);
  const BundleFile file(folder.file("m"));
  CHECK(file.tensors()[0].type == StorageType::bf16);
  CHECK(file.tensors()[0].data.size() == 32);
  ParameterBlock loaded(sample_layout());
  file.load_parameters(loaded);
  CHECK(loaded.values(0)[7] == 0.75f);   // exact in bf16
  CHECK(loaded.values(1)[3] == 100.5f);  // 100.3 lies between 100 and 100.5, nearer to the latter
  CHECK(file.bundle().self_tests[0].embedding[2] == 1e-20f);
}

TEST_CASE("weights that do not fit the config are named") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  write_bundle(path, sample_bundle(), sample_values());
  const BundleFile file(path);
  const std::string advice = "; its config and its weights disagree: train anew";
  ParameterLayout missing = sample_layout(), reshaped, extra;
  missing.add("projection.bias", {3});
  CHECK(message_of([&] { file.check_parameters(missing); }) ==
        path + ": tensor 'projection.bias' is missing" + advice);
  reshaped.add("embedding.weight", {2, 8});
  CHECK(message_of([&] { file.check_parameters(reshaped); }) ==
        path + ", tensor 'embedding.weight': has shape [8, 2]; its config asks for [2, 8]" +
            advice);
  extra.add("embedding.weight", {8, 2});
  CHECK(message_of([&] { file.check_parameters(extra); }) ==
        path + ": tensor 'lstm.0.forward.bias' is not part of its config" + advice);
  CHECK(message_of([&] { file.check_parameters(sample_layout()); }) == "no error");
}

TEST_CASE("the writer refuses what a reader would, and leaves no file") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  const auto refusal = [&](auto&& change) {
    Bundle b = sample_bundle();
    ParameterBlock values = sample_values();
    change(b, values);
    const std::string message = message_of([&] { write_bundle(path, b, values); });
    CHECK_FALSE(std::filesystem::exists(path));
    return message;
  };
  CHECK(refusal([](Bundle&, ParameterBlock& v) { v.values(1)[2] = NAN; }) ==
        "tensor 'lstm.0.forward.bias': element 2 is not a finite number; "
        "training diverged: lower the learning rate");
  CHECK(refusal([](Bundle& b, ParameterBlock&) { b.tokenizer_model.clear(); }) ==
        "tokenizer_model: is empty");
  CHECK(refusal([](Bundle& b, ParameterBlock&) { b.training = "[1]"; }) ==
        "training: is not a JSON object");
  CHECK(refusal([](Bundle& b, ParameterBlock&) { b.notes = "\xff"; }) ==
        "notes: is not valid UTF-8; give it as UTF-8");
  CHECK(refusal([](Bundle& b, ParameterBlock&) { b.self_tests[1].text = "\xc3"; }) ==
        "self_tests: is not valid UTF-8; give it as UTF-8");
  CHECK(refusal([](Bundle& b, ParameterBlock&) { b.self_tests[1].embedding.pop_back(); }) ==
        "self_tests: an embedding has 2 values; the config asks for 3");
  CHECK(refusal([](Bundle& b, ParameterBlock&) { b.calibration->w = INFINITY; }) ==
        "calibration.w: is not a finite number");
  CHECK(refusal([](Bundle& b, ParameterBlock&) { b.thresholds.accuracy->value = 1.5; }) ==
        "threshold.value: is 1.5; allowed is 0 to 1");
  CHECK(refusal([](Bundle& b, ParameterBlock&) { b.config().layers = 0; }) ==
        "layers: is 0; allowed is 1 to 8");
  CHECK(refusal([](Bundle& b, ParameterBlock&) { b.max_tokens = 0; }) ==
        "max_tokens: is 0; allowed is 1 to 65536");
}

TEST_CASE("a full disk is an error") {
  CHECK(message_of([] { write_bundle("/dev/full", sample_bundle(), sample_values()); }) ==
        "/dev/full: cannot be written: No space left on device");
}
