#include <doctest.h>

#include "infer/embedder.hpp"
#include "tests/infer/tiny_model.hpp"
#include "tests/model/sample_bundle.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

// The message of loading `bundle`'s file with the weights of `weights`, the path shortened to "m".
std::string load(const Bundle& bundle, const EmbedderOptions& options = {},
                 const Bundle& weights = tiny_bundle()) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  const nn::Towers towers(weights.model, Precision::f32);
  write_bundle(path, bundle, tiny_values(towers.layout()));
  const std::string message = message_of([&] { Embedder e(path, options); });
  return message.starts_with(path) ? "m" + message.substr(path.size()) : message;
}

}  // namespace

TEST_CASE("a bundle whose parts disagree is refused") {
  Bundle b = tiny_bundle();
  CHECK(load(b) == "no error");
  b.normalizer = "spacious";
  CHECK(load(b) ==
        "m, normalizer: 'spacious' is not known; choose among none, spaces, punctuation");
  b = tiny_bundle();
  b.tokenizer_model = "not a model";
  CHECK(load(b) ==
        "m, tokenizer: the bytes are not a sentencepiece model; give a file made by "
        "gemel tokenizer or a sentencepiece .model file");
  b = tiny_bundle();
  b.tokenizer_model += detail::piece("extra", -3, 1);
  CHECK(load(b) == "m, tokenizer: has 16 pieces; its config asks for 15; train anew");
  b = tiny_bundle();
  b.config().hidden_size = 4;
  CHECK(load(b) ==
        "m, tensor 'lstm.0.forward.weight_layer': has shape [4, 4, 3]; its config asks "
        "for [4, 4, 4]; its config and its weights disagree: train anew");
  b = tiny_bundle();
  b.config().layers = 1;
  CHECK(load(b) ==
        "m: tensor 'lstm.1.forward.weight_layer' is not part of its config; "
        "its config and its weights disagree: train anew");
}

TEST_CASE("towers and a pair head whose weights disagree are refused") {
  const Bundle weights = tiny_towers_bundle();
  const auto refusal = [&](const auto& change) {
    Bundle b = weights;
    change(b);
    return load(b, {}, weights);
  };
  const std::string disagree = "; its config and its weights disagree: train anew";
  CHECK(refusal([](Bundle&) {}) == "no error");
  CHECK(refusal([](Bundle& b) { b.model.towers[1].name = "answer"; }) ==
        "m: tensor 'answer/embedding.weight' is missing" + disagree);
  CHECK(refusal([](Bundle& b) { b.model.towers[1].encoder.hidden_size = 4; }) ==
        "m, tensor 'passage/feed_forward.0.weight': has shape [4, 3]; its config asks for [4, 4]" +
            disagree);
  CHECK(refusal([](Bundle& b) { b.model.head_size = 3; }) ==
        "m, tensor 'head.hidden.weight': has shape [10, 2]; its config asks for [10, 3]" +
            disagree);
  CHECK(refusal([](Bundle& b) {
          b.model.head_size = 0;
          b.head_verdict.reset();
        }) == "m: tensor 'head.hidden.weight' is not part of its config" + disagree);
  CHECK(load(weights, {}, tiny_bundle()) ==
        "m: tensor 'question/embedding.weight' is missing" + disagree);
}

TEST_CASE("a failed self-test names the tower") {
  Bundle b = tiny_towers_bundle();
  b.self_tests = {{"how old are you ?", {1, 2, 3, 4, 5}, 1}};
  EmbedderOptions options;
  options.self_test = true;
  CHECK(load(b, options, b)
            .starts_with("m, tower passage: fails its self-test: 'how old are you ?' gets another "
                         "embedding than it "
                         "got where the model was trained"));
}

TEST_CASE("how far a self-test's embedding may lie from the stored one") {
  const TemporaryFolder folder;
  Bundle b = tiny_bundle();
  b.config().layers = 1;
  b.config().unit_length = false;
  b.config().pooling = {Pooling::mean, Pooling::max};  // the engine computes in any precision
  write_tiny_model(folder.file("plain"), b);
  const struct {
    std::optional<Precision> precision;
    float factor;
    bool passes;
  } cases[] = {{Precision::f32, 1.005f, true}, {Precision::f32, 1.02f, false},
               {Precision::bf16, 1.03f, true}, {Precision::bf16, 1.1f, false},
               {Precision::int8, 1.15f, true}, {Precision::int8, 1.5f, false}};
  for (const auto& c : cases) {
    EmbedderOptions options;
    options.precision = c.precision;
    const Embedder plain(folder.file("plain"), options);
    if (plain.precision() != *c.precision) continue;  // this processor computes in another
    CAPTURE(c.factor);
    Bundle told = b;
    told.self_tests = {{"how old are you ?", plain.embed("how old are you ?"), 0}};
    for (float& x : told.self_tests[0].embedding) x *= c.factor;
    write_tiny_model(folder.file("told"), told);
    const Embedder tested(folder.file("told"), options);
    CHECK((message_of([&] { tested.self_test(); }) == "no error") == c.passes);
  }
}

TEST_CASE("the pair head judges embeddings of its own width, or says what is wrong") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  write_tiny_model(path, tiny_towers_bundle());
  const Embedder e(path);
  const std::vector<float> rows(20, 0.5f);  // [4, 5]
  const std::vector<std::pair<std::int32_t, std::int32_t>> pairs = {{0, 1}, {3, 2}};
  std::vector<float> out(2);
  e.head_probabilities({rows.data(), 4, 5}, {rows.data(), 4, 5}, pairs, out);
  CHECK(out[0] == out[1]);
  CHECK(message_of([&] {
          e.head_probabilities({rows.data(), 5, 4}, {rows.data(), 4, 5}, pairs, out);
        }) == "embeddings: hold 4 floats; this model's hold 5");
  CHECK(message_of([&] {
          e.head_probabilities({rows.data(), 4, 5}, {rows.data(), 4, 5}, pairs, {out.data(), 1});
        }) == "out: holds 1 floats; 2 pairs need as many");
  write_tiny_model(path);
  const Embedder siamese(path);
  CHECK(message_of([&] {
          siamese.head_probabilities({rows.data(), 4, 5}, {rows.data(), 4, 5}, pairs, out);
        }) == path + ": has no pair head; train one with --head-size and --loss bce,head");
  CHECK(message_of([&] { e.embed("how", 2); }) == "tower: is 2; allowed is 0 to 1");
}

TEST_CASE("a config that asks for terabytes is refused before memory is") {
  Bundle b = tiny_bundle();
  b.config().embedding_size = b.config().hidden_size = b.config().attention_size = 4096;
  b.config().projection_size = 5;
  CHECK(load(b) ==
        "m, tensor 'embedding.weight': has shape [15, 4]; its config asks for "
        "[15, 4096]; its config and its weights disagree: train anew");
}

TEST_CASE("options out of range are named") {
  EmbedderOptions options;
  options.threads = -1;
  CHECK(load(tiny_bundle(), options) == "threads: is -1; allowed is 0 to 1024");
  options = {};
  options.max_tokens = 65537;
  CHECK(load(tiny_bundle(), options) == "max_tokens: is 65537; allowed is 0 to 65536");
  options = {};
  options.batch_texts = 0;
  CHECK(load(tiny_bundle(), options) == "batch_texts: is 0; allowed is 1 to 4096");
}

TEST_CASE("the self-test runs on request and tells which text failed") {
  Bundle b = tiny_bundle();  // the first embedding is right (of a NumPy encoder), the second wrong
  b.self_tests = {{"how old are you ?",
                   {0.480904075f, -0.027548088f, -0.510339503f, 0.577823698f, 0.416708218f}}};
  EmbedderOptions options;
  options.self_test = true;
  CHECK(load(b, options) == "no error");
  b.self_tests.push_back({"what", {1, 0, 0, 0, 0}});
  CHECK(load(b) == "no error");
  CHECK(load(b, options) ==
        "m: fails its self-test: 'what' gets another embedding than it got where the model was "
        "trained; train anew on this machine, or report it");
}

TEST_CASE("wrong calls are named") {
  const TemporaryFolder folder;
  Bundle b = tiny_bundle();
  b.config().pooling = {Pooling::last};
  write_tiny_model(folder.file("m"), b);
  const Embedder e(folder.file("m"));
  const std::string_view text = "what";
  std::vector<float> out(4);
  CHECK(message_of([&] {
          e.embed({&text, 1}, out);
        }) == "out: holds 4 floats; 1 texts of dimension 5 need 5");
  out.resize(5);
  CHECK(message_of([&] {
          e.embed({&text, 1}, out, 1025);
        }) == "threads: is 1025; allowed is 0 to 1024");
  CHECK(message_of([&] { e.attention("what"); }) ==
        folder.file("m") +
            ": has no attention pooling, so it cannot weigh tokens; "
            "train a model with attention pooling");
}
