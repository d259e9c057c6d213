#include "tests/bench/workload.hpp"

#include <fstream>
#include <gemel/error.hpp>

namespace gemel::bench {

Workload::Workload(const std::string& model, const std::string& texts, std::size_t most)
    : texts_path_(texts),
      file_(model),
      towers_(file_.bundle().model, Precision::f32),
      values_(towers_.layout()),
      tokenizer_(file_.bundle().tokenizer_model,
                 normalization_from_name(file_.bundle().normalizer)) {
  const EncoderConfig& config = bundle().config();
  if (config.kind != EncoderKind::lstm || config.layers != 1)
    throw Error(model, "is no single-layer LSTM, whose recurrent product is what rates count");
  file_.load_parameters(values_);
  std::ifstream file(texts);
  for (std::string line; lines_.size() < most && std::getline(file, line);) lines_.push_back(line);
  if (lines_.empty()) throw Error(texts, "holds no texts");
  texts_.assign(lines_.begin(), lines_.end());
  const TokenizedTexts all = tokenized(1);
  tokens_a_text_ = static_cast<double>(all.tokens) / static_cast<double>(all.ids.size());
}

TokenizedTexts Workload::tokenized(int threads) const {
  return tokenize_texts(tokenizer_, texts_, bundle().max_tokens, threads);
}

double Workload::recurrent_weights() const {
  return 4.0 * static_cast<double>(hidden() * hidden());
}

double Workload::operations_a_text() const {
  return 2 * 2 * recurrent_weights() * tokens_a_text_;
}

}  // namespace gemel::bench
