#pragma once
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gemel/error.hpp>
#include <iterator>
#include <string>

#include "model/bundle_file.hpp"

namespace gemel::test {

/// A directory that is removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gemel-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// what() of the Error that `action` throws; "no error" if it throws none.
template <class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

/// Two small tensors, as if an encoder had two.
inline const ParameterLayout& sample_layout() {
  static const ParameterLayout layout = [] {
    ParameterLayout l;
    l.add("embedding.weight", {8, 2});
    l.add("lstm.0.forward.bias", {4, 1});
    return l;
  }();
  return layout;
}

inline ParameterBlock sample_values() {
  ParameterBlock block(sample_layout());
  for (int i = 0; i < 16; ++i) block.values(0)[static_cast<std::size_t>(i)] = 0.25f * float(i) - 1;
  for (int i = 0; i < 4; ++i) block.values(1)[static_cast<std::size_t>(i)] = 100 + 0.1f * float(i);
  return block;
}

inline Bundle sample_bundle() {
  Bundle b;
  b.config().vocabulary_size = 8;
  b.config().embedding_size = 2;
  b.config().hidden_size = 1;
  b.config().pooling = {Pooling::attention, Pooling::mean};
  b.config().attention_heads = 2;
  b.config().projection_size = 3;
  b.config().unit_length = true;
  b.config().dropout_layer = 0.1f;
  b.metric = Metric::exp_manhattan;
  b.tokenizer_model = std::string("not really a sentencepiece model\0\xff", 34);
  b.normalizer = "spaces";
  b.max_tokens = 77;
  b.calibration = Calibration{2.5f, -0.1f, 0.03125, "dev.tsv"};
  b.thresholds.accuracy = Threshold{0.7f, 0.81, "dev.tsv", 4000};
  b.thresholds.precision = Threshold{0.9f, 0.96, "dev.tsv", 4000};
  b.thresholds.precision_target = 0.96;
  b.precisions = {{Precision::bf16, 0.875, -0.0005, 0.00125, "dev.tsv", 4000},
                  {Precision::int8, 0.8125, 0.0625, 0.015625, "dev.tsv", 4000}};
  b.notes = "Trained on \"pairs\" of \xc3\xa9t\xc3\xa9.\n";
  b.training = R"({"seed":7,"fingerprint":"x"})";
  b.self_tests = {{"one text", {0.5f, -0.25f, 1e-20f}}, {"", {3, 2, 1}}};
  return b;
}

/// The same with a second tower and a pair head; its self-tests are one of each tower.
inline Bundle sample_towers_bundle() {
  Bundle b = sample_bundle();
  b.model.towers[0].name = "question";
  b.model.towers.push_back({"passage", b.config()});
  b.model.towers[1].encoder.kind = EncoderKind::average;
  b.model.towers[1].encoder.layers = 0;
  b.model.towers[1].encoder.pooling = {Pooling::mean, Pooling::max};
  b.model.links = {{0, 1}, {1, 1}};
  b.model.head_size = 4;
  b.model.head_dropout = 0.25f;
  b.head_verdict = HeadVerdict{0.375f, 0.875, 0.5f, "dev.tsv", 4000};
  b.self_tests[1].tower = 1;
  return b;
}

}  // namespace gemel::test
