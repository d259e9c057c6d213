#include <algorithm>
#include <gemel/error.hpp>
#include <map>

#include "apps/command_line.hpp"
#include "apps/option_values.hpp"
#include "apps/terminal.hpp"
#include "core/file.hpp"

namespace gemel::app {
namespace {

// Options about the configuration itself are no part of it.
bool is_general(const std::string& name) {
  return name == "help" || name == "config" || name == "print-config";
}

po::parsed_options parsed_entry(const po::options_description& all, const std::string& name,
                                const std::vector<std::string>& values) {
  po::parsed_options parsed(&all);
  for (const std::string& value : values)
    parsed.options.emplace_back(name, std::vector<std::string>{value});
  return parsed;
}

}  // namespace

std::vector<std::string> CommandLine::config_names() const {
  std::vector<std::string> names;
  for (const Argument& argument : arguments_) names.push_back(argument.key());
  for (const auto& [caption, options] : groups_)
    for (const auto& option : options.options())
      if (!is_general(option->long_name())) names.push_back(option->long_name());
  return names;
}

// Refuses what no option takes, even where the command line overrides it.
void CommandLine::check_entry(const po::options_description& all, const ConfigEntry& entry,
                              const std::string& where) const {
  const po::option_description& option = *find_option(entry.name);
  const Error refused(where, "'" + entry.value + "' is no value for '" + entry.name + "'",
                      "wanted is " + wanted_value(option));
  if (is_switch(option) && entry.value != "true" && entry.value != "false") throw refused;
  po::variables_map scratch;
  try {
    po::store(parsed_entry(all, entry.name, {entry.value}), scratch);
  } catch (const po::error&) {
    throw refused;
  }
}

// One list an argument of the command line's form, in order; lists may be empty.
void CommandLine::take_positional(const std::vector<Values>& given) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i].empty() && !arguments_[i].optional)
      for (std::size_t later = i + 1; later < given.size(); ++later)
        if (!given[later].empty())
          throw UsageError("missing " + arguments_[i].word + " (wanted: " + positional_names_ +
                           ")");
    values_.insert(values_.end(), given[i].begin(), given[i].end());
  }
}

void CommandLine::read_config(const po::options_description& all, const std::string& path) {
  const std::string file = path == "-" ? "standard input" : path;
  const std::string text = read_file(path);
  const std::vector<std::string> names = config_names();
  std::vector<Values> positional(arguments_.size());
  std::map<std::string, Values> options;
  std::map<std::string, std::int64_t> lines;  // where a name stands first
  checked_usage([&] {
    for (const ConfigEntry& entry : parse_config(text, file)) {
      const std::string where = file + ":" + std::to_string(entry.line);
      std::size_t argument = 0;
      while (argument < arguments_.size() && arguments_[argument].key() != entry.name) ++argument;
      const bool is_argument = argument < arguments_.size();
      const po::option_description* option =
          is_argument || is_general(entry.name) ? nullptr : find_option(entry.name);
      if (!is_argument && !option) {
        const std::string hint = did_you_mean(entry.name, names);
        throw Error(where, "unknown option '" + entry.name + "'",
                    hint.empty() ? "'gemel " + verb_ + " --print-config' lists the options" : hint);
      }
      const auto [first, is_first] = lines.emplace(entry.name, entry.line);
      if (!is_first && !(is_argument ? arguments_[argument].repeated : is_repeated(*option)))
        throw Error(
            where,
            "'" + entry.name + "' stands in line " + std::to_string(first->second) + " already",
            "give it once");
      if (option) check_entry(all, entry, where);
      (is_argument ? positional[argument] : options[entry.name]).push_back(entry.value);
    }
  });
  // What the command line gave stays, also of an option that may be repeated.
  for (const auto& [name, values] : options)
    if (!given(name)) po::store(parsed_entry(all, name, values), map_);
  if (values_.empty()) take_positional(positional);
}

void CommandLine::store_weaker(const po::options_description& all) {
  for (const auto& [name, value] : weaker_())
    if (!given(name)) po::store(parsed_entry(all, name, {value}), map_);
}

// A template is printed without what is required; a given file that lacks it is worth a word.
void CommandLine::print_config() const {
  std::string missing;
  try {
    po::variables_map map = map_;
    po::notify(map);
    check_arguments();
  } catch (const po::required_option& e) {
    missing = e.what();
  } catch (const UsageError& e) {
    if (values_.size() > arguments_.size()) throw;
    missing = e.what();
  }
  if (missing.empty() && check_) checked_usage(check_);
  if (!missing.empty() && has("config")) note("incomplete: " + missing);
  write_standard_output(resolved_config());
}

ConfigRecord CommandLine::resolved_options(std::span<const std::string_view> except) const {
  ConfigRecord record;
  for (std::size_t i = 0; i < values_.size(); ++i)
    record.emplace_back(arguments_[std::min(i, arguments_.size() - 1)].key(), values_[i]);
  for (const auto& [caption, options] : groups_)
    for (const auto& option : options.options()) {
      const std::string& name = option->long_name();
      if (is_general(name) || !map_.count(name)) continue;
      for (std::string& text : texts_of(map_[name])) record.emplace_back(name, std::move(text));
    }
  std::erase_if(record, [&](const auto& entry) {
    return std::find(except.begin(), except.end(), entry.first) != except.end();
  });
  return record;
}

std::string CommandLine::resolved_config() const {
  std::map<std::string, std::string> lines;  // of each name, all its values
  for (const auto& [name, value] : resolved_options()) lines[name] += config_line(name, value);
  const auto line = [&](const std::string& name) {
    const auto it = lines.find(name);
    return it == lines.end() ? "# " + name + " =\n" : it->second;
  };
  std::string text = config_comment("gemel " + verb_ +
                                    ": every option with its value. Paths are relative to the "
                                    "current directory. A line that begins with '#' says nothing; "
                                    "an option without a value stands in such a line.");
  if (!arguments_.empty()) text += "\n# ---- Arguments ----\n\n";
  for (const Argument& argument : arguments_) text += line(argument.key());
  for (const auto& [caption, options] : groups_) {
    std::string part;
    for (const auto& option : options.options())
      if (!is_general(option->long_name()))
        part += "\n" + config_comment(option->description()) + line(option->long_name());
    if (!part.empty()) text += "\n# ---- " + caption + " ----\n" + part;
  }
  return text;
}

}  // namespace gemel::app
