#pragma once
#include <string>
#include <vector>

#include "apps/terminal.hpp"
#include "train/trainer.hpp"

namespace gemel::app {

/// Shows a run on standard error: a bar that rewrites itself on a terminal, else a line every tenth
/// of an epoch; a line an epoch either way.
class TrainProgress {
 public:
  explicit TrainProgress(std::string dev_metric) : dev_metric_(std::move(dev_metric)) {}
  void step(const train::StepReport&);
  void epoch(const train::EpochReport&);

 private:
  std::string dev_metric_;
  StatusLine status_;
};

/// "1:05:09" or "05:09".
std::string clock_text(double seconds);

}  // namespace gemel::app
