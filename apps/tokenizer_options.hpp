#pragma once
#include <string>
#include <vector>

#include "apps/command_line.hpp"
#include "corpora/pair_reader.hpp"
#include "tokenizer/tokenizer_trainer.hpp"

namespace gemel::app {

/// Options of a tokenizer to be trained, as `gemel tokenizer` and `gemel train` have them.
void add_tokenizer_options(CommandLine&);
TokenizerOptions read_tokenizer_options(const CommandLine&);

/// Trains on both texts of every pair of the files.
std::string train_on_pairs(const TokenizerOptions&, const std::vector<PairOptions>& files);

}  // namespace gemel::app
