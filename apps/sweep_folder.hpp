#pragma once
#include <atomic>
#include <map>
#include <string>

#include "apps/sweep_plan.hpp"
#include "apps/sweep_results.hpp"

namespace gemel::app {

/// The folder that a sweep keeps its runs in. Of a run with the stem S it holds
///   S.safetensors and what `gemel train` puts beside it (.log.jsonl, .svg, .checkpoint),
///   S.conf       the whole configuration, once the run is finished,
///   S.conf.part  the same while it is not,
///   S.stderr     what the training said.
class SweepFolder {
 public:
  /// Makes the folder and keeps other sweeps out while this lives; waits half a minute for a run
  /// that is just being interrupted. Throws Error.
  explicit SweepFolder(std::string path);
  ~SweepFolder();
  SweepFolder(const SweepFolder&) = delete;
  SweepFolder& operator=(const SweepFolder&) = delete;

  std::string file(const SweepRun&, const std::string& ending) const;

  /// The run's configuration as `gemel train` resolves it, with a last line that tells what must be
  /// equal for a run not to be repeated: every option but output and threads, and the content of
  /// the files that options name. Throws UsageError at "FILE:LINE" of the sweep where train refuses
  /// it.
  std::string resolve(const SweepRun&, const std::atomic<bool>& stop);
  /// The finished run's figures, if this is its configuration.
  bool finished(const SweepRun&, const std::string& config, bool without_model,
                RunFigures& figures) const;
  /// Trains, going on from a checkpoint of the same configuration. Returns "" or what went wrong.
  /// Throws Interrupted once `stop` is raised.
  std::string train(const SweepRun&, const std::string& config,
                    const std::atomic<bool>& stop) const;
  void remove_model(const SweepRun&) const;

 private:
  std::string fingerprint(const std::string& config);
  const std::string& content_hash(const std::string& path);
  std::string path_;
  int lock_ = -1;
  std::map<std::string, std::string> hashes_;  // of files, by path
};

}  // namespace gemel::app
