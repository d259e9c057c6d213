#include "model/model_json.hpp"

#include <doctest.h>

#include "tests/model/sample_bundle.hpp"

using namespace gemel;
using namespace gemel::test;

namespace {
const std::string kRequired =
    R"("vocabulary_size":100,"embedding_size":8,"hidden_size":4,"layers":2,"pooling":["max"])";
std::string read(const std::string& text) {
  return message_of([&] { encoder_config_from_json("m, encoder", text); });
}
}  // namespace

TEST_CASE("an encoder config is written field by field") {
  EncoderConfig c;
  c.vocabulary_size = 100;
  c.pooling = {Pooling::last, Pooling::attention};
  c.dropout_output = 0.5f;
  CHECK(encoder_config_to_json(c) ==
        R"({"vocabulary_size":100,"embedding_size":256,"hidden_size":256,"layers":1,)"
        R"("pooling":["last","attention"],"attention_heads":1,"attention_size":64,)"
        R"("projection_size":0,"unit_length":false,"dropout_embedding":0.0,"dropout_layer":0.0,)"
        R"("dropout_output":0.5})");
  CHECK(encoder_config_from_json("m", encoder_config_to_json(c)) == c);
  CHECK(encoder_config_from_json("m", encoder_config_to_json(sample_bundle().config())) ==
        sample_bundle().config());
}

TEST_CASE("missing fields take their defaults, unknown ones are ignored") {
  const EncoderConfig c = encoder_config_from_json("m", "{" + kRequired + R"(,"later":{"x":[1]}})");
  CHECK(c.vocabulary_size == 100);
  CHECK(c.embedding_size == 8);
  CHECK(c.layers == 2);
  CHECK(c.pooling == std::vector<Pooling>{Pooling::max});
  CHECK(c.attention_size == 64);
  CHECK_FALSE(c.unit_length);
}

TEST_CASE("a wrong field is named with its place") {
  const std::string advice = "; the file is damaged: copy it again or train anew";
  CHECK(read("nonsense") == "m, encoder: is not a JSON object" + advice);
  CHECK(read("[]") == "m, encoder: is not a JSON object" + advice);
  CHECK(read("{}") == "m, encoder.vocabulary_size: is missing" + advice);
  CHECK(read(R"({"vocabulary_size":"8"})") ==
        "m, encoder.vocabulary_size: is not a whole number" + advice);
  CHECK(read(R"({"vocabulary_size":8.5})") ==
        "m, encoder.vocabulary_size: is not a whole number" + advice);
  CHECK(read(R"({"vocabulary_size":18446744073709551615})") ==
        "m, encoder.vocabulary_size: is out of range" + advice);
  CHECK(read("{" + kRequired + R"(,"layers":99})") ==
        "m, encoder.layers: is 99; allowed is 1 to 8");
  CHECK(read("{" + kRequired + R"(,"attention_heads":5000000000})") ==
        "m, encoder.attention_heads: is out of range" + advice);
  CHECK(read("{" + kRequired + R"(,"unit_length":1})") ==
        "m, encoder.unit_length: is not true or false" + advice);
  CHECK(read("{" + kRequired + R"(,"dropout_layer":true})") ==
        "m, encoder.dropout_layer: is not a number" + advice);
  CHECK(read("{" + kRequired + R"(,"dropout_layer":1e300})") ==
        "m, encoder.dropout_layer: is out of range" + advice);
  CHECK(read("{" + kRequired + R"(,"pooling":"max"})") ==
        "m, encoder.pooling: is not a list" + advice);
  CHECK(read("{" + kRequired + R"(,"pooling":["sum"]})") ==
        "m, encoder.pooling: 'sum' is not known; choose among mean, max, last, attention");
  CHECK(read("{" + kRequired + R"(,"pooling":[]})") ==
        "m, encoder.pooling: is empty; choose among mean, max, last, attention");
}
