#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/parameters.hpp"
#include "infer/text_batches.hpp"
#include "model/bundle_file.hpp"
#include "nn/towers.hpp"
#include "tokenizer/tokenizer.hpp"

namespace gemel::bench {

/// A model and the texts it reads: what every measurement of a run has in common.
class Workload {
 public:
  /// @param texts a file with a text a line, of which the first `most` are taken
  Workload(const std::string& model, const std::string& texts, std::size_t most);

  const std::string& model_path() const { return file_.path(); }
  const std::string& texts_path() const { return texts_path_; }
  const Bundle& bundle() const { return file_.bundle(); }
  const ParameterBlock& values() const { return values_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }
  const std::vector<std::string_view>& texts() const { return texts_; }
  TokenizedTexts tokenized(int threads) const;

  std::int64_t hidden() const { return bundle().config().hidden_size; }      // H
  std::int64_t dimension() const { return bundle().model.sentence_size(); }  // D
  double texts_count() const { return static_cast<double>(texts_.size()); }
  /// Mean tokens of the distinct texts.
  double tokens_a_text() const { return tokens_a_text_; }
  /// Recurrent products of a mean text in both directions, 4 H² multiplications and as many
  /// additions a token and direction.
  double operations_a_text() const;
  /// Recurrent weights of one direction: 4 H².
  double recurrent_weights() const;

 private:
  std::string texts_path_;
  BundleFile file_;
  nn::Towers towers_;
  ParameterBlock values_;
  Tokenizer tokenizer_;
  std::vector<std::string> lines_;
  std::vector<std::string_view> texts_;
  double tokens_a_text_ = 0;
};

}  // namespace gemel::bench
