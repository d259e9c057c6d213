#include "corpora/tuple_reader.hpp"

#include <gemel/error.hpp>

#include "corpora/row_checks.hpp"

namespace gemel {
namespace {

std::vector<WantedColumn> wanted(const TupleOptions& options) {
  options.validate();
  std::vector<WantedColumn> wanted;
  for (const TupleColumn& c : options.columns)
    wanted.push_back({c.name, c.column, {c.name}, wanted.size() + 1, true, false});
  wanted.push_back(label_column(options.label, 0, false));
  return wanted;
}

}  // namespace

void TupleOptions::validate() const {
  if (columns.size() < kFewest || columns.size() > kMost)
    throw Error("columns", "there are " + std::to_string(columns.size()),
                "allowed is " + std::to_string(kFewest) + " to " + std::to_string(kMost));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name.empty())
      throw Error("columns", "the name of number " + std::to_string(i + 1) + " is empty",
                  "name the tower that the column is for");
    for (std::size_t j = 0; j < i; ++j)
      if (columns[j].name == columns[i].name)
        throw Error("columns", "'" + columns[i].name + "' is named twice",
                    "give each tower a name of its own");
  }
}

struct TupleReader::State {
  TupleOptions options;
  TableReader table;
  std::int64_t count = 0;

  explicit State(const TupleOptions& given)
      : options(given),
        table(with_columns(given.input, "tuples"), wanted(given), FileFormat::tsv) {}
};

// A file of labelled rows without a header, or with one that names other towers, would give the
// first tower the labels for texts.
void check_first_text(const TableReader& table, const TupleOptions& options) {
  const std::string_view text = table.values()[0];
  if (!table.first_line_is_row() || !options.columns[0].column.empty() || !options.label.empty() ||
      (text != "0" && text != "1"))
    return;
  throw Error(options.input.path + ":" + std::to_string(table.line()),
              "the text for " + options.columns[0].name + " is '" + std::string(text) +
                  "', which looks like a label",
              "say which columns hold the label and the texts, or give the file a header");
}

TupleReader::TupleReader(const TupleOptions& options) : state_(std::make_unique<State>(options)) {}
TupleReader::~TupleReader() = default;
TupleReader::TupleReader(TupleReader&&) noexcept = default;
TupleReader& TupleReader::operator=(TupleReader&&) noexcept = default;

bool TupleReader::next(TupleRow& row) {
  TableReader& table = state_->table;
  const std::size_t towers = state_->options.columns.size();
  while (table.next()) {
    if (table.blank()) continue;
    if (state_->count < 2) check_first_text(table, state_->options);
    const auto& values = table.values();  // the towers' texts, label
    std::optional<float> label = 1.0f;
    if (values[towers].data()) label = label_in(table, values[towers], state_->options.labels);
    if (!label) continue;
    if (!state_->options.allow_empty_texts && !texts_are_there(table, 0, towers)) continue;
    row.texts.assign(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(towers));
    row.label = *label;
    row.line = table.line();
    ++state_->count;
    return true;
  }
  return false;
}

const BadRows& TupleReader::bad_rows() const {
  return state_->table.bad_rows();
}
std::int64_t TupleReader::count() const {
  return state_->count;
}
std::string TupleReader::description() const {
  return state_->table.description();
}

}  // namespace gemel
