#include "apps/train_progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gemel::app {
namespace {
constexpr int kBarWidth = 24;
constexpr std::int64_t kPlainLines = 10;  // an epoch, where there is no terminal
}  // namespace

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  char text[48];
  if (whole >= 3600)
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                  whole % 60);
  else
    std::snprintf(text, sizeof text, "%02lld:%02lld", whole / 60, whole % 60);
  return text;
}

void TrainProgress::step(const train::StepReport& r) {
  char text[256];
  if (error_is_terminal()) {
    const auto filled =
        static_cast<int>(kBarWidth * r.batch / std::max<std::int64_t>(1, r.batches));
    std::snprintf(text, sizeof text, "epoch %d [%s%s] %lld/%lld  loss %.4f  %.0f texts/s  left %s",
                  r.epoch, std::string(static_cast<std::size_t>(filled), '#').c_str(),
                  std::string(static_cast<std::size_t>(kBarWidth - filled), '.').c_str(),
                  static_cast<long long>(r.batch), static_cast<long long>(r.batches), r.mean_loss,
                  r.texts_per_second, clock_text(r.seconds_left).c_str());
    status_.show(text);
    return;
  }
  const bool crossed = r.batch * kPlainLines / r.batches != (r.batch - 1) * kPlainLines / r.batches;
  if (!crossed) return;
  std::snprintf(text, sizeof text, "epoch %d  %lld/%lld  loss %.4f  %.0f texts/s  left %s", r.epoch,
                static_cast<long long>(r.batch), static_cast<long long>(r.batches), r.mean_loss,
                r.texts_per_second, clock_text(r.seconds_left).c_str());
  note(text);
}

void TrainProgress::epoch(const train::EpochReport& r) {
  status_.clear();
  char text[256];
  std::snprintf(text, sizeof text, "epoch %d done in %s  loss %.4f  %.0f texts/s  %.0f tokens/s",
                r.epoch, clock_text(r.seconds).c_str(), r.loss, r.texts_per_second,
                r.tokens_per_second);
  std::string line = text;
  if (const auto it = r.dev.find(dev_metric_); it != r.dev.end()) {
    std::snprintf(text, sizeof text, "  dev %s %.4f", dev_metric_.c_str(), it->second);
    line += text;
  }
  note(line + (r.best ? "  (best)" : ""));
}

}  // namespace gemel::app
