// Towers, links and pair head in a bundle: written and read, and refused where they are damaged.
#include <doctest.h>

#include <nlohmann/json.hpp>

#include "core/random.hpp"
#include "model/bundle_file.hpp"
#include "model/bundle_parser.hpp"
#include "model/model_json.hpp"
#include "tests/model/bundle_parts.hpp"

using namespace gemel;
using namespace gemel::test;
using nlohmann::ordered_json;

namespace {

std::string metadata_of(const Bundle& bundle, const char* key) {
  const ordered_json metadata = parts_of(bundle).header["__metadata__"];
  return metadata.contains(key) ? metadata[key].get<std::string>() : "absent";
}

// What parsing says of sample_towers_bundle() with one metadata string replaced.
std::string changed(const std::string& key, const std::string& value) {
  static const Parts sample = parts_of(sample_towers_bundle());
  Parts parts = sample;
  parts.header["__metadata__"][key] = value;
  return parse(parts);
}

std::string towers_changed(const std::string& path, const ordered_json& value) {
  static const std::string sample = metadata_of(sample_towers_bundle(), "towers");
  ordered_json towers = ordered_json::parse(sample);
  towers[ordered_json::json_pointer(path)] = value;
  return changed("towers", towers.dump());
}

std::string head_changed(const char* key, const ordered_json& value) {
  static const std::string sample = metadata_of(sample_towers_bundle(), "head");
  ordered_json head = ordered_json::parse(sample);
  if (value.is_null())
    head.erase(key);
  else
    head[key] = value;
  return changed("head", head.dump());
}

std::string write_refusal(const Bundle& bundle) {
  const TemporaryFolder folder;
  return message_of([&] { write_bundle(folder.file("m"), bundle, sample_values()); });
}

}  // namespace

TEST_CASE("towers, links, head and the self-tests' towers come back as they were written") {
  const TemporaryFolder folder;
  Bundle b = sample_towers_bundle();
  b.fingerprint = write_bundle(folder.file("m"), b, sample_values());
  CHECK(BundleFile(folder.file("m")).bundle() == b);
  b.model.head_input = HeadInput::pooled;
  for (TowerConfig& tower : b.model.towers) {
    tower.encoder = b.model.towers[0].encoder;
    tower.encoder.projection_size = 3;
  }
  b.fingerprint = write_bundle(folder.file("m"), b, sample_values());
  CHECK(BundleFile(folder.file("m")).bundle() == b);
  CHECK(metadata_of(b, "format_version") == "4");
  CHECK(metadata_of(b, "head").starts_with(R"({"size":4,"dropout":0.25,"input":"pooled","thre)"));
  b = sample_towers_bundle();
  b.head_verdict.reset();  // trained without dev pairs
  b.fingerprint = write_bundle(folder.file("m"), b, sample_values());
  CHECK(BundleFile(folder.file("m")).bundle() == b);
}

TEST_CASE("their metadata is written as the format says") {
  const Bundle b = sample_towers_bundle();
  CHECK(metadata_of(b, "format_version") == "2");
  CHECK(metadata_of(b, "self_test_towers") == "[0,1]");
  CHECK(metadata_of(b, "head") ==
        R"({"size":4,"dropout":0.25,"threshold":0.375,"value":0.875,"candidates":0.5,)"
        R"("found_on":"dev.tsv","pairs":4000})");
  CHECK(metadata_of(b, "encoder") == encoder_config_to_json(b.config()));
  CHECK(metadata_of(b, "towers") ==
        R"({"towers":[{"name":"question"},{"name":"passage","encoder":)" +
            encoder_config_to_json(b.model.towers[1].encoder) +
            R"(}],"links":["question:passage","passage:passage"]})");
}

TEST_CASE(
    "a plain siamese model's metadata says nothing of towers and heads, and keeps version 1") {
  for (const char* key : {"towers", "head", "self_test_towers"})
    CHECK(metadata_of(sample_bundle(), key) == "absent");
  CHECK(metadata_of(sample_bundle(), "format_version") == "1");
  Bundle named = sample_bundle();
  named.model.towers[0].name = "sentence";
  CHECK(metadata_of(named, "format_version") == "1");
  const TemporaryFolder folder;
  named.fingerprint = write_bundle(folder.file("m"), named, sample_values());
  CHECK(BundleFile(folder.file("m")).bundle() == named);
}

TEST_CASE("what readers of version 1 do not know raises the version") {
  const auto version = [](auto&& change) {
    ModelConfig model = sample_bundle().model;
    change(model);
    return needed_version(model);
  };
  CHECK(version([](ModelConfig&) {}) == 1);
  CHECK(version([](ModelConfig& m) { m.head_size = 1; }) == 2);
  CHECK(version([](ModelConfig& m) { m.towers.push_back({"b", m.towers[0].encoder}); }) == 2);
  CHECK(version([](ModelConfig& m) { m.towers[0].encoder.kind = EncoderKind::gru; }) == 2);
  CHECK(version([](ModelConfig& m) { m.towers[0].encoder.shortcut = true; }) == 2);
  CHECK(version([](ModelConfig& m) { m.towers[0].encoder.state_attention_heads = 1; }) == 2);
}

TEST_CASE("damaged towers are refused by name") {
  REQUIRE(towers_changed("/towers/1/name", "passage") == "no error");
  CHECK(changed("towers", "nonsense") == "m, towers: is not a JSON object" + kAdvice);
  CHECK(changed("towers", "{}") == "m, towers.towers: is not a list" + kAdvice);
  CHECK(towers_changed("/towers", 7) == "m, towers.towers: is not a list" + kAdvice);
  CHECK(towers_changed("/towers/0", 7) == "m, towers.towers[0]: is not a JSON object" + kAdvice);
  CHECK(towers_changed("/towers/1", ordered_json::object()) ==
        "m, towers.towers[1].name: is missing" + kAdvice);
  CHECK(towers_changed("/towers/1/name", 3) ==
        "m, towers.towers[1].name: is not a string" + kAdvice);
  CHECK(towers_changed("/towers/1", {{"name", "passage"}}) ==
        "m, towers passage: is not a JSON object" + kAdvice);
  CHECK(towers_changed("/towers/1/encoder/layers", "one") ==
        "m, towers passage.layers: is not a whole number" + kAdvice);
  CHECK(towers_changed("/towers/1/encoder/kind", "transformer") ==
        "m, towers passage.kind: 'transformer' is not known; choose among lstm, gru, cnn, "
        "average");
  CHECK(towers_changed("/towers/1/encoder/projection_size", 2) ==
        "m, tower passage: has embeddings of 2 floats, tower question of 3; "
        "give both the same --projection-size");
  CHECK(towers_changed("/towers/1/encoder/vocabulary_size", 9) ==
        "m, tower passage: has another vocabulary than tower question; "
        "all towers share one tokenizer");
}

TEST_CASE("damaged names and links of towers are refused") {
  Bundle twice = sample_towers_bundle();
  twice.model.towers[1].name = "question";
  CHECK(write_refusal(twice) == "tower: 'question' is named twice; give each its own name");
  ordered_json json = ordered_json::parse(metadata_of(sample_towers_bundle(), "towers"));
  json["towers"][1]["name"] = "question";
  json["links"] = {"question:question"};
  CHECK(changed("towers", json.dump()) ==
        "m, tower: 'question' is named twice; give each its own name");
  json["towers"][1]["name"] = "Passage 2";
  CHECK(changed("towers", json.dump()) ==
        "m, tower: 'Passage 2' is no name; take 1 to 32 of a to z, 0 to 9, '-' and '_'");
  json["towers"] = ordered_json::array();
  json["links"] = ordered_json::array();
  CHECK(changed("towers", json.dump()) == "m, towers: is 0; allowed is 1 to 16");
  CHECK(towers_changed("/links", "question:passage") == "m, towers.links: is not a list" + kAdvice);
  CHECK(towers_changed("/links/0", 5) == "m, towers.links: is not a string" + kAdvice);
  CHECK(towers_changed("/links", ordered_json::array()) == "m, links: is 0; allowed is 1 to 256");
  CHECK(towers_changed("/links/0", "question:answer") ==
        "m, towers, tower: 'answer' is not known; choose among question, passage");
  CHECK(towers_changed("/links/0", "question") ==
        "m, towers, links: 'question' is no pair of towers; "
        "write tower:tower, several with commas between");
  CHECK(towers_changed("/links/0", "passage:passage") ==
        "m, links: 'passage:passage' is named twice");
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  CHECK(changed("towers", R"({"towers":[{"name":"a","encoder":)" + deep + "}]}") ==
        "m, towers: is nested too deeply" + kAdvice);
}

TEST_CASE("a link out of range is refused before it is written") {
  Bundle b = sample_towers_bundle();
  b.model.links[1].b = 2;
  CHECK(write_refusal(b) == "link: is 2; allowed is 0 to 1");
  b.model.links[1].b = -1;
  CHECK(write_refusal(b) == "link: is -1; allowed is 0 to 1");
}

TEST_CASE("a damaged head is refused by field") {
  REQUIRE(head_changed("value", 0.5) == "no error");
  CHECK(changed("head", "[]") == "m, head: is not a JSON object" + kAdvice);
  CHECK(head_changed("size", nullptr) == "m, head.size: is missing" + kAdvice);
  CHECK(head_changed("size", "4") == "m, head.size: is not a whole number" + kAdvice);
  CHECK(head_changed("size", 0) == "m, head.size: is 0; allowed is 1 to 4096");
  CHECK(head_changed("size", 4097) == "m, head.size: is 4097; allowed is 1 to 4096");
  CHECK(head_changed("dropout", 1) == "m, head_dropout: is 1; allowed is 0 to 0.99");
  CHECK(head_changed("input", "states") ==
        "m, head_input: 'states' is not known; choose among embedding, pooled");
  CHECK(head_changed("threshold", 1.5) == "m, head.threshold: is 1.5; allowed is 0 to 1");
  CHECK(head_changed("threshold", "x") == "m, head.threshold: is not a number" + kAdvice);
  CHECK(head_changed("threshold", nullptr) == "no error");  // never measured
  CHECK(head_changed("value", -1) == "m, head.value: is -1; allowed is 0 to 1");
  CHECK(head_changed("candidates", nullptr) == "m, head.candidates: is missing" + kAdvice);
  CHECK(head_changed("candidates", 1e300) == "m, head.candidates: is out of range" + kAdvice);
  CHECK(head_changed("pairs", 0.5) == "m, head.pairs: is not a whole number" + kAdvice);
  Bundle b = sample_towers_bundle();
  b.head_verdict->threshold = 2;
  CHECK(write_refusal(b) == "head.threshold: is 2; allowed is 0 to 1");
  b.head_verdict = HeadVerdict{0.5f, 0.5, INFINITY, "", 0};
  CHECK(write_refusal(b) == "head.candidates: is not a finite number");
}

TEST_CASE("the self-tests' towers have to fit") {
  CHECK(changed("self_test_towers", "[1,0]") == "no error");
  CHECK(changed("self_test_towers", "[0]") ==
        "m, header: self_test_towers do not fit the self-tests" + kAdvice);
  CHECK(changed("self_test_towers", "[0,2]") == "m, self_test_towers: is 2; allowed is 0 to 1");
  CHECK(changed("self_test_towers", "[0,-1]") == "m, self_test_towers: is -1; allowed is 0 to 1");
  CHECK(changed("self_test_towers", "[0,\"1\"]") ==
        "m, header.self_test_towers: is not a whole number" + kAdvice);
  CHECK(changed("self_test_towers", "nonsense") ==
        "m, header.self_test_towers: is not a list" + kAdvice);
  Bundle b = sample_towers_bundle();
  b.self_tests[0].tower = 2;
  CHECK(write_refusal(b) == "self_tests.tower: is 2; allowed is 0 to 1");
}

TEST_CASE("random edits of the towers' and the head's metadata are errors or models in range") {
  const std::string interesting("{}[],:\"0123456789-e.ab", 22);
  Random random(21);
  int refused = 0;
  for (const char* key : {"towers", "head", "self_test_towers"}) {
    const std::string sample = metadata_of(sample_towers_bundle(), key);
    for (int round = 0; round < 400; ++round) {
      std::string text = sample;
      for (std::uint64_t edit = 0; edit <= random.below(3); ++edit) {
        const std::size_t at = random.below(text.size());
        if (random.below(3) == 0)
          text.erase(at, 1 + random.below(4));
        else
          text[at] = interesting[random.below(interesting.size())];
        if (text.empty()) text = "{";
      }
      const std::string message = changed(key, text);
      CAPTURE(text);
      CHECK((message == "no error" || message.starts_with("m, ")));
      refused += message != "no error";
    }
  }
  CHECK(refused > 600);
}
