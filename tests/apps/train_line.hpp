#pragma once
#include "apps/model_options.hpp"
#include "apps/train_options.hpp"
#include "tests/apps/parse.hpp"

namespace gemel::app {

/// A command line of `gemel train` without its files.
inline CommandLine train_line(std::vector<std::string> arguments) {
  arguments.push_back("file");
  return parsed(
      [](CommandLine& line) {
        add_encoder_options(line);
        add_tower_options(line);
        add_loss_options(line);
        add_practice_options(line);
      },
      arguments);
}

}  // namespace gemel::app
