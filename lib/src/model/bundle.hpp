#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/calibration_curve.hpp"
#include "core/metric.hpp"
#include "core/model_config.hpp"
#include "model/precision_check.hpp"

namespace gemel {

/// p of a distance, fitted on labelled pairs; see CalibrationCurve.
struct Calibration {
  float w = 1;
  float b = 0;
  double ece = 0;         ///< expected calibration error found, 0 to 1
  std::string fitted_on;  ///< base name of the file of pairs
  float v = 0, near = 0;
  CalibrationCurve curve() const { return {w, b, v, near}; }
  bool operator==(const Calibration&) const = default;
};

/// Pairs whose score is at least `score` count as duplicates.
struct Threshold {
  float score = 0;
  double value = 0;        ///< the accuracy, F1 or precision reached there, 0 to 1
  std::string found_on;    ///< base name of the file of pairs
  std::int64_t pairs = 0;  ///< how many pairs that file held
  bool operator==(const Threshold&) const = default;
};

struct Thresholds {
  std::optional<Threshold> accuracy;   ///< highest accuracy
  std::optional<Threshold> f1;         ///< highest F1
  std::optional<Threshold> precision;  ///< highest recall with at least precision_target
  double precision_target = 0.95;      ///< the precision asked for, 0 to 1
  bool operator==(const Thresholds&) const = default;
};

/// Where the pair head's probability says duplicate, and which pairs it is worth asking about.
struct HeadVerdict {
  float threshold = 0.5f;  ///< probability from which on two texts are duplicates, 0 to 1
  double value = 0;        ///< the accuracy reached there, 0 to 1
  float candidates = 0;    ///< score that 99 % of the head's duplicates on those pairs reach
  std::string found_on;    ///< base name of the file of pairs
  std::int64_t pairs = 0;  ///< how many pairs that file held
  bool operator==(const HeadVerdict&) const = default;
};

/// A text and the embedding that the writer's machine gave it.
struct SelfTest {
  std::string text;
  std::vector<float> embedding;  // [D]
  int tower = 0;                 ///< which encoder made it
  bool operator==(const SelfTest&) const = default;
};

/// Everything a trained model needs apart from its weights. bundle_file.hpp holds the format.
struct Bundle {
  ModelConfig model;
  /// The only encoder of a siamese model, the first of others.
  EncoderConfig& config() { return model.towers.front().encoder; }
  const EncoderConfig& config() const { return model.towers.front().encoder; }
  Metric metric = Metric::manhattan;
  std::string tokenizer_model;      ///< bytes of the sentencepiece model, not empty
  std::string normalizer = "none";  ///< the tokenizer's mode by name
  int max_tokens = 256;             ///< tokens of a text that training read; 1 to 65,536
  std::optional<Calibration> calibration;
  Thresholds thresholds;
  std::optional<HeadVerdict> head_verdict;  ///< only where the model has a head
  std::vector<PrecisionCheck> precisions;   ///< those that were measured
  std::string notes;                        ///< free text for people: data, licence, purpose
  std::string training = "{}";  ///< a JSON object: options, checksums of data, seed, dev metrics
  std::vector<SelfTest> self_tests;
  std::string fingerprint;  ///< 32 hexadecimal digits; set by reading and writing, never taken

  bool operator==(const Bundle&) const = default;
};

}  // namespace gemel
