#include "tokenizer/tokenizer.hpp"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <gemel/error.hpp>
#include <mutex>
#include <optional>
#include <sstream>

#include "tokenizer/model_header.hpp"
#include "tokenizer/plain_text.hpp"
#include "tokenizer/segment_sampler.hpp"
#include "tokenizer/text_chunks.hpp"
#include "tokenizer/unigram_segmenter.hpp"

namespace gemel {
namespace {

using sentencepiece::ImmutableSentencePieceText;
using sentencepiece::SentencePieceProcessor;

// Bytes left to sentencepiece before the segmenter is built: they cost about what building it
// costs, so that a program of few texts never pays for it.
constexpr std::uint64_t kBytesBeforeSegmenter = std::uint64_t{64} << 10;

void load(SentencePieceProcessor& processor, std::string_view bytes) {
  if (bytes.empty())
    throw Error("tokenizer", "the model is empty", "train one with gemel tokenizer");
  // Truncated and foreign files fail here; a model without pieces would end the process later.
  if (!processor.LoadFromSerializedProto(bytes).ok() || processor.GetPieceSize() < 2)
    throw Error("tokenizer", "the bytes are not a sentencepiece model",
                "give a file made by gemel tokenizer or a sentencepiece .model file");
}

/// The byte of a piece named "<0xE4>".
unsigned char byte_of(const std::string& name) {
  unsigned value = 0;
  std::from_chars(name.data() + 3, name.data() + 5, value, 16);
  return static_cast<unsigned char>(value);
}

}  // namespace

struct Tokenizer::State {
  std::string bytes;
  Normalization mode = Normalization::none;
  SentencePieceProcessor processor;
  std::int32_t size = 0, empty_id = 0;
  bool is_bpe = false;
  mutable std::once_flag sampler_once;
  mutable std::optional<SegmentSampler> sampler;
  bool by_words = false, folds_case = false;  // whether a segmenter can serve; what it is to do
  mutable std::atomic<std::uint64_t> bytes_before = 0;
  mutable std::optional<UnigramSegmenter> segmenter;
  mutable std::atomic<const UnigramSegmenter*> ready = nullptr;

  State(std::string model, std::optional<Normalization> given) : bytes(std::move(model)) {
    const auto stored = read_header(bytes);
    mode = given.value_or(stored.value_or(Normalization::none));
    load(processor, bytes);
    size = processor.GetPieceSize();
    empty_id = processor.eos_id() >= 0 ? processor.eos_id() : processor.unk_id();
    is_bpe = looks_like_bpe();
    // The header says that train_tokenizer made the model: sentencepiece normalises by a table
    // whose rules know no space, adds none, and there are no symbols of a user's own.
    by_words = stored.value_or(Normalization::none) != Normalization::none &&
               mode != Normalization::none && !is_bpe;
    if (by_words) folds_case = seen_by_model(" A").ends_with("a");
  }

  // A unigram model's scores are logarithms of probabilities; those of a BPE model are 0, -1, -2, …
  // in the order of its merges. The library does not tell which it is.
  bool looks_like_bpe() const {
    bool any = false;
    for (std::int32_t id = 0; id < size; ++id) {
      if (!is_normal(id)) continue;
      const float score = processor.GetScore(id);
      if (score != std::floor(score)) return false;
      any = true;
    }
    return any;
  }

  bool is_normal(std::int32_t id) const {
    return !processor.IsUnknown(id) && !processor.IsControl(id) && !processor.IsByte(id) &&
           !processor.IsUnused(id) && !processor.IdToPiece(id).empty();
  }

  void check_id(std::int32_t id) const {
    if (id < 0 || id >= size)
      throw Error("token id", "is " + std::to_string(id),
                  "allowed is 0 to " + std::to_string(size - 1));
  }

  /// Nothing while few bytes have come or are expected, and where sentencepiece must do all.
  const UnigramSegmenter* ready_segmenter(std::size_t length) const {
    if (const UnigramSegmenter* built = ready.load(std::memory_order_acquire)) return built;
    if (!by_words) return nullptr;
    const std::uint64_t before = bytes_before.fetch_add(length, std::memory_order_relaxed);
    if (before >= kBytesBeforeSegmenter || before + length < kBytesBeforeSegmenter) return nullptr;
    auto [pieces, byte_ids] = normal_pieces();  // one caller comes here
    if (!UnigramSegmenter::suits(pieces)) return nullptr;
    segmenter.emplace(std::move(pieces), std::move(byte_ids));
    ready.store(&*segmenter, std::memory_order_release);
    return &*segmenter;
  }

  /// Fills `ids` if it can be done without sentencepiece. May fold `normal` as sentencepiece would.
  bool segment(std::string& normal, std::vector<std::int32_t>& ids, std::size_t max_ids) const {
    if (normal.size() > kChunk) return false;
    const UnigramSegmenter* const built = ready_segmenter(normal.size());
    if (!built || !fold_plain_text(normal, folds_case)) return false;
    const bool certain = built->segment(normal, max_ids, ids);
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

  std::pair<std::vector<SamplerPiece>, std::vector<std::int32_t>> normal_pieces() const {
    std::vector<SamplerPiece> pieces;
    std::vector<std::int32_t> byte_ids;
    for (std::int32_t id = 0; id < size; ++id) {
      const std::string& text = processor.IdToPiece(id);
      if (processor.IsByte(id)) {
        byte_ids.resize(256, processor.unk_id());
        byte_ids[byte_of(text)] = id;
      } else if (is_normal(id)) {
        pieces.push_back({text, id, processor.GetScore(id)});
      }
    }
    return {std::move(pieces), std::move(byte_ids)};
  }

  /// The text as sentencepiece sees it after its own normalisation (0.1.97 cannot be asked for it).
  std::string seen_by_model(std::string_view chunk) const {
    ImmutableSentencePieceText parts;
    if (!processor.Encode(chunk, parts.mutable_proto()).ok()) return {};
    std::string seen;
    for (const auto& part : parts.pieces()) {
      const auto id = static_cast<std::int32_t>(part.id());
      if (processor.IsByte(id))
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

void Tokenizer::expect(std::size_t bytes) const {
  if (bytes >= kBytesBeforeSegmenter) state_->ready_segmenter(bytes);
}

void Tokenizer::encode(std::string_view text, std::vector<std::int32_t>& ids,
                       std::size_t max_ids) const {
  std::vector<int> part;
  state_->by_chunks(text, ids, max_ids, true, [&](std::string_view chunk) {
    if (!state_->processor.Encode(chunk, &part).ok()) part.clear();
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
    auto [pieces, byte_ids] = state_->normal_pieces();
    state_->sampler.emplace(std::move(pieces), std::move(byte_ids), state_->processor.unk_id());
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
  if (!state_->processor.Decode(std::vector<int>(ids.begin(), ids.end()), &text).ok()) return {};
  if (text.starts_with(' ')) text.erase(0, 1);
  return text;
}

const std::string& Tokenizer::piece(std::int32_t id) const {
  state_->check_id(id);
  return state_->processor.IdToPiece(id);
}

}  // namespace gemel
