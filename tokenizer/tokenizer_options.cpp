#include "tokenizer/tokenizer_options.hpp"

#include <gemel/error.hpp>
#include <sstream>
#include <string>

namespace gemel {
namespace {

template <class T>
void check(const char* field, T value, T low, T high) {
  if (value >= low && value <= high) return;
  std::ostringstream found, allowed;
  found << "is " << value;
  allowed << "allowed is " << low << " to " << high;
  throw Error(field, found.str(), allowed.str());
}

}  // namespace

std::string_view name_of(TokenizerKind kind) {
  return kind == TokenizerKind::unigram ? "unigram" : "bpe";
}

TokenizerKind tokenizer_kind_from_name(std::string_view name) {
  for (const TokenizerKind kind : {TokenizerKind::unigram, TokenizerKind::bpe})
    if (name_of(kind) == name) return kind;
  throw Error("kind", "'" + std::string(name) + "' is not known", "choose among unigram, bpe");
}

void TokenizerOptions::validate() const {
  check<std::int64_t>("vocabulary_size", vocabulary_size, byte_fallback ? 259 : 3, 1000000);
  check("character_coverage", character_coverage, 0.98, 1.0);
  check<std::int64_t>("max_sentences", max_sentences, 1, 100000000);
  check("threads", threads, 1, 1024);
}

}  // namespace gemel
