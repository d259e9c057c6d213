#include "tokenizer/segment_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

namespace gemel {
namespace {

/// SplitMix64 (Steele, Lea and Flood 2014), started from the seed and the text.
class Draws {
 public:
  Draws(std::uint64_t seed, std::string_view text) : state_(seed) {
    for (const char c : text) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  /// Uniform in [0, 1).
  double uniform() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }

 private:
  std::uint64_t state_;
};

std::size_t character_bytes(std::string_view text) {
  std::size_t n = 1;
  while (n < text.size() && (static_cast<unsigned char>(text[n]) & 0xc0) == 0x80) ++n;
  return n;
}

double log_add(double a, double b) {
  if (a < b) std::swap(a, b);
  return std::isinf(b) ? a : a + std::log1p(std::exp(b - a));
}

/// One piece at one place: bytes [from, to).
struct Edge {
  std::size_t from, to;
  std::int32_t piece;  // or -1 for an unknown character
  double weight;       // alpha · score
};

/// All segmentations of a text of `size` bytes. Edges come in the order of their start.
class Lattice {
 public:
  explicit Lattice(std::size_t size) : places_{Place{0, 0}} { places_.resize(size + 1); }

  bool reached(std::size_t at) const { return !std::isinf(places_[at].forward); }

  void add(const Edge& edge) {
    Place& end = places_[edge.to];
    edges_.push_back(edge);
    previous_.push_back(end.last);
    end.last = edges_.size();
    end.forward = log_add(end.forward, places_[edge.from].forward + edge.weight);
  }

  /// The edges of one segmentation, the last first: from the end, each edge with the share it has
  /// in the forward sum.
  std::vector<Edge> draw(Draws& draws) const {
    std::vector<Edge> path;
    for (std::size_t at = places_.size() - 1; at > 0; at = path.back().from) {
      double left = draws.uniform();
      std::size_t chosen = places_[at].last;
      for (std::size_t e = chosen; e != 0 && left >= 0; e = previous_[e - 1]) {
        const Edge& edge = edges_[e - 1];
        chosen = e;
        left -= std::exp(places_[edge.from].forward + edge.weight - places_[at].forward);
      }
      path.push_back(edges_[chosen - 1]);
    }
    return path;
  }

 private:
  struct Place {
    double forward = -std::numeric_limits<double>::infinity();  // log sum over ways to get here
    std::size_t last = 0;  // the latest edge that ends here, plus 1
  };
  std::vector<Place> places_;  // [size + 1]
  std::vector<Edge> edges_;
  std::vector<std::size_t> previous_;  // [edges] the edge before into the same end, plus 1
};

}  // namespace

SegmentSampler::SegmentSampler(std::vector<SamplerPiece> pieces, std::vector<std::int32_t> byte_ids,
                               std::int32_t unknown_id)
    : pieces_(std::move(pieces)), byte_ids_(std::move(byte_ids)), unknown_id_(unknown_id) {
  std::sort(pieces_.begin(), pieces_.end(), [](const SamplerPiece& a, const SamplerPiece& b) {
    return a.text != b.text ? a.text < b.text : a.id < b.id;
  });
  const auto same = [](const SamplerPiece& a, const SamplerPiece& b) { return a.text == b.text; };
  pieces_.erase(std::unique(pieces_.begin(), pieces_.end(), same), pieces_.end());
  for (const SamplerPiece& piece : pieces_) unknown_score_ = std::min(unknown_score_, piece.score);
  unknown_score_ -= kUnknownPenalty;
  build();
}

void SegmentSampler::build() {
  struct Task {
    std::size_t node, begin, end, depth;  // pieces_[begin, end) share their first `depth` bytes
  };
  nodes_.emplace_back();
  std::vector<Task> tasks{{0, 0, pieces_.size(), 0}};
  for (std::size_t done = 0; done < tasks.size(); ++done) {
    Task task = tasks[done];
    if (task.begin < task.end && pieces_[task.begin].text.size() == task.depth)
      nodes_[task.node].piece = static_cast<std::int32_t>(task.begin++);
    nodes_[task.node].first_child = static_cast<std::int32_t>(nodes_.size());
    while (task.begin < task.end) {
      const char byte = pieces_[task.begin].text[task.depth];
      std::size_t end = task.begin;
      while (end < task.end && pieces_[end].text[task.depth] == byte) ++end;
      tasks.push_back({nodes_.size(), task.begin, end, task.depth + 1});
      nodes_.emplace_back().byte = static_cast<std::uint8_t>(byte);
      ++nodes_[task.node].children;
      task.begin = end;
    }
  }
}

std::int32_t SegmentSampler::child(std::int32_t node, char byte) const {
  const Node& parent = nodes_[static_cast<std::size_t>(node)];
  const Node* first = nodes_.data() + parent.first_child;
  const Node* last = first + parent.children;
  const auto wanted = static_cast<std::uint8_t>(byte);
  const Node* found = std::lower_bound(
      first, last, wanted, [](const Node& n, std::uint8_t value) { return n.byte < value; });
  return found != last && found->byte == wanted ? static_cast<std::int32_t>(found - nodes_.data())
                                                : -1;
}

std::int32_t SegmentSampler::find(std::string_view text) const {
  std::int32_t node = 0;
  for (const char c : text)
    if ((node = child(node, c)) < 0) return -1;
  return nodes_[static_cast<std::size_t>(node)].piece;
}

void SegmentSampler::append(std::string_view text, std::int32_t piece,
                            std::vector<std::int32_t>& ids) const {
  if (piece >= 0) {
    ids.push_back(pieces_[static_cast<std::size_t>(piece)].id);
  } else if (byte_ids_.empty()) {
    if (ids.empty() || ids.back() != unknown_id_) ids.push_back(unknown_id_);  // a run is one
  } else {
    for (const char c : text) ids.push_back(byte_ids_[static_cast<unsigned char>(c)]);
  }
}

void SegmentSampler::sample_unigram(std::string_view text, double alpha, std::uint64_t seed,
                                    std::vector<std::int32_t>& ids) const {
  Lattice lattice(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!lattice.reached(at)) continue;
    const std::size_t one = character_bytes(text.substr(at));
    bool covered = false;
    std::int32_t node = 0;
    for (std::size_t to = at; to < text.size() && (node = child(node, text[to])) >= 0; ++to) {
      const std::int32_t piece = nodes_[static_cast<std::size_t>(node)].piece;
      if (piece < 0) continue;
      covered = covered || to + 1 == at + one;
      lattice.add({at, to + 1, piece, alpha * pieces_[static_cast<std::size_t>(piece)].score});
    }
    if (!covered) lattice.add({at, at + one, -1, alpha * unknown_score_});
  }
  Draws draws(seed, text);
  const std::vector<Edge> path = lattice.draw(draws);
  for (auto edge = path.rbegin(); edge != path.rend(); ++edge)
    append(text.substr(edge->from, edge->to - edge->from), edge->piece, ids);
}

void SegmentSampler::sample_bpe(std::string_view text, double skip, std::uint64_t seed,
                                std::vector<std::int32_t>& ids) const {
  struct Symbol {
    std::size_t begin, size;       // size 0: merged away
    std::ptrdiff_t before, after;  // neighbours, or -1
  };
  struct Merge {
    float score;
    std::ptrdiff_t left, right;
    std::size_t size;
    bool operator<(const Merge& other) const {
      return score != other.score ? score < other.score : left > other.left;
    }
  };
  std::vector<Symbol> symbols;
  for (std::size_t at = 0; at < text.size(); at += symbols.back().size) {
    const auto i = static_cast<std::ptrdiff_t>(symbols.size());
    symbols.push_back({at, character_bytes(text.substr(at)), i - 1, i + 1});
  }
  if (symbols.empty()) return;
  symbols.back().after = -1;
  const auto symbol = [&](std::ptrdiff_t i) -> Symbol& {
    return symbols[static_cast<std::size_t>(i)];
  };
  std::priority_queue<Merge> agenda;
  const auto consider = [&](std::ptrdiff_t left, std::ptrdiff_t right) {
    if (left < 0 || right < 0) return;
    const std::size_t size = symbol(left).size + symbol(right).size;
    const std::int32_t piece = find(text.substr(symbol(left).begin, size));
    if (piece >= 0)
      agenda.push({pieces_[static_cast<std::size_t>(piece)].score, left, right, size});
  };
  for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(symbols.size()); ++i)
    consider(i, symbol(i).after);
  Draws draws(seed, text);
  while (!agenda.empty()) {
    const Merge top = agenda.top();
    agenda.pop();
    Symbol& left = symbol(top.left);
    Symbol& right = symbol(top.right);
    const bool stale = left.size == 0 || right.size == 0 || left.size + right.size != top.size;
    if (stale || draws.uniform() < skip) continue;
    left.size = top.size;
    right.size = 0;
    left.after = right.after;
    if (right.after >= 0) symbol(right.after).before = top.left;
    consider(left.before, top.left);
    consider(top.left, left.after);
  }
  for (std::ptrdiff_t i = 0; i >= 0; i = symbol(i).after) {
    const std::string_view part = text.substr(symbol(i).begin, symbol(i).size);
    append(part, find(part), ids);
  }
}

}  // namespace gemel
