// Means of models' weights, and models that have none.
#include <doctest.h>

#include <functional>

#include "model/bundle_mean.hpp"
#include "tests/model/sample_bundle.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {

ParameterBlock filled(std::vector<float> first, std::vector<float> second) {
  ParameterBlock block(sample_layout());
  for (std::size_t i = 0; i < 16; ++i) block.values(0)[i] = first[i % first.size()];
  for (std::size_t i = 0; i < 4; ++i) block.values(1)[i] = second[i];
  return block;
}

// What mean_parameters() says of the sample beside one that `change` was done to.
std::string refusal(const TemporaryFolder& folder, const std::function<void(Bundle&)>& change) {
  Bundle other = sample_bundle();
  change(other);
  write_bundle(folder.file("a"), sample_bundle(), sample_values());
  write_bundle(folder.file("b"), other, sample_values());
  std::vector<BundleFile> files;
  files.emplace_back(folder.file("a"));
  files.emplace_back(folder.file("b"));
  ParameterBlock mean(sample_layout());
  return message_of([&] { mean_parameters(files, mean); });
}

}  // namespace

TEST_CASE("a mean is that of every number") {
  const TemporaryFolder folder;
  write_bundle(folder.file("a"), sample_bundle(), filled({1, -2}, {0, 3, 1e30f, 0.5f}));
  write_bundle(folder.file("b"), sample_bundle(), filled({4, 4}, {0, 3, 1e30f, 0.25f}));
  // Rounded to bf16 when it was stored: 0.75 and 7 are exact.
  write_bundle(folder.file("c"), sample_bundle(), filled({7, -2}, {0, 3, 1e30f, 0.75f}),
               StorageType::bf16);
  std::vector<BundleFile> files;
  for (const char* name : {"a", "b", "c"}) files.emplace_back(folder.file(name));
  ParameterBlock mean(sample_layout());
  std::ranges::fill(mean.all(), 9.0f);
  mean_parameters(std::span(files).first(2), mean);
  CHECK(mean.values(0)[0] == 2.5f);
  CHECK(mean.values(0)[1] == 1.0f);
  CHECK(mean.values(0)[15] == 1.0f);
  CHECK(mean.values(1)[0] == 0.0f);
  CHECK(mean.values(1)[1] == 3.0f);
  CHECK(mean.values(1)[2] == 1e30f);
  CHECK(mean.values(1)[3] == 0.375f);
  mean_parameters(files, mean);
  CHECK(mean.values(0)[0] == 4.0f);
  CHECK(mean.values(0)[1] == 0.0f);
  CHECK(mean.values(1)[3] == 0.5f);
}

TEST_CASE("models of another kind have no mean") {
  const TemporaryFolder folder;
  const std::string b = folder.file("b"), a = folder.file("a");
  CHECK(refusal(folder, [](Bundle& m) {
          m.config().dropout_embedding = 0.3f;
          m.max_tokens = 5;
          m.notes = "other";
        }) == "no error");
  const std::string tokenizer =
      b + ": has another tokenizer than " + a +
      "; average models that started from the same one, with 'gemel train --init'";
  CHECK(refusal(folder, [](Bundle& m) { m.tokenizer_model += "x"; }) == tokenizer);
  CHECK(refusal(folder, [](Bundle& m) { m.normalizer = "none"; }) == tokenizer);
  const std::string shape =
      b + ": is of another shape than " + a + "; 'gemel info' tells what each is";
  CHECK(refusal(folder, [](Bundle& m) { m.config().attention_heads = 1; }) == shape);
  CHECK(refusal(folder, [](Bundle& m) { m.model.head_size = 4; }) == shape);
  CHECK(refusal(folder, [](Bundle& m) { m.metric = Metric::cosine; }) ==
        b + ": compares by cosine, " + a + " by exp-manhattan");
}
