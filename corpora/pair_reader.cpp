#include "corpora/pair_reader.hpp"

#include "corpora/row_checks.hpp"

namespace gemel {
namespace {

std::vector<WantedColumn> wanted(const PairColumns& columns) {
  return {label_column(columns.label, 1, true),
          {"text1", columns.text1, {"text1", "question1", "sentence1"}, 2, true, false},
          {"text2", columns.text2, {"text2", "question2", "sentence2"}, 3, true, false}};
}

}  // namespace

struct PairReader::State {
  PairOptions options;
  TableReader table;
  std::int64_t count = 0;

  explicit State(const PairOptions& given)
      : options(given),
        table(with_columns(given.input, "pairs"), wanted(given.columns), FileFormat::tsv) {}
};

PairReader::PairReader(const PairOptions& options) : state_(std::make_unique<State>(options)) {}
PairReader::~PairReader() = default;
PairReader::PairReader(PairReader&&) noexcept = default;
PairReader& PairReader::operator=(PairReader&&) noexcept = default;

bool PairReader::next(PairRow& pair) {
  TableReader& table = state_->table;
  while (table.next()) {
    if (table.blank()) continue;
    const auto& values = table.values();  // label, text1, text2
    const std::optional<float> label = label_in(table, values[0], state_->options.labels);
    if (!label) continue;
    if (!state_->options.allow_empty_texts && !texts_are_there(table, 1, 3)) continue;
    pair.label = *label;
    pair.text1 = values[1];
    pair.text2 = values[2];
    pair.line = table.line();
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
