#pragma once
#include <string>
#include <vector>

#include "apps/config_file.hpp"

namespace gemel::app {

/// A list of configurations of `gemel train`, as a file:
///
///     base = base.conf    # optional: options of all runs, from a configuration file,
///     epochs = 5          # and from the lines before the first section, which go before it
///     seeds = 1,2,3       # optional: every run once with each of these
///
///     [contrastive]       # a run: its name, and the options it changes; one option or several
///     loss = contrastive
///
/// An option given in a section replaces all that stands above of the same name. Paths, that of
/// the base included, are relative to the current directory.

/// An option of a run, and where it was written.
struct SweepEntry {
  std::string name, value, where;  // where: "FILE:LINE"
};

/// One training.
struct SweepRun {
  std::string name;                 // of the section
  std::string stem;                 // of its files: NAME, or NAME.seed3 where seeds are given
  std::string changes;              // "loss = contrastive, epochs = 9"; "" for none
  std::string where;                // "FILE, [NAME]"
  std::vector<SweepEntry> entries;  // without the output's name
};

/// In the file's order, the seeds of a section side by side. Throws Error at "FILE:LINE" where a
/// name comes twice or cannot name a file, where an option belongs to the sweep (output, log …),
/// and where there are no runs. Whether the options are right, `gemel train` knows.
std::vector<SweepRun> read_sweep(const std::string& path);
std::vector<SweepRun> parse_sweep(std::string_view text, const std::string& file);

}  // namespace gemel::app
