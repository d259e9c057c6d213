#include <algorithm>
#include <filesystem>
#include <gemel/error.hpp>

#include "apps/bundle_files.hpp"
#include "apps/output_places.hpp"
#include "apps/sweep_folder.hpp"
#include "apps/sweep_table.hpp"
#include "apps/terminal.hpp"
#include "apps/train_progress.hpp"
#include "apps/verbs.hpp"
#include "core/file.hpp"

namespace gemel::app {
namespace {

namespace fs = std::filesystem;

void declare(CommandLine& line) {
  line.group("Options").add_options()  //
      ("directory,d", po::value<std::string>(),
       "where models, logs and configurations of the runs go; default: FILE without its ending")  //
      ("output,o", po::value<std::string>(),
       "the table, rewritten after each run; default: table.txt (.md, .tsv …) in the directory; "
       "- for standard output, at the end")  //
      ("output-format", po::value<std::string>()->default_value("text"),
       "text, markdown, tsv, csv or jsonl")  //
      ("list", po::bool_switch(),
       "check all configurations and print the table as it stands, without training")  //
      ("delete-models", po::bool_switch(), "delete each model once its figures are in the table");
  line.epilogue(
      "FILE holds a section a run, with the options of 'gemel train' that it changes; what stands\n"
      "before the first section is for all of them:\n\n"
      "  base = base.conf         # options from a configuration file, if any\n"
      "  file = train.tsv\n"
      "  dev = dev.tsv\n"
      "  seeds = 1,2,3            # each run three times; the table has mean and deviation\n"
      "  [baseline]\n"
      "  [contrastive]\n"
      "  loss = contrastive\n\n"
      "Ctrl-C stops; the same command goes on. Runs that are finished with the same options and\n"
      "data are not repeated. A run that fails does not end the sweep, but makes its exit code 1.");
}

struct Settings {
  std::string directory, table;
  SweepFormat format = SweepFormat::text;
  bool list = false, delete_models = false;
};

Settings read_settings(const CommandLine& line) {
  Settings s;
  const std::string& file = line.positional()[0];
  s.format = sweep_format_from_name(line.get<std::string>("output-format"));
  const fs::path path(file);
  const std::string standard =
      path.has_extension() ? fs::path(path).replace_extension().string() : file + ".runs";
  if (file == "-" && !line.has("directory"))
    throw UsageError("--directory is needed where FILE is standard input");
  s.directory = line.find<std::string>("directory").value_or(standard);
  s.table = line.find<std::string>("output").value_or(s.directory + "/table." +
                                                      std::string(file_ending(s.format)));
  s.list = line.get<bool>("list");
  s.delete_models = line.get<bool>("delete-models");
  return s;
}

class Sweep {
 public:
  Sweep(Settings settings, std::vector<SweepRun> runs)
      : settings_(std::move(settings)), runs_(std::move(runs)), folder_(settings_.directory) {
    for (const SweepRun& run : runs_) {
      states_.emplace_back();
      states_.back().name = run.name;
      states_.back().changes = run.changes;
    }
  }

  /// How many runs failed.
  std::size_t work() {
    for (const SweepRun& run : runs_) configs_.push_back(folder_.resolve(run, stop_.flag()));
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (folder_.finished(runs_[i], configs_[i], settings_.delete_models, states_[i].figures))
        states_[i].kind = RunState::Kind::done;
    if (!settings_.list) {
      save_table();
      for (std::size_t i = 0; i < runs_.size(); ++i) do_run(i);
    }
    print_table();
    return static_cast<std::size_t>(
        std::count_if(states_.begin(), states_.end(),
                      [](const RunState& s) { return s.kind == RunState::Kind::failed; }));
  }

 private:
  void do_run(std::size_t i) {
    const SweepRun& run = runs_[i];
    const std::string title = "run " + std::to_string(i + 1) + " of " +
                              std::to_string(runs_.size()) + ", " + run.stem + ": ";
    if (states_[i].kind == RunState::Kind::done) {
      note(title + "finished before");
      if (settings_.delete_models) folder_.remove_model(run);
      return;
    }
    if (stop_.flag()) throw Interrupted();
    note(title + "training");
    states_[i].reason = folder_.train(run, configs_[i], stop_.flag());
    if (states_[i].reason.empty()) {
      const bool found =
          folder_.finished(run, configs_[i], settings_.delete_models, states_[i].figures);
      if (!found) states_[i].reason = "left no model or no log";
    }
    const bool done = states_[i].reason.empty();
    states_[i].kind = done ? RunState::Kind::done : RunState::Kind::failed;
    note(title + (done ? "done in " + clock_text(states_[i].figures.seconds)
                       : "failed: " + states_[i].reason));
    save_table();
    if (done && settings_.delete_models) folder_.remove_model(run);
  }

  void write_table(const std::string& path) const {
    AtomicFile file(path);
    write_sweep_table(file, settings_.format, merge_seeds(states_));
    file.commit();
  }
  void save_table() const {
    if (settings_.table != "-") write_table(settings_.table);
  }
  void print_table() const { write_table("-"); }

  Settings settings_;
  std::vector<SweepRun> runs_;
  SweepFolder folder_;
  CooperativeStop stop_;
  std::vector<std::string> configs_;  // [runs]
  std::vector<RunState> states_;      // [runs]
};

}  // namespace

int run_sweep(Arguments arguments) {
  CommandLine line(
      "sweep", "FILE",
      "Trains a list of configurations, one after another, and makes one table of them.");
  declare(line);
  line.allow_config();
  if (!line.parse(arguments)) return 0;
  const std::string& path = line.positional()[0];
  const Settings settings = checked_usage([&] { return read_settings(line); });
  check_no_replacement({settings.table}, {path});
  const std::string text = read_file(path);
  std::vector<SweepRun> runs = checked_usage([&] { return parse_sweep(text, shown_name(path)); });
  Sweep sweep(settings, std::move(runs));
  const std::size_t failed = [&] {
    try {
      return sweep.work();
    } catch (const Interrupted&) {
      throw Error("sweep", "interrupted", "repeat the command to go on");
    }
  }();
  if (failed > 0)
    throw Error("sweep", counted(static_cast<std::int64_t>(failed), "run") + " failed",
                "what they said stands in " + settings.directory +
                    "/NAME.stderr; repeat the command to try them again");
  return 0;
}

}  // namespace gemel::app
