#include "apps/command_line.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "apps/option_values.hpp"
#include "apps/terminal.hpp"

namespace gemel::app {
namespace {

constexpr unsigned kHelpWidth = 100;

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> result;
  for (std::string word; stream >> word;) result.push_back(word);
  return result;
}

}  // namespace

CommandLine::CommandLine(std::string verb, std::string positional, std::string summary)
    : verb_(std::move(verb)),
      positional_names_(std::move(positional)),
      summary_(std::move(summary)) {
  groups_.reserve(24);  // group() hands out references
  for (std::string word : words(positional_names_)) {
    Argument argument;
    argument.optional = word.front() == '[';
    if (argument.optional) word = word.substr(1, word.size() - 2);
    argument.repeated = word.ends_with("…");
    argument.word = word.substr(0, word.size() - (argument.repeated ? sizeof "…" - 1 : 0));
    arguments_.push_back(argument);
  }
}

std::string CommandLine::Argument::key() const {
  std::string lower = word;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

po::options_description& CommandLine::group(const std::string& title) {
  for (auto& [caption, options] : groups_)
    if (caption == title) return options;
  return groups_.emplace_back(title, po::options_description(title, kHelpWidth, kHelpWidth / 2))
      .second;
}

void CommandLine::add_general_options() {
  po::options_description& general = group("General");
  if (config_allowed_)
    general.add_options()  //
        ("config", po::value<std::string>(),
         "file of 'key = value' lines, keys named as these options; the command line goes first")  //
        ("print-config", po::bool_switch(),
         "print every option with its value as such a file, and end");
  general.add_options()("help,h", "print this help");
}

bool CommandLine::parse(Arguments arguments) {
  add_general_options();
  po::options_description all;
  for (const auto& [caption, options] : groups_) all.add(options);
  all.add_options()("positional", po::value<Values>());
  try {
    store_arguments(all, arguments);
    if (map_.count("help")) {
      print_help();
      return false;
    }
    if (map_.count("positional")) values_ = map_["positional"].as<Values>();
    if (const auto path = config_allowed_ ? find<std::string>("config") : std::nullopt)
      read_config(all, *path);
    if (weaker_) store_weaker(all);
    if (config_allowed_ && get<bool>("print-config")) {
      print_config();
      return false;
    }
    po::notify(map_);
  } catch (const po::error& e) {
    throw UsageError(e.what());
  }
  check_arguments();
  return true;
}

void CommandLine::store_arguments(const po::options_description& all, Arguments arguments) {
  po::positional_options_description places;
  places.add("positional", -1);
  namespace style = po::command_line_style;
  // Boost takes no value for a switch: those are told apart here.
  std::vector<std::string> rest;
  std::vector<po::option> switches;
  bool options = true;
  for (const std::string& argument : arguments) {
    options = options && argument != "--";
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const po::option_description* known =
        options && equals != std::string::npos && name.starts_with("--")
            ? find_option(name.substr(2))
            : nullptr;
    const std::string value = known ? argument.substr(equals + 1) : "";
    if (known && is_switch(*known) && (value == "true" || value == "false"))
      switches.emplace_back(name.substr(2), Values{value});
    else
      rest.push_back(argument);
  }
  po::parsed_options parsed = po::command_line_parser(rest)
                                  .options(all)
                                  .positional(places)
                                  .style(style::unix_style & ~style::allow_guessing)
                                  .run();
  parsed.options.insert(parsed.options.end(), switches.begin(), switches.end());
  po::store(parsed, map_);
}

void CommandLine::check_arguments() const {
  const auto required = static_cast<std::size_t>(
      std::count_if(arguments_.begin(), arguments_.end(), [](auto& a) { return !a.optional; }));
  if (values_.size() < required)
    throw UsageError("missing " + arguments_[values_.size()].word +
                     " (wanted: " + positional_names_ + ")");
  const bool repeated = !arguments_.empty() && arguments_.back().repeated;
  if (values_.size() > arguments_.size() && !repeated)
    throw UsageError("unexpected argument '" + values_[arguments_.size()] + "'");
}

const po::option_description* CommandLine::find_option(const std::string& name) const {
  for (const auto& [caption, options] : groups_)
    for (const auto& option : options.options())
      if (option->long_name() == name) return option.get();
  return nullptr;
}

void CommandLine::print_help() const {
  std::ostringstream text;
  text << "usage: gemel " << verb_ << " [options]"
       << (positional_names_.empty() ? "" : " " + positional_names_) << "\n\n"
       << summary_ << "\n";
  for (const auto& [caption, options] : groups_) text << "\n" << options;
  if (!epilogue_.empty()) text << "\n" << epilogue_ << "\n";
  write_standard_output(text.str());
}

}  // namespace gemel::app
