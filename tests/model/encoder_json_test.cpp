// The younger fields of an encoder's config: written where they differ from their defaults only.
#include <doctest.h>

#include "model/model_json.hpp"
#include "tests/model/sample_bundle.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {
const std::string kRequired =
    R"("vocabulary_size":100,"embedding_size":8,"hidden_size":4,"layers":2,"pooling":["max"])";
std::string refusal(const std::string& field) {
  return message_of([&] { encoder_config_from_json("m, encoder", "{" + kRequired + field + "}"); });
}
}  // namespace

TEST_CASE("kind, shortcuts, widths, state attention and penalty survive being written and read") {
  EncoderConfig c;
  c.vocabulary_size = 100;
  c.pooling = {Pooling::attention};
  c.attention_heads = 4;
  const std::string old = encoder_config_to_json(c);
  CHECK(old.find("kind") == std::string::npos);
  CHECK(old.find("widths") == std::string::npos);
  c.kind = EncoderKind::gru;
  c.shortcut = true;
  c.state_attention_heads = 8;
  c.attention_penalty = 0.25f;
  const std::string text = encoder_config_to_json(c);
  CHECK(text == old.substr(0, old.size() - 1) +
                    R"(,"kind":"gru","shortcut":true,"state_attention_heads":8,)"
                    R"("attention_penalty":0.25})");
  CHECK(encoder_config_from_json("m", text) == c);
  c.kind = EncoderKind::convolution;
  c.shortcut = false;
  c.widths = {2, 5};
  CHECK(encoder_config_to_json(c).find(R"("kind":"cnn","widths":[2,5],)") != std::string::npos);
  CHECK(encoder_config_from_json("m", encoder_config_to_json(c)) == c);
}

TEST_CASE("a wrong younger field is named with its place") {
  const std::string advice = "; the file is damaged: copy it again or train anew";
  CHECK(refusal(R"(,"kind":"rnn")") ==
        "m, encoder.kind: 'rnn' is not known; choose among lstm, gru, cnn, average");
  CHECK(refusal(R"(,"kind":1)") == "m, encoder.kind: is not a string" + advice);
  CHECK(refusal(R"(,"widths":3)") == "m, encoder.widths: is not a list" + advice);
  CHECK(refusal(R"(,"widths":[1,"2"])") == "m, encoder.widths: is not a whole number" + advice);
  CHECK(refusal(R"(,"widths":[1,1])") == "m, encoder.widths: names a width twice; name each once");
  CHECK(refusal(R"(,"kind":"average","pooling":["max"],"shortcut":true)") ==
        "m, encoder.shortcut: is on, which kind average does not have; choose kind lstm or gru, or "
        "leave it off");
}
