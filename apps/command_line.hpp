#pragma once
#include <boost/program_options.hpp>
#include <functional>
#include <gemel/error.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/config_file.hpp"

namespace gemel::app {

namespace po = boost::program_options;
using Arguments = std::span<const std::string>;  // what follows the verb

/// Wrong usage: exit code 2 and a pointer to --help.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Reads options: a value outside its range, or a name that is not known, is wrong usage.
template <class Read>
auto checked_usage(const Read& read) {
  try {
    return read();
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

/// One verb's options: declares, parses, prints help. Boost.Program_options underneath, without
/// guessing at abbreviated names. A switch that a configuration file turns on is turned off again
/// by --NAME=false.
class CommandLine {
 public:
  /// @param verb       "duplicates"
  /// @param positional what follows the options, e.g. "FILE" or "TEXT1 TEXT2"; one word an
  ///                   argument. "FILE…" is one or more, "[FILE]" one or none, "[FILE…]" any
  ///                   number; these come last.
  /// @param summary    a sentence or two
  CommandLine(std::string verb, std::string positional, std::string summary);
  /// A named group of options; add with group("Search").add_options()(…). Values may be bool
  /// (bool_switch), whole numbers, float, double, strings, and vectors of them for options that may
  /// be repeated.
  po::options_description& group(const std::string& title);
  /// Text printed below the options, e.g. examples.
  void epilogue(std::string text) { epilogue_ = std::move(text); }
  /// Adds --config FILE, which gives options and arguments (by their lower-case names) that the
  /// command line does not give, and --print-config, which prints resolved_config(). Before
  /// parse().
  void allow_config() { config_allowed_ = true; }
  /// What --print-config runs before it prints where every required option and argument is given:
  /// throws Error or UsageError where values are out of range or do not go together.
  void before_print(std::function<void()> check) { check_ = std::move(check); }
  /// Settings that stand where neither the command line nor the configuration file says anything:
  /// asked for once these are read, so that they may depend on them. Before parse().
  void weaker_settings(std::function<ConfigRecord()> settings) { weaker_ = std::move(settings); }
  /// @return false where --help or --print-config was asked for and has been printed.
  /// Throws UsageError for unknown options, bad values, missing or surplus arguments, and Error
  /// where the configuration file cannot be read.
  bool parse(Arguments arguments);

  const std::vector<std::string>& positional() const { return values_; }
  bool has(const std::string& option) const { return map_.count(option) != 0; }
  /// True where the user gave it, on the command line or in the configuration file; false where a
  /// default stands.
  bool given(const std::string& option) const { return has(option) && !map_[option].defaulted(); }
  template <class T>
  const T& get(const std::string& option) const {
    return map_[option].as<T>();
  }
  template <class T>
  std::optional<T> find(const std::string& option) const {
    return has(option) ? std::optional<T>(map_[option].as<T>()) : std::nullopt;
  }

  /// Every argument and option that has a value, defaults included, in order of declaration. Leaves
  /// out --help, --config and --print-config, and the names in `except`.
  ConfigRecord resolved_options(std::span<const std::string_view> except = {}) const;
  /// The same as a configuration file: grouped, each option below its description. What has no
  /// value stands there as a comment. Reading it back gives the same.
  std::string resolved_config() const;

 private:
  struct Argument {
    std::string word;  // "FILE"
    bool optional = false, repeated = false;
    std::string key() const;  // "file"
  };
  using Values = std::vector<std::string>;
  void add_general_options();
  void store_arguments(const po::options_description& all, Arguments arguments);
  void check_arguments() const;
  void read_config(const po::options_description& all, const std::string& path);
  void check_entry(const po::options_description& all, const ConfigEntry&,
                   const std::string& where) const;
  void store_weaker(const po::options_description& all);
  void take_positional(const std::vector<Values>& given);
  const po::option_description* find_option(const std::string& name) const;
  std::vector<std::string> config_names() const;
  void print_config() const;
  void print_help() const;

  std::string verb_, positional_names_, summary_, epilogue_;
  std::vector<Argument> arguments_;
  std::vector<std::pair<std::string, po::options_description>> groups_;  // title, options
  std::vector<std::string> values_;
  po::variables_map map_;
  bool config_allowed_ = false;
  std::function<void()> check_;
  std::function<ConfigRecord()> weaker_;
};

}  // namespace gemel::app
