#include <doctest.h>

#include "tests/onnx/exported.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

// The message of exporting a bundle with that change, the path shortened to "m". Structure and size
// are looked at before the weights, which are those of the unchanged one.
std::string refusal(const auto& change, const Bundle& from = plain_bundle(),
                    std::size_t tower = 0) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  Bundle changed = from;
  change(changed);
  const nn::Towers towers(from.model, Precision::f32);
  write_bundle(path, changed, tiny_values(towers.layout()));
  const std::string message = message_of([&] {
    const BundleFile file(path);
    onnx::export_tower(file, {tower, 0, ""});
  });
  return message.starts_with(path) ? "m" + message.substr(path.size()) : message;
}

}  // namespace

TEST_CASE("encoders that are no LSTM are refused") {
  CHECK(refusal([](Bundle&) {}) == "no error");
  CHECK(refusal([](Bundle& b) { b.config().kind = EncoderKind::gru; }) ==
        "m: is of kind gru; ONNX export knows lstm; train one with --encoder lstm");
  CHECK(refusal([](Bundle& b) { b.config().kind = EncoderKind::average; }) ==
        "m: is of kind average; ONNX export knows lstm; train one with --encoder lstm");
  CHECK(refusal([](Bundle& b) { b.config().kind = EncoderKind::convolution; }) ==
        "m: is of kind cnn; ONNX export knows lstm; train one with --encoder lstm");
}

TEST_CASE("attention is refused") {
  CHECK(refusal([](Bundle& b) { b.config().pooling.push_back(Pooling::attention); }) ==
        "m: has attention pooling; ONNX export knows mean, max and last; train one with other "
        "--pooling");
  CHECK(refusal([](Bundle& b) { b.config().state_attention_heads = 2; }) ==
        "m: attends to its states, which ONNX export does not know; train one without "
        "--state-attention-heads");
}

TEST_CASE("a tower is named, and judged alone") {
  CHECK(refusal([](Bundle&) {}, tiny_towers_bundle(), 0) == "no error");
  CHECK(refusal([](Bundle&) {}, tiny_towers_bundle(), 1) ==
        "m, tower passage: is of kind average; ONNX export knows lstm; train one with --encoder "
        "lstm");
}

TEST_CASE("more weights than an ONNX file holds") {
  // 2^18 rows of 2^11 floats are 2 GiB; the rest is the layers'.
  const auto large = [](Bundle& b) {
    b.config().vocabulary_size = 262144;
    b.config().embedding_size = 2048;
  };
  CHECK(refusal(large) ==
        "m: has 2048 MiB of weights; an ONNX file holds 2047; train one with a smaller vocabulary "
        "or embedding");
}

TEST_CASE("weights that are not the config's") {
  CHECK(refusal([](Bundle& b) { b.config().layers = 1; }) ==
        "m: tensor 'lstm.1.forward.weight_layer' is not part of its config; its config and its "
        "weights disagree: train anew");
}
