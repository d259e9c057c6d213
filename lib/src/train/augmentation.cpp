#include "train/augmentation.hpp"

#include <utf8.h>

#include <algorithm>
#include <array>

#include "core/check.hpp"
#include "train/augmented_words.hpp"

namespace gemel::train {
namespace {

constexpr std::array<std::string_view, 2> kTargets = {"both", "one"};

/// Leaves out each with probability p, but never all.
template <class T>
void drop(std::vector<T>& items, double p, Random& random) {
  if (items.empty()) return;
  T survivor = items[random.below(items.size())];
  std::erase_if(items, [&](const T&) { return random.uniform() < p; });
  if (items.empty()) items.push_back(std::move(survivor));
}

void swap_words(std::vector<Word>& words, double p, Random& random) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (random.uniform() >= p) continue;
    std::swap(words[i - 1], words[i]);
    std::swap(words[i - 1].gap, words[i].gap);  // whitespace stays where it is
    ++i;
  }
}

void change_cases(std::vector<Word>& words, double p, Random& random) {
  for (Word& word : words) {
    if (random.uniform() >= p) continue;
    const std::vector<std::string> others = other_cases(word.text);
    if (!others.empty()) word.text = others[random.below(others.size())];
  }
}

void change_punctuation(std::vector<Word>& words, double p, Random& random) {
  const bool ended = ends_in_punctuation(words.back().text);
  std::vector<Word> left;
  for (const Word& word : words) {
    Word bare = word;
    bare.text = without_marks(word.text, [&] { return random.uniform() < p; });
    if (!bare.text.empty()) left.push_back(std::move(bare));
  }
  if (left.empty()) return;  // a text of punctuation alone
  words = std::move(left);
  if (ended || random.uniform() >= p) return;
  constexpr std::string_view kMarks[] = {".", "?", "!"}, kWide[] = {"\u3002", "\uff1f", "\uff01"};
  Word& last = words.back();
  last.text += (last.ideographic ? kWide : kMarks)[random.below(3)];
}

}  // namespace

std::string_view name(AugmentTarget target) {
  return kTargets[static_cast<std::size_t>(target)];
}
AugmentTarget augment_target_from_name(std::string_view n) {
  return static_cast<AugmentTarget>(index_of_name("augment_target", n, kTargets));
}

void AugmentationOptions::validate() const {
  check_range("word_dropout", word_dropout, 0.0f, 0.9f);
  check_range("token_dropout", token_dropout, 0.0f, 0.9f);
  check_range("word_swap", word_swap, 0.0f, 1.0f);
  check_range("case_noise", case_noise, 0.0f, 1.0f);
  check_range("punctuation_noise", punctuation_noise, 0.0f, 1.0f);
  check_range("sample_segmentation", sample_segmentation, 0.0f, 10.0f);
  check_range("side_swap", side_swap, 0.0f, 1.0f);
}

bool AugmentationOptions::alters_text() const {
  return word_dropout > 0 || word_swap > 0 || case_noise > 0 || punctuation_noise > 0;
}
bool AugmentationOptions::alters_tokens() const {
  return token_dropout > 0 || sample_segmentation > 0;
}

std::string augment_text(const AugmentationOptions& options, std::string_view text,
                         Random& random) {
  if (!options.alters_text() || !utf8::is_valid(text.begin(), text.end())) return std::string(text);
  WordList list = split_words(text);
  std::vector<Word>& words = list.words;
  if (words.empty()) return std::string(text);
  const std::string_view begin = words.front().gap;
  if (options.word_dropout > 0) drop(words, double{options.word_dropout}, random);
  if (options.word_swap > 0) swap_words(words, double{options.word_swap}, random);
  if (options.case_noise > 0) change_cases(words, double{options.case_noise}, random);
  if (options.punctuation_noise > 0)
    change_punctuation(words, double{options.punctuation_noise}, random);
  words.front().gap = begin;
  return join_words(list);
}

void drop_tokens(std::vector<std::int32_t>& ids, double probability, Random& random) {
  drop(ids, probability, random);
}

AugmentedSides augmented_sides(const AugmentationOptions& options, Random& random) {
  if (options.target == AugmentTarget::both) return {true, true};
  const bool first = random.below(2) == 0;
  return {first, !first};
}

bool swaps_sides(const AugmentationOptions& options, Random& random) {
  return random.uniform() < double{options.side_swap};
}

}  // namespace gemel::train
