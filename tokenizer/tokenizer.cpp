#include "tokenizer/tokenizer.hpp"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <gemel/error.hpp>
#include <mutex>
#include <optional>
#include <sstream>

#include "tokenizer/model_header.hpp"
#include "tokenizer/segment_sampler.hpp"

namespace gemel {
namespace {

using sentencepiece::ImmutableSentencePieceText;
using sentencepiece::SentencePieceProcessor;

constexpr std::size_t kChunk = std::size_t{32} << 10;  // bytes that sentencepiece sees at once

void load(SentencePieceProcessor& processor, std::string_view bytes) {
  if (bytes.empty())
    throw Error("tokenizer", "the model is empty", "train one with gemel tokenizer");
  // Truncated and foreign files fail here; a model without pieces would end the process later.
  if (!processor.LoadFromSerializedProto(bytes).ok() || processor.GetPieceSize() < 2)
    throw Error("tokenizer", "the bytes are not a sentencepiece model",
                "give a file made by gemel tokenizer or a sentencepiece .model file");
}

/// Length of the next chunk of `text`: all of it, or up to a space or character boundary.
std::size_t chunk_size(std::string_view text) {
  if (text.size() <= kChunk) return text.size();
  const std::size_t blank = text.rfind(' ', kChunk);
  if (blank != std::string_view::npos && blank > 0) return blank;
  std::size_t end = kChunk;
  for (int back = 0; back < 3 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80; ++back)
    --end;
  return end;
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

  State(std::string model, std::optional<Normalization> given) : bytes(std::move(model)) {
    const auto stored = read_header(bytes);
    mode = given.value_or(stored.value_or(Normalization::none));
    load(processor, bytes);
    size = processor.GetPieceSize();
    empty_id = processor.eos_id() >= 0 ? processor.eos_id() : processor.unk_id();
    is_bpe = looks_like_bpe();
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

  /// Calls work(chunk) until the text ends or `ids` is long enough, then trims and fills `ids`.
  template <class Work>
  void by_chunks(std::string_view text, std::vector<std::int32_t>& ids, std::size_t max_ids,
                 const Work& work) const {
    ids.clear();
    std::string normal;
    if (mode != Normalization::none) {
      normalize(mode, text, normal);
      text = normal;
    }
    while (!text.empty() && ids.size() < max_ids) {
      const std::size_t n = chunk_size(text);
      work(text.substr(0, n));
      text.remove_prefix(n);
    }
    if (ids.size() > max_ids) ids.resize(std::max<std::size_t>(max_ids, 1));
    if (ids.empty()) ids.push_back(empty_id);
  }

  void build_sampler() const {
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
    sampler.emplace(std::move(pieces), std::move(byte_ids), processor.unk_id());
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

void Tokenizer::encode(std::string_view text, std::vector<std::int32_t>& ids,
                       std::size_t max_ids) const {
  std::vector<int> part;
  state_->by_chunks(text, ids, max_ids, [&](std::string_view chunk) {
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
  std::call_once(state_->sampler_once, [&] { state_->build_sampler(); });
  state_->by_chunks(text, ids, max_ids, [&](std::string_view chunk) {
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
