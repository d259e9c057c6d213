#include "tokenizer/tokenizer.hpp"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <cmath>
#include <gemel/error.hpp>
#include <mutex>
#include <optional>
#include <sstream>

#include "tokenizer/charsmap.hpp"
#include "tokenizer/model_header.hpp"
#include "tokenizer/model_pieces.hpp"
#include "tokenizer/segment_sampler.hpp"
#include "tokenizer/text_chunks.hpp"
#include "tokenizer/unigram_segmenter.hpp"

namespace gemel {
namespace {

using sentencepiece::ImmutableSentencePieceText;
using sentencepiece::SentencePieceProcessor;

[[noreturn]] void refuse() {
  throw Error("tokenizer", "the bytes are not a sentencepiece model",
              "give a file made by gemel tokenizer or a sentencepiece .model file");
}

ModelPieces pieces_of(std::string_view bytes) {
  if (bytes.empty())
    throw Error("tokenizer", "the model is empty", "train one with gemel tokenizer");
  // A model without pieces would end the process.
  auto pieces = read_pieces(bytes);
  if (!pieces || pieces->count < 2) refuse();
  return *std::move(pieces);
}

}  // namespace

struct Tokenizer::State {
  std::string bytes;
  Normalization mode = Normalization::none;
  std::int32_t size = 0, empty_id = 0, unknown_id = 0;
  bool is_bpe = false;
  std::optional<UnigramSegmenter> segmenter;  // where it can do most of the work
  Charsmap charsmap;                          // for the segmenter; looks into `bytes`
  mutable std::once_flag processor_once, sampler_once;
  mutable SentencePieceProcessor loaded;
  mutable std::optional<SegmentSampler> sampler;

  State(std::string model, std::optional<Normalization> given) : bytes(std::move(model)) {
    const auto stored = read_header(bytes);
    mode = given.value_or(stored.value_or(Normalization::none));
    ModelPieces pieces = pieces_of(bytes);
    size = pieces.count;
    unknown_id = pieces.unknown_id;
    empty_id = pieces.end_id >= 0 ? pieces.end_id : pieces.unknown_id;
    is_bpe = pieces.is_bpe;
    // The header says that train_tokenizer made the model: sentencepiece normalises by its table
    // alone, adds no space, and there are no symbols of a user's own. Its checksum was right, so
    // that sentencepiece need not look at the model before a text wants it.
    const bool ours = stored.value_or(Normalization::none) != Normalization::none;
    const auto table = Charsmap::read(pieces.charsmap);
    if (ours && mode != Normalization::none && !is_bpe && table &&
        UnigramSegmenter::suits(pieces.normal)) {
      charsmap = *table;
      segmenter.emplace(std::move(pieces.normal), std::move(pieces.byte_ids));
    } else {
      processor();
    }
  }

  const SentencePieceProcessor& processor() const {
    std::call_once(processor_once, [&] {
      if (!loaded.LoadFromSerializedProto(bytes).ok() || loaded.GetPieceSize() != size) refuse();
    });
    return loaded;
  }

  void check_id(std::int32_t id) const {
    if (id < 0 || id >= size)
      throw Error("token id", "is " + std::to_string(id),
                  "allowed is 0 to " + std::to_string(size - 1));
  }

  /// Fills `ids` if it can be done without sentencepiece.
  bool segment(std::string_view normal, std::vector<std::int32_t>& ids, std::size_t max_ids) const {
    if (!segmenter || normal.size() > kChunk) return false;
    std::string seen;
    charsmap.apply(normal, seen);
    const bool certain = segmenter->segment(seen, max_ids, ids);
    if (!certain) ids.clear();
    return certain;
  }

  /// Calls work(chunk) until the text ends or `ids` is long enough, then trims and fills `ids`.
  /// @param best  whether the best segmentation is wanted, so that a segmenter may do the work
  template <class Work>
  void by_chunks(std::string_view text, std::vector<std::int32_t>& ids, std::size_t max_ids,
                 bool best, const Work& work) const {
    ids.clear();
    std::string normal;
    if (mode != Normalization::none) {
      normalize(mode, text, normal);
      text = best && segment(normal, ids, max_ids) ? std::string_view() : normal;
    }
    while (!text.empty() && ids.size() < max_ids) {
      const std::size_t n = chunk_size(text);
      work(text.substr(0, n));
      text.remove_prefix(n);
    }
    if (ids.size() > max_ids) ids.resize(std::max<std::size_t>(max_ids, 1));
    if (ids.empty()) ids.push_back(empty_id);
  }

  /// The text as sentencepiece sees it after its own normalisation (0.1.97 cannot be asked for it).
  std::string seen_by_model(std::string_view chunk) const {
    ImmutableSentencePieceText parts;
    if (!processor().Encode(chunk, parts.mutable_proto()).ok()) return {};
    std::string seen;
    for (const auto& part : parts.pieces()) {
      const auto id = static_cast<std::int32_t>(part.id());
      if (processor().IsByte(id))
        seen += static_cast<char>(byte_of(part.piece()));
      else
        seen += part.piece();
    }
    return seen;
  }
};

Tokenizer::Tokenizer(std::string bytes)
    : state_(std::make_unique<const State>(std::move(bytes), std::nullopt)) {}
Tokenizer::Tokenizer(std::string bytes, Normalization mode)
    : state_(std::make_unique<const State>(std::move(bytes), mode)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

std::int64_t Tokenizer::vocabulary_size() const {
  return state_->size;
}
std::int32_t Tokenizer::empty_id() const {
  return state_->empty_id;
}
Normalization Tokenizer::normalization() const {
  return state_->mode;
}
const std::string& Tokenizer::bytes() const {
  return state_->bytes;
}

void Tokenizer::encode(std::string_view text, std::vector<std::int32_t>& ids,
                       std::size_t max_ids) const {
  std::vector<int> part;
  state_->by_chunks(text, ids, max_ids, true, [&](std::string_view chunk) {
    if (!state_->processor().Encode(chunk, &part).ok()) part.clear();
    ids.insert(ids.end(), part.begin(), part.end());
  });
}

void Tokenizer::encode_sampled(std::string_view text, double alpha, std::uint64_t seed,
                               std::vector<std::int32_t>& ids, std::size_t max_ids) const {
  if (!(alpha >= 0) || std::isinf(alpha) || (state_->is_bpe && alpha > 1)) {
    std::ostringstream found;
    found << "is " << alpha;
    throw Error("alpha", found.str(),
                state_->is_bpe ? "allowed is 0 to 1" : "allowed is 0 upwards");
  }
  std::call_once(state_->sampler_once, [&] {
    ModelPieces pieces = pieces_of(state_->bytes);
    state_->sampler.emplace(std::move(pieces.normal), std::move(pieces.byte_ids),
                            state_->unknown_id);
  });
  state_->by_chunks(text, ids, max_ids, false, [&](std::string_view chunk) {
    const std::string seen = state_->seen_by_model(chunk);
    if (state_->is_bpe)
      state_->sampler->sample_bpe(seen, alpha, seed, ids);
    else
      state_->sampler->sample_unigram(seen, alpha, seed, ids);
  });
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids) const {
  for (const std::int32_t id : ids) state_->check_id(id);
  std::string text;
  if (!state_->processor().Decode(std::vector<int>(ids.begin(), ids.end()), &text).ok()) return {};
  if (text.starts_with(' ')) text.erase(0, 1);
  return text;
}

const std::string& Tokenizer::piece(std::int32_t id) const {
  state_->check_id(id);
  return state_->processor().IdToPiece(id);
}

}  // namespace gemel
