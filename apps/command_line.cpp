#include "apps/command_line.hpp"

#include <sstream>

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
  groups_.reserve(16);  // group() hands out references
}

po::options_description& CommandLine::group(const std::string& title) {
  for (auto& [caption, options] : groups_)
    if (caption == title) return options;
  return groups_.emplace_back(title, po::options_description(title, kHelpWidth, kHelpWidth / 2))
      .second;
}

bool CommandLine::parse(Arguments arguments) {
  group("General").add_options()("help,h", "print this help");
  po::options_description all;
  for (const auto& [caption, options] : groups_) all.add(options);
  all.add_options()("positional", po::value<std::vector<std::string>>());
  po::positional_options_description places;
  places.add("positional", -1);
  namespace style = po::command_line_style;
  try {
    po::store(po::command_line_parser({arguments.begin(), arguments.end()})
                  .options(all)
                  .positional(places)
                  .style(style::unix_style & ~style::allow_guessing)
                  .run(),
              map_);
    if (map_.count("help")) {
      print_help();
      return false;
    }
    po::notify(map_);
  } catch (const po::error& e) {
    throw UsageError(e.what());
  }
  if (map_.count("positional")) values_ = map_["positional"].as<std::vector<std::string>>();
  const std::vector<std::string> wanted = words(positional_names_);
  if (values_.size() < wanted.size())
    throw UsageError("missing " + wanted[values_.size()] + " (wanted: " + positional_names_ + ")");
  if (values_.size() > wanted.size())
    throw UsageError("unexpected argument '" + values_[wanted.size()] + "'");
  return true;
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

std::vector<std::string> CommandLine::option_names() const {
  std::vector<std::string> names;
  for (const auto& [caption, options] : groups_)
    for (const auto& option : options.options()) names.push_back(option->long_name());
  return names;
}

}  // namespace gemel::app
