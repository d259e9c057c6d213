#pragma once
#include <string>
#include <vector>

#include "apps/command_line.hpp"
#include "corpora/input_options.hpp"
#include "tokenizer/tokenizer.hpp"
#include "train/trainer.hpp"

namespace gemel::app {

/// What a row of the training file is.
enum class RowKind {
  pairs,     ///< label, text1, text2
  triplets,  ///< anchor, positive, negative
  tuples,    ///< a text for each tower and maybe a label
  texts,     ///< one text, for distillation and for pre-training
};

/// A file of dev pairs.
struct DevFile {
  std::string name, path;
  bool graded = false;
};

/// The files of a run, as the command line names them.
struct DataFiles {
  std::string train;
  RowKind rows = RowKind::pairs;
  bool graded = false;  // the training file's labels are degrees
  float label_scale = 1;
  std::vector<std::string> graded_pairs;  // more training pairs, with degrees of their own scale
  int graded_repeat = 1;
  std::vector<std::string> soft_pairs;  // and more with a classifier's probabilities
  std::vector<DevFile> dev;
  std::string teacher, teacher_texts;
};

/// Declares --dev, --rows, --teacher and the like.
void add_data_options(CommandLine&);
/// Throws Error or UsageError; reads no file.
DataFiles read_data_files(const CommandLine&, const ModelConfig&);

/// Everything a run learns from and is judged by, tokenised.
struct TrainData {
  train::Dataset data;
  std::vector<train::DevSet> dev;
  train::Teacher teacher;
};
/// Reads, closes, tokenises, and says on standard error what was found.
TrainData load_data(const CommandLine&, const DataFiles&, const ModelConfig&, const Tokenizer&,
                    const train::TrainOptions&);

/// Calls `use` with every text of the training file, for a tokenizer.
void for_each_text(const CommandLine&, const DataFiles&, const ModelConfig&,
                   const std::function<void(std::string&&)>& use);

}  // namespace gemel::app
