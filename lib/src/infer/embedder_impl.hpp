#pragma once
#include <future>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/object_pool.hpp"
#include "dnn/context.hpp"
#include "infer/embedder.hpp"
#include "infer/engine/encode_lists.hpp"
#include "infer/text_batches.hpp"
#include "model/bundle_file.hpp"
#include "nn/towers.hpp"
#include "tokenizer/tokenizer.hpp"

namespace gemel {

struct Embedder::Impl {
  /// Throws Error as the constructor of Embedder.
  Impl(const BundleFile&, const EmbedderOptions&);
  Impl(const BundleFile&, const EmbedderOptions&, std::future<Tokenizer>);

  std::string path;
  Bundle bundle;
  EmbedderOptions options;             // with the zeros resolved
  Precision wanted, precision;         // asked for; in use
  std::optional<Tokenizer> tokenizer;  // never empty once constructed
  nn::Towers towers;
  ParameterBlock values;
  // A tower has an engine where the engine knows its structure, packed weights where not.
  std::vector<std::optional<infer::LstmEngine>> engines;  // [towers]
  std::vector<nn::Encoder::Packed> packed;                // [towers]
  mutable infer::EncodeScratch scratches;
  mutable ObjectPool<dnn::Context> contexts;

  /// The file, and the tower too where there are several; for messages.
  std::string place_of(std::size_t tower) const;
  /// @param width floats a row of out: D, or W for what the pair head reads
  void encode_lists(std::size_t tower, const TokenizedTexts&, std::int64_t width,
                    std::span<float> out, int threads) const;
  void encode_batches(std::size_t tower, TextBatches&, std::int64_t width, std::span<float> out,
                      int threads) const;
  void encode_batch(std::size_t tower, const TextBatches&, std::int64_t batch, std::int64_t width,
                    std::span<float> out) const;
  EmbedStatistics encode(std::span<const std::string_view> texts, std::int64_t width,
                         std::span<float> out, int threads, std::size_t tower) const;
  std::vector<float> encode(std::string_view text, std::int64_t width, std::size_t tower) const;
};

}  // namespace gemel
