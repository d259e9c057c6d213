#include <nlohmann/json.hpp>

#include "corpora/rows.hpp"

namespace gemel {
namespace {

using nlohmann::json;

std::string quoted(const std::string& key) {
  return std::string("'").append(key).append("'");
}

class JsonlRows : public Rows {
 public:
  JsonlRows(LineReader& lines, std::vector<JsonValue> values)
      : lines_(lines), values_(std::move(values)), texts_(values_.size()), there_(values_.size()) {}

  bool next(Row& row) override {
    std::string_view line;
    if (!lines_.next(line)) return false;
    line = without_return(line);
    row.line = lines_.line();
    row.blank = line.find_first_not_of(" \t") == std::string_view::npos;
    for (std::string& text : texts_) text.clear();
    there_.assign(there_.size(), false);
    row.problem = find_bad_byte(line, row.line);
    if (!row.blank && !row.problem) row.problem = parse(line);
    row.fields.clear();
    for (std::size_t i = 0; i < texts_.size(); ++i)
      row.fields.push_back(there_[i] ? std::string_view(texts_[i]) : std::string_view());
    return true;
  }

 private:
  std::optional<Problem> parse(std::string_view line) {
    json object;
    try {
      object = json::parse(line);
    } catch (const json::parse_error& error) {
      return problem("is not valid JSON", static_cast<std::int64_t>(error.byte));
    } catch (const json::exception&) {
      return problem("holds a number that is too large", 0);
    }
    if (!object.is_object()) return problem("is not a JSON object", 0);
    for (std::size_t i = 0; i < values_.size(); ++i)
      if (auto bad = take(object, i)) return bad;
    return std::nullopt;
  }

  std::optional<Problem> take(const json& object, std::size_t index) {
    const JsonValue& wanted = values_[index];
    std::string& text = texts_[index];
    for (const std::string& key : wanted.keys) {
      const auto found = object.find(key);
      if (found == object.end()) continue;
      there_[index] = true;
      if (found->is_string()) {
        text = found->get_ref<const std::string&>();
        if (text.find('\0') != std::string::npos)
          return Problem{BadRow::nul_byte, lines_.line(), 0, "a NUL byte in " + quoted(key)};
        return std::nullopt;
      }
      if (wanted.number && found->is_boolean()) {
        text = found->get<bool>() ? "1" : "0";
        return std::nullopt;
      }
      if (!wanted.number || !found->is_number())
        return problem(quoted(key) + (wanted.number ? " is not a number" : " is not a string"), 0);
      text = found->dump();
      return std::nullopt;
    }
    if (!wanted.required) return std::nullopt;
    return Problem{BadRow::missing_column, lines_.line(), 0,
                   "there is no key " + quoted(wanted.keys.front())};
  }

  Problem problem(std::string what, std::int64_t column) const {
    return {BadRow::json, lines_.line(), column, std::move(what)};
  }

  LineReader& lines_;
  std::vector<JsonValue> values_;
  std::vector<std::string> texts_;  // [values_]
  std::vector<bool> there_;         // [values_] the object has one of the keys
};

}  // namespace

std::unique_ptr<Rows> jsonl_rows(LineReader& lines, std::vector<JsonValue> values) {
  return std::make_unique<JsonlRows>(lines, std::move(values));
}

}  // namespace gemel
