#include "apps/sweep_plan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <gemel/error.hpp>
#include <set>
#include <sstream>

#include "core/file.hpp"

namespace gemel::app {
namespace {

// Options that say where a run's files go, or whether it begins anew.
constexpr std::array<std::string_view, 5> kOwn = {"output", "log", "checkpoint", "curves",
                                                  "restart"};

// Options in force at some place of the file.
struct Scope {
  std::vector<SweepEntry> entries;
  std::vector<std::string> seeds;
  std::string seeds_where;
};

std::vector<std::string> seeds_from(const ConfigEntry& entry, const std::string& where) {
  std::vector<std::string> seeds;
  std::istringstream stream(entry.value + ",");
  for (std::string item; std::getline(stream, item, ',');) {
    item.erase(0, item.find_first_not_of(' '));
    item.erase(item.find_last_not_of(' ') + 1);
    std::uint64_t seed = 0;
    const auto end = std::from_chars(item.data(), item.data() + item.size(), seed);
    const std::string text = std::to_string(seed);
    if (item.empty() || end.ec != std::errc{} || end.ptr != item.data() + item.size())
      throw Error(where, "'" + entry.value + "' is no list of seeds",
                  "write whole numbers with commas between, e.g. 1,2,3");
    if (std::find(seeds.begin(), seeds.end(), text) != seeds.end())
      throw Error(where, "seed " + text + " is given twice", "give it once");
    seeds.push_back(text);
  }
  return seeds;
}

void check_own(const ConfigEntry& entry, const std::string& where) {
  if (std::find(kOwn.begin(), kOwn.end(), entry.name) != kOwn.end())
    throw Error(where, "'" + entry.name + "' is chosen by the sweep for each run",
                "leave it out; --directory says where the files of all runs go");
}

// A copy of the scope with these entries in place of those of the same names.
Scope changed(Scope scope, const std::vector<ConfigEntry>& entries, const std::string& file) {
  std::erase_if(scope.entries, [&](const SweepEntry& old) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const ConfigEntry& e) { return e.name == old.name; });
  });
  const auto repeated = [&](const std::string& name) {
    return std::count_if(entries.begin(), entries.end(),
                         [&](const ConfigEntry& e) { return e.name == name; }) > 1;
  };
  for (const ConfigEntry& entry : entries) {
    const std::string where = file + ":" + std::to_string(entry.line);
    check_own(entry, where);
    if (entry.name != "seeds") {
      scope.entries.push_back({entry.name, entry.value, where});
      continue;
    }
    if (repeated("seeds")) throw Error(where, "'seeds' is given twice here", "give it once");
    scope.seeds = seeds_from(entry, where);
    scope.seeds_where = where;
  }
  return scope;
}

// The options before the first section, upon those of the base file.
Scope base_scope(std::vector<ConfigEntry> entries, const std::string& file) {
  const auto is_base = [](const ConfigEntry& e) { return e.name == "base"; };
  const auto base = std::find_if(entries.begin(), entries.end(), is_base);
  if (base == entries.end()) return changed({}, entries, file);
  const std::string path = base->value;
  const std::int64_t second = std::count_if(entries.begin(), entries.end(), is_base) > 1
                                  ? std::find_if(base + 1, entries.end(), is_base)->line
                                  : 0;
  if (second)
    throw Error(file + ":" + std::to_string(second), "'base' is given twice", "give it once");
  entries.erase(base);
  return changed(changed({}, parse_config(read_file(path), path), path), entries, file);
}

void check_name(const ConfigSection& section, const std::string& file) {
  const std::string& name = section.name;
  const bool bad = name[0] == '.' || name[0] == '-' ||
                   std::any_of(name.begin(), name.end(),
                               [](char c) { return c == '/' || c == 127 || (c >= 0 && c <= ' '); });
  if (bad)
    throw Error(file + ":" + std::to_string(section.line), "'" + name + "' cannot name files",
                "use letters, digits, '_', '-' and '.'");
}

std::string changes_of(const ConfigSection& section) {
  std::string text;
  for (const ConfigEntry& e : section.entries) {
    if (e.name == "seeds") continue;
    const std::string line = config_line(e.name, e.value);
    text += (text.empty() ? "" : ", ") + line.substr(0, line.size() - 1);
  }
  return text;
}

void add_runs(std::vector<SweepRun>& runs, const ConfigSection& section, const Scope& scope,
              const std::string& file) {
  SweepRun run{section.name, section.name, changes_of(section), file + ", [" + section.name + "]",
               scope.entries};
  if (scope.seeds.empty()) {
    runs.push_back(std::move(run));
    return;
  }
  for (const SweepEntry& e : scope.entries)
    if (e.name == "seed")
      throw Error(e.where, "'seed' does not go with 'seeds'", "leave one of them out");
  for (const std::string& seed : scope.seeds) {
    SweepRun seeded = run;
    seeded.stem += ".seed" + seed;
    seeded.entries.push_back({"seed", seed, scope.seeds_where});
    runs.push_back(std::move(seeded));
  }
}

}  // namespace

std::vector<SweepRun> parse_sweep(std::string_view text, const std::string& file) {
  const std::vector<ConfigSection> sections = parse_sections(text, file);
  const Scope base = base_scope(sections[0].entries, file);
  std::vector<SweepRun> runs;
  std::set<std::string> names, stems;
  for (std::size_t i = 1; i < sections.size(); ++i) {
    const ConfigSection& section = sections[i];
    const std::string where = file + ":" + std::to_string(section.line);
    check_name(section, file);
    if (!names.insert(section.name).second)
      throw Error(where, "a run is named '" + section.name + "' already", "choose another name");
    const std::size_t before = runs.size();
    add_runs(runs, section, changed(base, section.entries, file), file);
    for (std::size_t run = before; run < runs.size(); ++run)
      if (!stems.insert(runs[run].stem).second)
        throw Error(where, "the files of another run are named '" + runs[run].stem + "' already",
                    "choose another name");
  }
  if (runs.empty()) throw Error(file, "holds no runs", "begin each with a line [NAME]");
  return runs;
}

std::vector<SweepRun> read_sweep(const std::string& path) {
  return parse_sweep(read_file(path), path == "-" ? "standard input" : path);
}

}  // namespace gemel::app
