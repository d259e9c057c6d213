#pragma once
#include <boost/program_options.hpp>
#include <gemel/error.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

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
/// guessing at abbreviated names.
class CommandLine {
 public:
  /// @param verb       "duplicates"
  /// @param positional what follows the options, e.g. "FILE" or "TEXT TEXT"; one word an argument
  /// @param summary    a sentence or two
  CommandLine(std::string verb, std::string positional, std::string summary);
  /// A named group of options; add with group("Search").add_options()(…).
  po::options_description& group(const std::string& title);
  /// Text printed below the options, e.g. examples.
  void epilogue(std::string text) { epilogue_ = std::move(text); }
  /// @return false where --help was asked for and has been printed.
  /// Throws UsageError for unknown options, bad values, missing or surplus arguments.
  bool parse(Arguments arguments);

  const std::vector<std::string>& positional() const { return values_; }
  bool has(const std::string& option) const { return map_.count(option) != 0; }
  /// True where the user gave it, false where a default stands.
  bool given(const std::string& option) const { return has(option) && !map_[option].defaulted(); }
  template <class T>
  const T& get(const std::string& option) const {
    return map_[option].as<T>();
  }
  template <class T>
  std::optional<T> find(const std::string& option) const {
    return has(option) ? std::optional<T>(map_[option].as<T>()) : std::nullopt;
  }
  /// Option names in order of declaration, with their printed values where present: for records.
  std::vector<std::string> option_names() const;

 private:
  void print_help() const;
  std::string verb_, positional_names_, summary_, epilogue_;
  std::vector<std::pair<std::string, po::options_description>> groups_;  // title, options
  std::vector<std::string> values_;
  po::variables_map map_;
};

}  // namespace gemel::app
