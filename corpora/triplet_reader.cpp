#include "corpora/triplet_reader.hpp"

#include "corpora/row_checks.hpp"

namespace gemel {
namespace {

std::vector<WantedColumn> wanted(const TripletColumns& columns) {
  return {{"anchor", columns.anchor, {"anchor", "query", "question"}, 1, true, false},
          {"positive", columns.positive, {"positive", "pos"}, 2, true, false},
          {"negative", columns.negative, {"negative", "neg"}, 3, true, false}};
}

}  // namespace

struct TripletReader::State {
  TripletOptions options;
  TableReader table;
  std::int64_t count = 0;

  explicit State(const TripletOptions& given)
      : options(given),
        table(with_columns(given.input, "triplets"), wanted(given.columns), FileFormat::tsv) {}
};

TripletReader::TripletReader(const TripletOptions& options)
    : state_(std::make_unique<State>(options)) {}
TripletReader::~TripletReader() = default;
TripletReader::TripletReader(TripletReader&&) noexcept = default;
TripletReader& TripletReader::operator=(TripletReader&&) noexcept = default;

bool TripletReader::next(TripletRow& row) {
  TableReader& table = state_->table;
  while (table.next()) {
    if (table.blank()) continue;
    if (!state_->options.allow_empty_texts && !texts_are_there(table, 0, 3)) continue;
    const auto& values = table.values();  // anchor, positive, negative
    row.anchor = values[0];
    row.positive = values[1];
    row.negative = values[2];
    row.line = table.line();
    ++state_->count;
    return true;
  }
  return false;
}

const BadRows& TripletReader::bad_rows() const {
  return state_->table.bad_rows();
}
std::int64_t TripletReader::count() const {
  return state_->count;
}
std::string TripletReader::description() const {
  return state_->table.description();
}

}  // namespace gemel
