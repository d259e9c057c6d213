#include "tokenizer/unigram_segmenter.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace gemel {
namespace {

constexpr std::string_view kSpace = "\u2581";
constexpr std::size_t kMaxWord = 240;  // bytes; longer ones are left to sentencepiece
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// A sum of c scores in float is off by at most c · 2^-24 of its size, and two sums are compared.
// Twice that, to be sure.
constexpr double kRounding = 0x1p-22;

std::size_t character_bytes(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/// As a number that is in the order of the texts, which have no byte 0, as far as it goes.
std::uint64_t first_bytes(const std::string& text) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i)
    number = number << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  return number;
}

/// Makes U+2581 a space, sorts, and returns the texts.
std::vector<std::string_view> sorted_keys(std::vector<SamplerPiece>& pieces) {
  for (SamplerPiece& piece : pieces)
    if (piece.text.starts_with(kSpace)) piece.text.replace(0, kSpace.size(), " ");
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  order.reserve(pieces.size());
  for (std::size_t i = 0; i < pieces.size(); ++i)
    order.emplace_back(first_bytes(pieces[i].text), i);
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : pieces[a.second].text < pieces[b.second].text;
  });
  std::vector<SamplerPiece> sorted;
  std::vector<std::string_view> keys;
  sorted.reserve(pieces.size());  // keys point into it
  keys.reserve(pieces.size());
  for (const auto& [key, i] : order) keys.push_back(sorted.emplace_back(std::move(pieces[i])).text);
  pieces = std::move(sorted);
  return keys;
}

}  // namespace

/// One word's best segmentation.
struct UnigramSegmenter::Cut {
  struct Part {
    std::size_t from, to;  // bytes
    std::int32_t piece;    // or -1 for an unknown character
  };
  std::array<Part, kMaxWord> parts;  // the last first
  std::size_t count = 0;
  double cost = 0;   // minus the sum of scores
  double reach = 0;  // the most that words before may cost
};

bool UnigramSegmenter::suits(const std::vector<SamplerPiece>& pieces) {
  bool any = false;
  for (const SamplerPiece& piece : pieces) {
    any = any || piece.text == kSpace;
    if (piece.text.find(kSpace, 1) != std::string::npos ||
        piece.text.find(' ') != std::string::npos)
      return false;
  }
  return any;
}

UnigramSegmenter::UnigramSegmenter(std::vector<SamplerPiece> pieces,
                                   std::vector<std::int32_t> byte_ids)
    : trie_(sorted_keys(pieces)), byte_ids_(std::move(byte_ids)) {
  pieces_.reserve(pieces.size());
  for (const SamplerPiece& piece : pieces) {
    pieces_.push_back({piece.id, piece.score, -kInfinity});
    unknown_score_ = std::min(unknown_score_, double{piece.score});
  }
  unknown_score_ -= kUnknownPenalty;
  Cut word;
  for (std::size_t i = 0; i < pieces_.size(); ++i)
    if (cut(pieces[i].text, word) && word.count == 1) pieces_[i].reach = word.reach;
}

// Viterbi's algorithm. A segmentation other than the best leaves the best one's path somewhere and
// comes back to it; where it does, it has lost at least that place's gap.
bool UnigramSegmenter::cut(std::string_view word, Cut& result) const {
  struct Place {
    double score, gap;  // the best way here; how far the second best is behind
    std::size_t from;
    std::int32_t piece;
  };
  const std::size_t size = word.size();
  if (size > kMaxWord) return false;
  std::array<Place, kMaxWord + 1> places;
  std::fill_n(places.begin(), size + 1, Place{-kInfinity, kInfinity, 0, -1});
  places[0].score = 0;
  const auto offer = [&](std::size_t from, std::size_t to, double score, std::int32_t piece) {
    Place& place = places[to];
    score += places[from].score;
    if (score > place.score)
      place = {score, score - place.score, from, piece};
    else
      place.gap = std::min(place.gap, place.score - score);
  };
  int characters = 0;
  for (std::size_t at = 0, one; at < size; at += one, ++characters) {
    one = character_bytes(word[at]);
    bool covered = false;
    PieceTrie::Place node = trie_.root();
    std::int32_t piece;
    for (std::size_t to = at; to < size && trie_.step(node, word[to], piece); ++to) {
      if (piece < 0) continue;
      covered = covered || to + 1 == at + one;
      offer(at, to + 1, double{pieces_[static_cast<std::size_t>(piece)].score}, piece);
    }
    if (!covered) offer(at, at + one, unknown_score_, -1);
  }
  result.count = 0;
  double gap = kInfinity;
  for (std::size_t at = size; at > 0; at = places[at].from) {
    gap = std::min(gap, places[at].gap);
    result.parts[result.count++] = {places[at].from, at, places[at].piece};
  }
  result.cost = -places[size].score;
  result.reach = gap / (kRounding * characters) - result.cost;
  return true;
}

bool UnigramSegmenter::append(std::string_view word, const Cut& best,
                              std::vector<std::int32_t>& ids) const {
  for (std::size_t i = best.count; i-- > 0;) {
    const Cut::Part& part = best.parts[i];
    if (part.piece >= 0) {
      ids.push_back(pieces_[static_cast<std::size_t>(part.piece)].id);
      continue;
    }
    if (byte_ids_.empty()) return false;
    for (const char c : word.substr(part.from, part.to - part.from))
      ids.push_back(byte_ids_[static_cast<unsigned char>(c)]);
  }
  return true;
}

bool UnigramSegmenter::segment(std::string_view text, std::size_t max_ids,
                               std::vector<std::int32_t>& ids) const {
  double spent = 0;
  Cut best;
  for (std::size_t at = 0, end; at < text.size() && ids.size() < max_ids; at = end) {
    PieceTrie::Place node = trie_.root();
    std::int32_t whole = -1;
    bool on = true;
    for (end = at; end < text.size() && (end == at || text[end] != ' '); ++end)
      on = on && trie_.step(node, text[end], whole);
    if (on && whole >= 0) {
      const Piece& piece = pieces_[static_cast<std::size_t>(whole)];
      if (spent <= piece.reach) {
        spent -= double{piece.score};
        ids.push_back(piece.id);
        continue;
      }
    }
    const std::string_view word = text.substr(at, end - at);
    if (!cut(word, best) || spent > best.reach || !append(word, best, ids)) return false;
    spent += best.cost;
  }
  return true;
}

}  // namespace gemel
