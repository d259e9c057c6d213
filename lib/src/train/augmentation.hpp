#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.hpp"

namespace gemel::train {

/// Which texts of a positive pair are altered.
enum class AugmentTarget {
  both,  ///< each by its own draws
  one,   ///< one of them, chosen by chance
};
/// "both" or "one".
std::string_view name(AugmentTarget);
/// Inverse of name. Error "augment_target: 'NAME' is not known; choose among both, one".
AugmentTarget augment_target_from_name(std::string_view);

/// How texts are altered in training. Zero everywhere, the default, alters nothing.
struct AugmentationOptions {
  float word_dropout = 0;   ///< probability of leaving out each word; 0 to 0.9
  float token_dropout = 0;  ///< probability of leaving out each token; 0 to 0.9
  /// Probability for two neighbouring words to change places, from left to right; a word moves one
  /// place at most; 0 to 1.
  float word_swap = 0;
  float case_noise = 0;  ///< probability of writing each word in another case; 0 to 1
  /// Probability of leaving out each punctuation mark that is not inside a word, and of ending a
  /// text that ends without one in a full stop, question or exclamation mark; 0 to 1.
  float punctuation_noise = 0;
  float sample_segmentation = 0;  ///< 0: the best segmentation; else the sampler's α, up to 10
  AugmentTarget target = AugmentTarget::both;
  float side_swap = 0;  ///< probability for the texts of a pair to change sides; 0 to 1

  /// Throws Error naming the field, its value and the allowed range.
  void validate() const;
  bool alters_text() const;    ///< whether augment_text may change anything
  bool alters_tokens() const;  ///< token dropout or sampled segmentation
};

/// `text`, words left out, swapped and rewritten as the options say. Words are what stands between
/// whitespace; in scripts written without spaces each ideograph is a word. Punctuation belongs to
/// the word it touches. Never blank unless `text` is; valid UTF-8 stays valid, and a text that is
/// not valid is returned as it is. A pure function of its arguments and the state of `random`.
std::string augment_text(const AugmentationOptions& options, std::string_view text, Random& random);

/// Leaves out each token with probability `probability`, but never all of them.
void drop_tokens(std::vector<std::int32_t>& ids, double probability, Random& random);

/// Which sides of one positive pair are to be altered.
struct AugmentedSides {
  bool first = true, second = true;
};
AugmentedSides augmented_sides(const AugmentationOptions& options, Random& random);

/// Whether one pair shall change sides.
bool swaps_sides(const AugmentationOptions& options, Random& random);

}  // namespace gemel::train
