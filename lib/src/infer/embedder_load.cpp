#include <algorithm>
#include <cmath>
#include <future>
#include <gemel/error.hpp>

#include "core/parallel.hpp"
#include "infer/bundle_tokenizer.hpp"
#include "infer/embedder_impl.hpp"

namespace gemel {
namespace {

// What the engine runs in: the next slower precision where the CPU lacks one.
Precision usable(Precision wanted) {
  if (wanted == Precision::int8 && infer::supported(Precision::int8)) return Precision::int8;
  if (wanted != Precision::f32 && infer::supported(Precision::bf16)) return Precision::bf16;
  return Precision::f32;
}

// What oneDNN runs in, for the towers that the engine does not know.
Precision usable_layers(Precision wanted) {
  return wanted == Precision::f32 || !dnn::supported(Precision::bf16) ? Precision::f32
                                                                      : Precision::bf16;
}

bool engine_for_all(const ModelConfig& model) {
  return std::all_of(model.towers.begin(), model.towers.end(), [](const TowerConfig& tower) {
    return infer::LstmEngine::supports(tower.encoder);
  });
}

std::string embedding_name(const ModelConfig& model, std::size_t tower) {
  return nn::tower_prefix(model, tower) + "embedding.weight";
}

// The layout is checked before the block is allocated: sizes come from the file. Embeddings that
// an engine reads row by row stay as they are stored.
ParameterBlock load_values(const BundleFile& file, const nn::Towers& towers) {
  file.check_parameters(towers.layout());
  std::vector<std::string> without;
  for (std::size_t t = 0; t < towers.size(); ++t)
    if (infer::LstmEngine::supports(towers.encoder(t).config()))
      without.push_back(embedding_name(file.bundle().model, t));
  ParameterBlock values(towers.layout());
  file.load_parameters(values, without);
  return values;
}

// The tokenizer takes a quarter of the time of a start, so with more threads than one it is made
// beside the weights.
std::future<Tokenizer> start_tokenizer(const BundleFile& file, int threads) {
  const auto beside = std::launch::async | std::launch::deferred;  // where threads have run out
  return std::async(threads == 1 ? std::launch::deferred : beside,
                    [&file] { return bundle_tokenizer(file); });
}

}  // namespace

Embedder::Impl::Impl(const BundleFile& file, const EmbedderOptions& o)
    : Impl(file, o, start_tokenizer(file, o.threads)) {}

Embedder::Impl::Impl(const BundleFile& file, const EmbedderOptions& o,
                     std::future<Tokenizer> loading)
    : path(file.path()),
      bundle(file.bundle()),
      options(o),
      wanted(o.precision.value_or(fastest_exact(bundle.precisions))),
      precision(engine_for_all(bundle.model) ? usable(wanted) : usable_layers(wanted)),
      // oneDNN takes milliseconds to tell whether it has bf16: asked only where its layers compute.
      towers(bundle.model, engine_for_all(bundle.model) ? Precision::f32 : precision),
      values(load_values(file, towers)),
      engines(towers.size()),
      packed(towers.size()) {
  for (std::size_t t = 0; t < towers.size(); ++t)
    if (infer::LstmEngine::supports(towers.encoder(t).config())) {
      engines[t].emplace(towers.encoder(t).config(), values, nn::tower_prefix(bundle.model, t),
                         infer::kernels(usable(wanted)), infer::LstmEngine::kLargestTable,
                         StoredRows(file.tensor(embedding_name(bundle.model, t))));
    } else {
      const ObjectPool<dnn::Context>::Lease context(contexts);
      towers.encoder(t).pack(*context, values, /*training=*/false, packed[t]);
    }
  tokenizer.emplace(loading.get());
  if (options.max_tokens == 0) options.max_tokens = bundle.max_tokens;
  if (options.threads == 0) options.threads = available_cores();
}

std::string Embedder::Impl::place_of(std::size_t tower) const {
  return bundle.model.siamese() ? path : path + ", tower " + bundle.model.towers[tower].name;
}

void Embedder::self_test() const {
  // int8 moves a small model's embeddings by a tenth and more; a wrong product by all of it.
  const double tolerance = precision() == Precision::f32    ? 0.01
                           : precision() == Precision::bf16 ? 0.05
                                                            : 0.25;
  for (const SelfTest& test : bundle().self_tests) {
    const std::vector<float> found = embed(test.text, static_cast<std::size_t>(test.tower));
    double error = 0, norm = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      error += std::pow(double{found[i]} - double{test.embedding[i]}, 2);
      norm += std::pow(double{test.embedding[i]}, 2);
    }
    if (error <= tolerance * tolerance * norm) continue;
    throw Error(impl_->place_of(static_cast<std::size_t>(test.tower)),
                "fails its self-test: '" + test.text +
                    "' gets another embedding than it got "
                    "where the model was trained",
                "train anew on this machine, or report it");
  }
}

}  // namespace gemel
