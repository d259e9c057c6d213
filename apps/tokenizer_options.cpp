#include "apps/tokenizer_options.hpp"

#include <optional>

#include "apps/input.hpp"

namespace gemel::app {

void add_tokenizer_options(CommandLine& line) {
  const TokenizerOptions o;
  line.group("Tokenizer")
      .add_options()  //
      ("kind", po::value<std::string>()->default_value(std::string(name_of(o.kind))),
       "unigram or bpe")  //
      ("vocabulary-size", po::value<std::int64_t>()->default_value(o.vocabulary_size),
       "pieces, 256 bytes included")                                 //
      ("keep-case", po::bool_switch(), "NFKC without case folding")  //
      ("no-byte-fallback", po::bool_switch(),
       "unknown characters become <unk>, not their bytes")  //
      ("normalizer", po::value<std::string>()->default_value(std::string(name_of(o.normalization))),
       "spaces: tokenised and natural spacing become one; punctuation: drop it as well; none")  //
      ("character-coverage", po::value<double>()->default_value(o.character_coverage, "0.9995"),
       "share of the characters that get a piece of their own")  //
      ("max-sentences", po::value<std::int64_t>()->default_value(o.max_sentences),
       "texts learned from, sampled if there are more")  //
      ("tokenizer-seed", po::value<std::uint64_t>()->default_value(o.seed), "of that sample");
}

TokenizerOptions read_tokenizer_options(const CommandLine& line) {
  TokenizerOptions o;
  o.kind = tokenizer_kind_from_name(line.get<std::string>("kind"));
  o.vocabulary_size = line.get<std::int64_t>("vocabulary-size");
  o.fold_case = !line.get<bool>("keep-case");
  o.byte_fallback = !line.get<bool>("no-byte-fallback");
  o.normalization = normalization_from_name(line.get<std::string>("normalizer"));
  o.character_coverage = line.get<double>("character-coverage");
  o.max_sentences = line.get<std::int64_t>("max-sentences");
  o.seed = line.get<std::uint64_t>("tokenizer-seed");
  o.validate();
  return o;
}

std::string train_on_pairs(const TokenizerOptions& options, const std::vector<PairOptions>& files) {
  std::size_t file = 0;
  std::optional<PairReader> reader;
  PairRow row;
  bool second = false;  // the row's second text is still to be handed out
  const auto next = [&](std::string& text) {
    if (second) {
      second = false;
      text = std::move(row.text2);
      return true;
    }
    for (;; ++file) {
      if (!reader && file < files.size()) reader.emplace(files[file]);
      if (!reader) return false;
      if (reader->next(row)) break;
      report_bad_rows(files[file].input.path, reader->bad_rows());
      reader.reset();
    }
    second = true;
    text = std::move(row.text1);
    return true;
  };
  return train_tokenizer(options, next);
}

}  // namespace gemel::app
