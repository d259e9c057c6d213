#include "train/evaluation/overlap.hpp"

#include <algorithm>

#include "core/random.hpp"
#include "train/evaluation/text_features.hpp"

namespace gemel::evaluation {
namespace {

std::uint64_t pair_hash(std::uint64_t a, std::uint64_t b) {
  return splitmix64(std::min(a, b)) + 3 * splitmix64(std::max(a, b));
}

}  // namespace

void TrainingTexts::add_text(std::string_view text) {
  texts_.insert(loose_text_hash(text));
}

void TrainingTexts::add_pair(std::string_view text1, std::string_view text2) {
  const std::uint64_t a = loose_text_hash(text1), b = loose_text_hash(text2);
  texts_.insert(a);
  texts_.insert(b);
  pairs_.insert(pair_hash(a, b));
}

bool TrainingTexts::has_text(std::string_view text) const {
  return texts_.count(loose_text_hash(text)) != 0;
}

bool TrainingTexts::has_pair(std::string_view text1, std::string_view text2) const {
  return pairs_.count(pair_hash(loose_text_hash(text1), loose_text_hash(text2))) != 0;
}

void OverlapCount::add_pair(std::string_view text1, std::string_view text2) {
  const std::uint64_t hashes[] = {loose_text_hash(text1), loose_text_hash(text2)};
  int seen = 0;
  for (const std::uint64_t h : hashes) {
    const bool known = training_->texts_.count(h) != 0;
    seen += known;
    if (texts_.insert(h).second) {
      ++overlap_.texts;
      overlap_.seen_texts += known;
    }
  }
  const bool pair_seen = training_->pairs_.count(pair_hash(hashes[0], hashes[1])) != 0;
  ++overlap_.pairs;
  overlap_.seen_pairs += pair_seen;
  overlap_.both_seen += seen == 2;
  overlap_.both_unseen += seen == 0;
  overlap_.pair_is_new.push_back(!pair_seen);
  overlap_.both_texts_are_new.push_back(seen == 0);
}

}  // namespace gemel::evaluation
