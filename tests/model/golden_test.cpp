// data/golden.safetensors and golden-2 to golden-4, of format versions 1 to 4, were each written
// once, by tests/infer/tiny_model.hpp with two self-tests added, and are never written again: every
// later gemel has to read them. The values expected here
// were read out of it by Python's safetensors; the embeddings are those of a NumPy encoder in
// double precision.
#include <doctest.h>

#include "model/bundle_file.hpp"

using namespace gemel;

namespace {
const StoredTensor& tensor(const BundleFile& file, const char* name) {
  for (const StoredTensor& t : file.tensors())
    if (t.name == name) return t;
  FAIL("no tensor ", name);
  return file.tensors().front();
}
}  // namespace

TEST_CASE("the golden bundle's description is read") {
  const BundleFile file(GEMEL_GOLDEN);
  const Bundle& b = file.bundle();
  CHECK(file.size() == 8192);
  CHECK(b.fingerprint == "4563cf1d090a07dd6287754019fd4800");
  CHECK(b.config().vocabulary_size == 15);
  CHECK(b.config().embedding_size == 4);
  CHECK(b.config().hidden_size == 3);
  CHECK(b.config().layers == 2);
  CHECK(b.config().pooling ==
        std::vector<Pooling>{Pooling::mean, Pooling::max, Pooling::attention});
  CHECK(b.config().attention_heads == 2);
  CHECK(b.config().attention_size == 3);
  CHECK(b.config().projection_size == 5);
  CHECK(b.config().unit_length);
  CHECK(b.config().dropout_output == 0.0f);
  CHECK(b.metric == Metric::cosine);
  CHECK(b.normalizer == "spaces");
  CHECK(b.max_tokens == 8);
  CHECK(b.calibration == Calibration{200, 4, 0.05, "pairs.tsv"});
  CHECK(b.thresholds.accuracy == Threshold{0.98f, 0.8, "pairs.tsv", 100});
  CHECK_FALSE(b.thresholds.f1.has_value());
  CHECK(b.thresholds.precision == Threshold{0.9975f, 0.95, "pairs.tsv", 100});
  CHECK(b.thresholds.precision_target == 0.95);
  CHECK(b.notes == "Random weights; for tests only.");
  CHECK(b.training == R"({"seed":5})");
  CHECK(b.tokenizer_model.size() == 249);
  CHECK(b.tokenizer_model.substr(2, 7) == "\n\5<unk>");
}

TEST_CASE("the golden bundle's tensors are read") {
  const BundleFile file(GEMEL_GOLDEN);
  REQUIRE(file.tensors().size() == 18);
  ParameterLayout layout;
  for (const StoredTensor& t : file.tensors()) layout.add(t.name, t.shape);
  ParameterBlock block(layout);
  file.load_parameters(block);
  const auto values = [&](const char* name) { return block.values(layout.find(name)); };
  CHECK(tensor(file, "embedding.weight").shape == std::vector<std::int64_t>{15, 4});
  CHECK(values("embedding.weight")[0] == -0.125f);
  CHECK(values("embedding.weight")[2] == 0.296875f);
  CHECK(values("embedding.weight")[59] == 0.28125f);
  CHECK(tensor(file, "lstm.1.backward.weight_layer").shape == std::vector<std::int64_t>{6, 4, 3});
  CHECK(values("lstm.1.backward.weight_layer")[71] == 0.59375f);
  CHECK(tensor(file, "projection.bias").shape == std::vector<std::int64_t>{5});
  CHECK(values("projection.bias")[4] == 0.796875f);
}

TEST_CASE("the golden bundle's self-tests are read") {
  const BundleFile file(GEMEL_GOLDEN);
  REQUIRE(file.bundle().self_tests.size() == 2);
  CHECK(file.bundle().self_tests[0] ==
        SelfTest{"how old are you ?",
                 {0.480904075f, -0.027548088f, -0.510339503f, 0.577823698f, 0.416708218f}});
  CHECK(file.bundle().self_tests[1] ==
        SelfTest{"what is your age ?",
                 {0.480329544f, 0.049282772f, -0.543362964f, 0.545779659f, 0.416816495f}});
}

TEST_CASE("the golden bundle of version 2 is read: towers, links, head") {
  const BundleFile file(GEMEL_GOLDEN_2);
  const Bundle& b = file.bundle();
  CHECK(file.size() == 8064);
  CHECK(b.fingerprint == "b5065220461cf315b139f4d71b704460");
  REQUIRE(b.model.towers.size() == 2);
  CHECK(b.model.towers[0].name == "question");
  CHECK(b.model.towers[0].encoder.kind == EncoderKind::lstm);
  CHECK(b.model.towers[0].encoder.layers == 1);
  CHECK(b.model.towers[0].encoder.pooling == std::vector<Pooling>{Pooling::mean, Pooling::max});
  CHECK(b.model.towers[0].encoder.unit_length);
  CHECK(b.model.towers[1].name == "passage");
  CHECK(b.model.towers[1].encoder.kind == EncoderKind::average);
  CHECK(b.model.towers[1].encoder.pooling == std::vector<Pooling>{Pooling::mean});
  CHECK_FALSE(b.model.towers[1].encoder.unit_length);
  CHECK(b.model.links == std::vector<TowerLink>{{0, 1}, {1, 1}});
  CHECK(b.model.head_size == 2);
  CHECK(b.head_verdict == HeadVerdict{0.4375f, 0.75, -0.5f, "pairs.tsv", 100});
  REQUIRE(file.tensors().size() == 18);
  CHECK(tensor(file, "passage/feed_forward.0.weight").shape == std::vector<std::int64_t>{4, 3});
  CHECK(tensor(file, "head.hidden.weight").shape == std::vector<std::int64_t>{10, 2});
}

TEST_CASE("its self-tests are one of each tower") {
  const BundleFile file(GEMEL_GOLDEN_2);
  const double question[] = {0.6807566408, 0.4546311502, 0.2384973900, -0.1869468394,
                             -0.4879044860};
  const double passage[] = {1.5673911079, 0.1626513186, 1.6527870651, -0.2255932838, 0.4417137528};
  REQUIRE(file.bundle().self_tests.size() == 2);
  for (std::size_t t = 0; t < 2; ++t) {
    const SelfTest& test = file.bundle().self_tests[t];
    CHECK(test.text == "how old are you ?");
    CHECK(test.tower == static_cast<int>(t));
    REQUIRE(test.embedding.size() == 5);
    for (std::size_t i = 0; i < 5; ++i)
      CHECK(test.embedding[i] == doctest::Approx((t ? passage : question)[i]).epsilon(1e-6));
  }
}

TEST_CASE("the golden bundles of versions 3 and 4 are read: a logarithm, and a head's input") {
  const BundleFile file(GEMEL_GOLDEN_3);
  CHECK(file.size() == 8192);
  CHECK(file.bundle().fingerprint == "6a4859d3c4bd281f379c5abed04114e1");
  CHECK(file.bundle().calibration == Calibration{20, 4, 0.05, "pairs.tsv", 0.75, 0.0625});
  CHECK(file.bundle().model.head_input == HeadInput::embedding);
  const BundleFile pooled(GEMEL_GOLDEN_4);
  const Bundle& b = pooled.bundle();
  CHECK(pooled.size() == 6208);
  CHECK(b.fingerprint == "5d25af40693f136fff4e702f78a068fc");
  CHECK(b.calibration == file.bundle().calibration);
  CHECK(b.model.head_size == 2);
  CHECK(b.model.head_input == HeadInput::pooled);
  CHECK(b.model.feature_size() == 17);
  CHECK(tensor(pooled, "head.hidden.weight").shape == std::vector<std::int64_t>{34, 2});
}
