#pragma once
#include <string>

#include "apps/command_line.hpp"
#include "core/encoder_config.hpp"
#include "model/bundle_file.hpp"
#include "tokenizer/tokenizer.hpp"
#include "train/dataset.hpp"
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
  EncoderConfig config;
  train::Dataset data, dev;
  std::string train_path, dev_path;
  OutputPlaces places;
  double precision_target = 0.95;
  std::string notes;
};

/// Trains (or goes on from the checkpoint), finds thresholds and calibration on dev as the stored
/// model gives them, and writes bundle, log and picture.
void run_job(const TrainJob&, const Tokenizer&, bool restart);

}  // namespace gemel::app
