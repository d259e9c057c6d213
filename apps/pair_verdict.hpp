#pragma once
#include <string>

#include "apps/command_line.hpp"
#include "infer/embedder.hpp"

namespace gemel::app {

/// Whether a model's pair head decides, and from which probability on.
struct HeadChoice {
  bool used = false;
  float threshold = 0;  // 0 to 1
  std::string origin;   // "--head-threshold", "best accuracy on dev.tsv", …
};

/// --link.
void add_link_option(po::options_description& group);
/// --no-head and --head-threshold.
void add_head_options(po::options_description& group);

/// What can be told wrong without the model. Throws UsageError.
void check_head_options(const CommandLine&);
/// The model's head where it has one, unless --no-head or a threshold of the score (--threshold,
/// --probability, --precision) is given. Throws Error where --head-threshold is given to a model
/// without a head.
HeadChoice choose_head(const CommandLine&, const Embedder&);

/// "question:passage", of towers that are linked.
std::string link_name(const Embedder&, const TowerLink&);

}  // namespace gemel::app
