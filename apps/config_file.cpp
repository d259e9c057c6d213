#include "apps/config_file.hpp"

#include <gemel/error.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

namespace gemel::app {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view kSpaces = " \t\r\v\f";
// Escapes within quotes: the letter behind the backslash, and what it stands for.
constexpr std::string_view kLetters = "\"\\ntr", kMeanings = "\"\\\n\t\r";

bool is_space(char c) {
  return kSpaces.find(c) != std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '#' && (i == 0 || is_space(text[i - 1]))) return text.substr(0, i);
  return text;
}

// A value in quotes; nothing where it does not end, or something follows the end.
std::optional<std::string> unquoted(std::string_view text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (!trimmed(without_comment(text.substr(i + 1))).empty()) return std::nullopt;
      return value;
    }
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    const std::size_t letter = ++i < text.size() ? kLetters.find(text[i]) : std::string_view::npos;
    if (letter == std::string_view::npos) return std::nullopt;
    value += kMeanings[letter];
  }
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(const std::string& file) : file_(file), sections_(1) {}

  void line(std::string_view text) {
    ++line_;
    text = trimmed(text);
    if (text.empty() || text[0] == '#') return;
    if (text[0] == '[')
      header(trimmed(without_comment(text)));
    else
      entry(text);
  }
  std::vector<ConfigSection> take() { return std::move(sections_); }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& advice) const {
    throw Error(file_ + ":" + std::to_string(line_), what, advice);
  }

  void header(std::string_view text) {
    if (text.back() != ']') fail("'" + std::string(text) + "' has no ']' at its end", "");
    const std::string name(trimmed(text.substr(1, text.size() - 2)));
    if (name.empty()) fail("the section has no name", "write [NAME]");
    sections_.push_back({name, line_, {}});
  }

  void entry(std::string_view text) {
    const std::size_t equals = text.find('=');
    const std::string name(trimmed(without_comment(text.substr(0, equals))));
    if (name.empty()) fail("nothing stands before '='", "write 'key = value'");
    const std::string_view rest =
        equals == std::string_view::npos ? "" : trimmed(text.substr(equals + 1));
    if (!rest.empty() && rest[0] == '"') {
      const auto value = unquoted(rest);
      if (!value)
        fail("the value of '" + name + "' is not well quoted",
             "end it with '\"', and write \\\" and \\\\ for '\"' and '\\' within");
      sections_.back().entries.push_back({name, *value, line_});
      return;
    }
    const std::string_view value = trimmed(without_comment(rest));
    if (equals == std::string_view::npos || value.empty())
      fail("'" + name + "' has no value",
           "write '" + name + " = VALUE', or '" + name + " = \"\"' for an empty one");
    sections_.back().entries.push_back({name, std::string(value), line_});
  }

  const std::string& file_;
  std::vector<ConfigSection> sections_;
  std::int64_t line_ = 0;
};

bool needs_quotes(std::string_view value) {
  return value.empty() || value[0] == '"' || trimmed(value) != value ||
         value.find_first_of("\n\r") != std::string_view::npos || without_comment(value) != value;
}

void add_line(std::string& text, const std::string& name, const Json& value) {
  if (!value.is_string())
    throw Error("training.config", "the value of '" + name + "' is no text", "");
  text += config_line(name, value.get_ref<const std::string&>());
}

}  // namespace

std::vector<ConfigSection> parse_sections(std::string_view text, const std::string& file) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  Parser parser(file);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    parser.line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parser.take();
}

std::vector<ConfigEntry> parse_config(std::string_view text, const std::string& file) {
  std::vector<ConfigSection> sections = parse_sections(text, file);
  if (sections.size() > 1)
    throw Error(file + ":" + std::to_string(sections[1].line),
                "'[" + sections[1].name + "]' begins a section, which a configuration has not",
                "write 'key = value' lines only; 'gemel sweep' takes files with sections");
  return std::move(sections[0].entries);
}

std::string config_line(std::string_view name, std::string_view value) {
  std::string line = std::string(name) + " = ";
  if (!needs_quotes(value)) return line + std::string(value) + "\n";
  line += '"';
  for (const char c : value) {
    const std::size_t meaning = kMeanings.find(c);
    if (meaning == std::string_view::npos)
      line += c;
    else
      (line += '\\') += kLetters[meaning];
  }
  return line + "\"\n";
}

std::string config_comment(std::string_view text) {
  constexpr std::size_t kWidth = 100;
  std::istringstream stream{std::string(text)};
  std::string result, line = "#";
  for (std::string word; stream >> word; line += " " + word) {
    if (line.size() + 1 + word.size() <= kWidth || line == "#") continue;
    result += line + "\n";
    line = "#";
  }
  return result + line + "\n";
}

std::string config_record_json(const ConfigRecord& record) {
  Json j = Json::object();
  for (const auto& [name, value] : record) {
    if (!j.contains(name)) {
      j[name] = value;
      continue;
    }
    if (!j[name].is_array()) j[name] = Json::array({j[name]});
    j[name].push_back(value);
  }
  // Paths need not be UTF-8.
  return j.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string config_from_record(std::string_view json) {
  const Json record = Json::parse(json, nullptr, false);
  if (!record.is_object()) throw Error("training.config", "is no JSON object", "");
  std::string text;
  for (const auto& [name, value] : record.items()) {
    if (!value.is_array())
      add_line(text, name, value);
    else
      for (const Json& one : value) add_line(text, name, one);
  }
  return text;
}

}  // namespace gemel::app
