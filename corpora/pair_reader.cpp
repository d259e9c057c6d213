#include "corpora/pair_reader.hpp"

#include <charconv>
#include <cmath>
#include <gemel/error.hpp>
#include <optional>

#include "corpora/table_reader.hpp"

namespace gemel {
namespace {

std::vector<WantedColumn> wanted(const PairColumns& columns) {
  return {{"label", columns.label, {"label", "is_duplicate", "score"}, 1, true, true},
          {"text1", columns.text1, {"text1", "question1", "sentence1"}, 2, true, false},
          {"text2", columns.text2, {"text2", "question2", "sentence2"}, 3, true, false}};
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<float> number_in(std::string_view text) {
  text = trimmed(text);
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

const PairOptions& checked(const PairOptions& options) {
  const FileFormat format = options.input.format == FileFormat::automatic
                                ? format_of_path(options.input.path)
                                : options.input.format;
  if (format == FileFormat::text)
    throw Error(options.input.path, "plain text has no columns for pairs",
                "choose the format tsv, csv or jsonl");
  return options;
}

}  // namespace

struct PairReader::State {
  PairOptions options;
  TableReader table;
  std::int64_t count = 0;

  explicit State(const PairOptions& given)
      : options(checked(given)), table(given.input, wanted(given.columns), FileFormat::tsv) {}

  void report(BadRow kind, std::string what, std::string advice) {
    table.report({kind, table.line(), 0, std::move(what), std::move(advice)});
  }

  std::optional<float> label(std::string_view text) {
    const std::optional<float> value = number_in(text);
    const std::string found = "label '" + std::string(text.substr(0, 40)) + "' ";
    if (!value) {
      const bool header = table.line() == 1 && !table.has_header();
      report(BadRow::bad_label, found + "is not a number",
             header ? "if line 1 is a header, say so or choose the columns by name"
                    : "correct the row, or skip bad rows");
    } else if (options.labels == LabelKind::binary && *value != 0 && *value != 1) {
      report(BadRow::bad_label, found + "is neither 0 nor 1",
             "correct the row, skip bad rows, or say that labels are graded");
      return std::nullopt;
    }
    return value;
  }

  bool texts_are_fine(std::string_view text1, std::string_view text2) {
    if (options.allow_empty_texts) return true;
    const bool first = trimmed(text1).empty();
    if (!first && !trimmed(text2).empty()) return true;
    report(BadRow::empty_text, std::string(first ? "text1" : "text2") + " is empty",
           "correct the row, or skip bad rows");
    return false;
  }
};

PairReader::PairReader(const PairOptions& options) : state_(std::make_unique<State>(options)) {}
PairReader::~PairReader() = default;
PairReader::PairReader(PairReader&&) noexcept = default;
PairReader& PairReader::operator=(PairReader&&) noexcept = default;

bool PairReader::next(PairRow& pair) {
  while (state_->table.next()) {
    if (state_->table.blank()) continue;
    const auto& values = state_->table.values();  // label, text1, text2
    const std::optional<float> label = state_->label(values[0]);
    if (!label || !state_->texts_are_fine(values[1], values[2])) continue;
    pair.label = *label;
    pair.text1 = values[1];
    pair.text2 = values[2];
    pair.line = state_->table.line();
    ++state_->count;
    return true;
  }
  return false;
}

const BadRows& PairReader::bad_rows() const {
  return state_->table.bad_rows();
}
std::int64_t PairReader::count() const {
  return state_->count;
}
std::string PairReader::description() const {
  return state_->table.description();
}

}  // namespace gemel
