#pragma once
#include <string>
#include <vector>

#include "tokenizer/tokenizer.hpp"
#include "tokenizer/tokenizer_trainer.hpp"

namespace gemel::testing {

/// 480 short texts of a small English and Chinese grammar: enough for a few hundred pieces.
inline std::vector<std::string> tiny_corpus() {
  std::vector<std::string> texts;
  for (const char* verb : {"reset", "change", "delete", "recover", "protect", "share"})
    for (const char* thing : {"password", "account", "picture", "invoice", "address"})
      for (const char* ask : {"How do I", "Why can't I", "What's the way to", "Where do they"})
        for (const char* tail : {"?", " on my phone?"})
          texts.push_back(std::string(ask) + " " + verb + " the " + thing + tail);
  for (const char* verb : {"重置", "修改", "删除", "找回", "保护", "分享"})
    for (const char* thing : {"密码", "账户", "图片", "发票", "地址"})
      for (const char* ask : {"如何", "怎么", "我想", "请问"})
        for (const char* tail : {"？", "，谢谢。"})
          texts.push_back(std::string(ask) + verb + thing + tail);
  return texts;
}

inline std::string train(const TokenizerOptions& options, const std::vector<std::string>& texts) {
  std::size_t at = 0;
  return train_tokenizer(options, [&](std::string& text) {
    if (at >= texts.size()) return false;
    text = texts[at++];
    return true;
  });
}

inline TokenizerOptions tiny_options(TokenizerKind kind = TokenizerKind::unigram,
                                     Normalization mode = Normalization::spaces) {
  TokenizerOptions options;
  options.kind = kind;
  options.normalization = mode;
  options.vocabulary_size = 340;
  options.character_coverage = 1;
  options.threads = 2;
  return options;
}

}  // namespace gemel::testing
