#include "apps/self_tests.hpp"

#include <array>
#include <utility>

#include "dnn/context.hpp"

namespace gemel::app {
namespace {

// Written by us, so that a bundle carries nobody's data.
constexpr std::array kSelfTestTexts = {"How do I reset my password?", "怎么修改登录密码？", ""};

}  // namespace

std::vector<SelfTest> make_self_tests(const nn::Towers& model, const ParameterBlock& values,
                                      const Tokenizer& tokenizer) {
  dnn::Context context;
  std::vector<SelfTest> tests;
  const std::int64_t size = model.config().sentence_size();
  for (std::size_t t = 0; t < model.size(); ++t) {
    nn::Encoder::Packed packed;
    model.encoder(t).pack(context, values, false, packed);
    for (const char* text : kSelfTestTexts) {
      std::vector<std::int32_t> ids;
      tokenizer.encode(text, ids);
      SelfTest test{text, std::vector<float>(static_cast<std::size_t>(size)), static_cast<int>(t)};
      model.encoder(t).forward(context, values, packed, nn::TokenBatch::from({&ids}),
                               {test.embedding.data(), 1, size}, nullptr, nullptr);
      tests.push_back(std::move(test));
    }
  }
  return tests;
}

}  // namespace gemel::app
