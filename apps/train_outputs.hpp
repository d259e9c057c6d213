#pragma once
#include <string>

#include "apps/command_line.hpp"
#include "apps/train_data.hpp"
#include "core/model_config.hpp"
#include "model/bundle_file.hpp"
#include "tokenizer/tokenizer.hpp"
#include "train/options.hpp"

namespace gemel::app {

/// Where a run's files go.
struct OutputPlaces {
  std::string model, checkpoint, log, curves;  // curves empty: none
  StorageType storage = StorageType::bf16;
};
OutputPlaces read_output_places(const CommandLine&);

/// One run of `gemel train`, read and ready.
struct TrainJob {
  train::TrainOptions options;
  ModelConfig model;
  DataFiles files;
  TrainData data;
  OutputPlaces places;
  double precision_target = 0.95;
  std::string notes;
  std::string init, token_vectors;  // files to start from, may be empty
  std::string record;               // describe_run(): what makes two runs the same
  std::string config;               // every option as given or by default, a JSON object of strings
};

/// Trains (or goes on from the checkpoint), finds thresholds and calibration on the first dev set
/// as the stored model gives them, and writes bundle, log and picture.
void run_job(const TrainJob&, const Tokenizer&, bool restart);

}  // namespace gemel::app
