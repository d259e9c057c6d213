#include <doctest.h>

#include <algorithm>
#include <set>

#include "infer/embedder.hpp"
#include "tests/onnx/exported.hpp"
#include "tests/onnx/interpreter.hpp"

using namespace gemel;
using namespace gemel::test;
using onnx::schema::Model;

namespace {

using Ids = std::vector<std::vector<std::int32_t>>;
using Shape = std::vector<std::int64_t>;

const std::vector<std::string_view> kTexts = {
    "how old are you ?", "what", "", "a b c", "is your age what is your age what", "old you"};

// Padding holds ids that do not exist; there is more of it than the longest text needs.
Values inputs_of(const Ids& texts) {
  std::size_t steps = 2;
  for (const auto& ids : texts) steps = std::max(steps, ids.size() + 2);
  const auto rows = static_cast<std::int64_t>(texts.size());
  Tensor tokens{{rows, static_cast<std::int64_t>(steps)}, {}}, lengths{{rows}, {}};
  for (const auto& ids : texts) {
    for (std::size_t t = 0; t < steps; ++t)
      tokens.data.push_back(t < ids.size() ? ids[t] : t % 2 ? -7 : 99999);
    lengths.data.push_back(static_cast<double>(ids.size()));
  }
  return {{"tokens", tokens}, {"lengths", lengths}};
}

Ids ids_of(const std::string& path) {
  const BundleFile file(path);
  const Tokenizer tokenizer = bundle_tokenizer(file);
  Ids all;
  for (const std::string_view text : kTexts)
    tokenizer.encode(text, all.emplace_back(), static_cast<std::size_t>(file.bundle().max_tokens));
  return all;
}

std::vector<float> embedded(const std::string& path, std::size_t tower) {
  EmbedderOptions options;
  options.precision = Precision::f32;
  options.threads = 1;
  const Embedder embedder(path, options);
  std::vector<float> out(kTexts.size() * static_cast<std::size_t>(embedder.dimension()));
  embedder.embed(kTexts, out, 1, tower);
  return out;
}

// Largest difference between the exported graph and the embedder, as a share of the largest number.
double error_of(const Tensor& found, const std::vector<float>& expected) {
  REQUIRE(found.data.size() == expected.size());
  double worst = 0, top = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(found.data[i] - double{expected[i]});
    worst = difference <= worst ? worst : difference;  // NaN becomes the worst
    top = std::max(top, std::abs(double{expected[i]}));
  }
  REQUIRE(top > 0.1);
  return worst / top;
}

double export_error(const Bundle& bundle, std::size_t tower = 0,
                    StorageType type = StorageType::f32) {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  write_tiny_model(path, bundle, type);
  const Values values = Interpreter::run(exported(path, tower).graph(), inputs_of(ids_of(path)));
  const Tensor& embedding = values.at("embedding");
  CHECK(embedding.shape ==
        Shape{static_cast<std::int64_t>(kTexts.size()), bundle.model.sentence_size()});
  return error_of(embedding, embedded(path, tower));
}

Shape shape_of(const onnx::schema::Value& value) {
  Shape shape;  // -1 for a size that only has a name
  for (const auto& dim : value.type().tensor_type().shape().dim())
    shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  return shape;
}

}  // namespace

TEST_CASE("the exported graph computes what the embedder computes") {
  const std::vector<std::vector<Pooling>> poolings = {{Pooling::mean},
                                                      {Pooling::max},
                                                      {Pooling::last},
                                                      {Pooling::last, Pooling::max, Pooling::mean}};
  for (const int layers : {1, 2, 3})
    for (const bool shortcut : {false, true})
      for (const auto& pooling : poolings)
        for (const bool plain : {false, true}) {
          CAPTURE(layers);
          CAPTURE(shortcut);
          CAPTURE(pooling.size());
          CAPTURE(name(pooling[0]));
          CAPTURE(plain);
          Bundle b = tiny_bundle();
          b.config().layers = layers;
          b.config().shortcut = shortcut;
          b.config().pooling = pooling;
          b.config().projection_size = plain ? 0 : 5;
          b.config().unit_length = !plain;
          CHECK(export_error(b) < 2e-6);
        }
}

TEST_CASE("weights stored as bf16") {
  CHECK(export_error(plain_bundle(), 0, StorageType::bf16) < 2e-6);
}

TEST_CASE("one tower of several, beside a pair head") {
  Bundle b = tiny_towers_bundle();
  CHECK(export_error(b, 0) < 2e-6);
  b.model.towers[1].encoder = b.config();
  CHECK(export_error(b, 1) < 2e-6);
}

TEST_CASE("a text of length 0 has the vector of an empty text") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  write_tiny_model(path, plain_bundle());
  Ids ids = ids_of(path);
  REQUIRE(ids[2] == std::vector<std::int32_t>{kEnd});
  ids[2].clear();
  const Model model = exported(path);
  CHECK(error_of(Interpreter::run(model.graph(), inputs_of(ids)).at("embedding"),
                 embedded(path, 0)) < 2e-6);
  const Values alone = Interpreter::run(model.graph(), inputs_of({{}}));
  const std::vector<float> expected = Embedder(path).embed("");
  CHECK(error_of(alone.at("embedding"), expected) < 2e-6);
}

TEST_CASE("an embedding of zero stays zero at unit length") {
  const TemporaryFolder folder;
  const Bundle b = plain_bundle();
  const nn::Towers towers(b.model, Precision::f32);
  write_bundle(folder.file("m"), b, ParameterBlock(towers.layout()));
  const Values values =
      Interpreter::run(exported(folder.file("m")).graph(), inputs_of({{kHow, kOld}}));
  CHECK(values.at("embedding").data == std::vector<double>(5, 0.0));
}

TEST_CASE("what the file says of itself") {
  const TemporaryFolder folder;
  const std::string path = folder.file("m");
  const std::string fingerprint = write_tiny_model(path, plain_bundle());
  const Model model = exported(path);
  CHECK(model.ir_version() == 7);
  CHECK(model.producer_name() == "gemel");
  CHECK(model.producer_version() == "1.2.3");
  REQUIRE(model.opset_import_size() == 1);
  CHECK(model.opset_import(0).has_domain());
  CHECK(model.opset_import(0).domain() == "");
  CHECK(model.opset_import(0).version() == 13);
  const std::map<std::string, std::string> expected = {
      {"fingerprint", fingerprint},
      {"dimension", "5"},
      {"vocabulary_size", "15"},
      {"empty_id", "1"},
      {"normalizer", "spaces"},
      {"max_tokens", "8"},
      {"metric", "cosine"},
      {"calibration", R"({"w":200.0,"b":4.0,"ece":0.05,"fitted_on":"pairs.tsv"})"},
      {"thresholds",
       R"({"accuracy":{"score":0.9800000190734863,"value":0.8,"found_on":"pairs.tsv","pairs":100},)"
       R"("precision":{"score":0.9975000023841858,"value":0.95,"found_on":"pairs.tsv","pairs":100},)"
       R"("precision_target":0.95})"}};
  CHECK(metadata(model) == expected);
}

TEST_CASE("of several towers the file names its own") {
  const TemporaryFolder folder;
  write_tiny_model(folder.file("m"), tiny_towers_bundle());
  CHECK(metadata(exported(folder.file("m"))).at("tower") == "question");
}

TEST_CASE("a model that was never measured has no calibration") {
  const TemporaryFolder folder;
  Bundle b = plain_bundle();
  b.calibration.reset();
  b.thresholds = {};
  write_tiny_model(folder.file("m"), b);
  const auto facts = metadata(exported(folder.file("m")));
  CHECK_FALSE(facts.contains("calibration"));
  CHECK(facts.at("thresholds") == R"({"precision_target":0.95})");
}

TEST_CASE("inputs, output, weights and operators") {
  const TemporaryFolder folder;
  Bundle b = plain_bundle();  // V 15, E 4, H 3, two layers, D 5
  b.config().shortcut = true;
  write_tiny_model(folder.file("m"), b);
  const Model model = exported(folder.file("m"));
  const onnx::schema::Graph& graph = model.graph();
  REQUIRE(graph.input_size() == 2);
  CHECK(graph.input(0).name() == "tokens");
  CHECK(graph.input(0).type().tensor_type().elem_type() == 7);  // int64
  CHECK(shape_of(graph.input(0)) == Shape{-1, -1});
  CHECK(graph.input(0).type().tensor_type().shape().dim(0).dim_param() == "texts");
  CHECK(graph.input(0).type().tensor_type().shape().dim(1).dim_param() == "steps");
  CHECK(graph.input(1).name() == "lengths");
  CHECK(graph.input(1).type().tensor_type().elem_type() == 7);
  CHECK(shape_of(graph.input(1)) == Shape{-1});
  REQUIRE(graph.output_size() == 1);
  CHECK(graph.output(0).name() == "embedding");
  CHECK(graph.output(0).type().tensor_type().elem_type() == 1);  // float
  CHECK(shape_of(graph.output(0)) == Shape{-1, 5});

  std::map<std::string, Shape> weights;
  for (const auto& tensor : graph.initializer())
    if (tensor.data_type() == 1 && tensor.dims_size() > 0)
      weights[tensor.name()] = {tensor.dims().begin(), tensor.dims().end()};
  CHECK(weights == std::map<std::string, Shape>{{"embedding.weight", {15, 4}},
                                                {"lstm.0.W", {2, 12, 4}},
                                                {"lstm.0.R", {2, 12, 3}},
                                                {"lstm.0.B", {2, 24}},
                                                {"lstm.1.W", {2, 12, 10}},
                                                {"lstm.1.R", {2, 12, 3}},
                                                {"lstm.1.B", {2, 24}},
                                                {"projection.weight", {12, 5}},
                                                {"projection.bias", {5}}});
  std::set<std::string> names;
  int layers = 0;
  for (const auto& node : graph.node()) {
    CHECK(names.insert(node.name()).second);
    layers += node.op_type() == "LSTM";
  }
  CHECK(layers == 2);
}

TEST_CASE("equal bundles give equal files") {
  const TemporaryFolder folder;
  write_tiny_model(folder.file("a"), plain_bundle());
  write_tiny_model(folder.file("b"), plain_bundle());
  const BundleFile a(folder.file("a")), b(folder.file("b"));
  CHECK(onnx::export_tower(a, {}) == onnx::export_tower(b, {}));
}
