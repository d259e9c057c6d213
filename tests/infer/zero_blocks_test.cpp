// Blocks of zeros among the recurrent weights, which products leave out.
#include "infer/engine/packing.hpp"
#include "nn/recurrent_blocks.hpp"
#include "tests/infer/engine_case.hpp"

using namespace gemel;
using namespace gemel::infer;
using namespace gemel::infer::test;

namespace {

// Blocks of four states by W units, of which those of 16 units are made.
std::int64_t blocks_with_weights(const float* weights, int hidden, int units) {
  const std::vector<char> zero = nn::zero_blocks(weights, hidden);
  const std::int64_t groups = nn::RecurrentBlocks{hidden}.groups();
  std::int64_t count = 0;
  for (std::size_t i = 0; i < zero.size(); ++i) {
    const std::int64_t first = static_cast<std::int64_t>(i) % groups * nn::kBlockUnits;
    if (!zero[i])
      count += (std::min<std::int64_t>(nn::kBlockUnits, hidden - first) + units - 1) / units;
  }
  return count;
}

}  // namespace

TEST_CASE("blocks of zeros are left out, and the rest gives the same bits") {
  for_each_kernel([](const Kernels& kernels) {
    for (const int hidden : {37, 64})
      for (const int layers : {1, 2})
        for (const double share : {0.4, 1.0}) {
          Case c(config_of(hidden, layers, false), kernels);
          nn::prune_blocks(c.model.values, share);
          const EncoderConfig& config = c.model.encoder.config();
          const LstmEngine skips(config, c.model.values, "", kernels);
          Kernels all = kernels;
          all.skips_zeros = false;
          const LstmEngine whole(config, c.model.values, "", all);
          const std::vector<Text> texts = random_texts(40);
          const std::vector<float> found = embed(skips, config, texts);
          CHECK(found == embed(whole, config, texts));
          CHECK(nn::test::relative_error(found, c.oracle(texts)) <
                tolerance(kernels.precision) * layers);
          const float* const weights =
              c.model.values.data(c.model.values.layout().find("lstm.0.forward.weight_iter"));
          const std::int64_t width = padded(hidden, kernels.units);
          CHECK(std::ssize(pack_recurrent(all, hidden, weights).blocks) ==
                width / 4 * (width / kernels.units));
          if (kernels.skips_zeros)
            CHECK(std::ssize(pack_recurrent(kernels, hidden, weights).blocks) ==
                  blocks_with_weights(weights, hidden, kernels.units));
        }
  });
}
