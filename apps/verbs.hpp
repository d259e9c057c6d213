#pragma once
#include "apps/command_line.hpp"

namespace gemel::app {

/// One verb a file, apps/verb_NAME.cpp. Each returns the exit code (0 fine, 1 the work failed) or
/// throws: UsageError becomes 2, gemel::Error and everything else 1, with one line on stderr.
int run_tokenizer(Arguments);
int run_train(Arguments);
int run_sweep(Arguments);
int run_average(Arguments);
int run_prune(Arguments);
int run_evaluate(Arguments);
int run_compare(Arguments);
int run_duplicates(Arguments);
int run_embed(Arguments);
int run_tokenize(Arguments);
int run_export(Arguments);
int run_info(Arguments);

}  // namespace gemel::app
