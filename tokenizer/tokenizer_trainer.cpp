#include "tokenizer/tokenizer_trainer.hpp"

#include <sentencepiece_trainer.h>

#include <algorithm>
#include <gemel/error.hpp>
#include <random>
#include <unordered_map>
#include <vector>

#include "tokenizer/model_header.hpp"

namespace gemel {
namespace {

constexpr std::size_t kSentenceBytes = 4000;                // sentencepiece drops longer ones
constexpr std::size_t kCorpusBytes = std::size_t{1} << 30;  // its suffix array counts in int32

/// Uniform sample of at most `capacity` sentences in one pass (Vitter 1985, algorithm R). Sentences
/// keep their order until the sample is full.
class Reservoir {
 public:
  Reservoir(std::size_t capacity, std::uint64_t seed) : capacity_(capacity), random_(seed) {}

  void add(std::string_view sentence) {
    ++seen_;
    if (sentences_.size() < capacity_) {
      bytes_ += sentence.size();
      sentences_.emplace_back(sentence);
    } else if (const std::uint64_t slot = random_() % seen_; slot < capacity_) {
      bytes_ += sentence.size() - sentences_[slot].size();
      sentences_[slot] = sentence;
    }
    if (bytes_ > kCorpusBytes)
      throw Error("max_sentences",
                  std::to_string(sentences_.size()) + " sentences hold more than 1 GiB of text",
                  "choose a smaller max_sentences");
  }
  std::vector<std::string>& sentences() { return sentences_; }

 private:
  std::size_t capacity_, bytes_ = 0;
  std::uint64_t seen_ = 0;
  std::mt19937_64 random_;
  std::vector<std::string> sentences_;
};

class SampleIterator : public sentencepiece::SentenceIterator {
 public:
  explicit SampleIterator(const std::vector<std::string>& sentences) : sentences_(sentences) {}
  bool done() const override { return at_ >= sentences_.size(); }
  void Next() override { ++at_; }
  const std::string& value() const override { return sentences_[at_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& sentences_;
  std::size_t at_ = 0;
};

/// Adds `text` in sentences of at most kSentenceBytes, cut at a space or between characters.
void add_text(std::string_view text, Reservoir& sample) {
  while (!text.empty()) {
    std::size_t end = std::min(text.size(), kSentenceBytes);
    if (end < text.size()) {
      const std::size_t blank = text.rfind(' ', end);
      if (blank != std::string_view::npos && blank > 0) end = blank;
      while (end > 1 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    }
    const std::string_view sentence = text.substr(0, end);
    if (sentence.find_first_not_of(' ') != std::string_view::npos) sample.add(sentence);
    text.remove_prefix(end);
  }
}

Reservoir sample_texts(const TokenizerOptions& options,
                       const std::function<bool(std::string&)>& next) {
  Reservoir sample(static_cast<std::size_t>(options.max_sentences), options.seed);
  std::string text, normal;
  while (next(text)) {
    // sentencepiece takes these for line ends or refuses the corpus.
    for (char& c : text)
      if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    normalize(options.normalization, text, normal);
    add_text(normal, sample);
  }
  return sample;
}

std::unordered_map<std::string, std::string> trainer_arguments(const TokenizerOptions& options) {
  const bool plain = options.normalization == Normalization::none;
  const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
  return {
      {"model_type", std::string(name_of(options.kind))},
      {"vocab_size", std::to_string(options.vocabulary_size)},
      {"normalization_rule_name", options.fold_case ? "nmt_nfkc_cf" : "nmt_nfkc"},
      {"byte_fallback", flag(options.byte_fallback)},
      {"character_coverage", std::to_string(options.character_coverage)},
      {"num_threads", std::to_string(options.threads)},
      {"input_sentence_size", "0"},
      {"shuffle_input_sentence", "false"},
      {"unk_id", "0"},
      {"eos_id", "1"},
      {"bos_id", "-1"},
      {"pad_id", "-1"},
      // Our normaliser has put each word's space already, and separated punctuation from letters,
      // so that "'s", "n't" and "3.5" may be pieces.
      {"add_dummy_prefix", flag(plain)},
      {"remove_extra_whitespaces", flag(plain)},
      {"split_by_unicode_script", flag(plain)},
      {"split_by_number", flag(plain)},
      {"minloglevel", "3"},
  };
}

/// The last whole number in sentencepiece's message, or nothing.
std::string last_number(const std::string& message) {
  const std::size_t end = message.find_last_of("0123456789");
  if (end == std::string::npos) return "";
  const std::size_t before = message.find_last_not_of("0123456789", end);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return message.substr(begin, end + 1 - begin);
}

[[noreturn]] void report(const TokenizerOptions& options, const std::string& message) {
  const std::string asked = "is " + std::to_string(options.vocabulary_size);
  if (message.find("Vocabulary size too high") != std::string::npos)
    throw Error("vocabulary_size", asked + ", but the texts yield fewer pieces",
                "choose at most " + last_number(message) + " or give more texts");
  if (message.find("Vocabulary size is smaller than required_chars") != std::string::npos)
    throw Error("vocabulary_size", asked + ", too small for the texts' characters",
                "choose a larger vocabulary_size or a smaller character_coverage");
  throw Error("tokenizer", "training failed: " + message,
              "try other texts or a smaller vocabulary");
}

}  // namespace

std::string train_tokenizer(const TokenizerOptions& options,
                            const std::function<bool(std::string&)>& next) {
  options.validate();
  Reservoir sample = sample_texts(options, next);
  if (sample.sentences().empty())
    throw Error("tokenizer", "there is no text to train on", "give a corpus with words in it");
  SampleIterator sentences(sample.sentences());
  std::string model;
  const auto status =
      sentencepiece::SentencePieceTrainer::Train(trainer_arguments(options), &sentences, &model);
  if (!status.ok()) report(options, status.error_message());
  return with_header(options.normalization, model);
}

}  // namespace gemel
