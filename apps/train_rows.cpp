#include "apps/train_rows.hpp"

#include <gemel/error.hpp>

#include "apps/bundle_files.hpp"
#include "apps/input.hpp"
#include "corpora/pair_reader.hpp"
#include "corpora/text_reader.hpp"
#include "corpora/triplet_reader.hpp"
#include "corpora/tuple_reader.hpp"

namespace gemel::app {
namespace {

using Use = std::function<void(ExampleRow&)>;

template <class Reader, class Row, class Take>
void read_all(const std::string& path, Reader reader, Row row, const Use& use, const Take& take,
              const std::string& rows = "rows") {
  ExampleRow example;
  while (reader.next(row)) {
    take(row, example);
    example.line = row.line;
    use(example);
  }
  report_bad_rows(path, reader.bad_rows());
  if (reader.count() == 0)
    throw Error(shown_name(path), "holds no " + rows, "read as " + reader.description());
}

TupleOptions tuple_options(const CommandLine& line, const std::string& path, LabelKind labels,
                           const ModelConfig& model) {
  const PairOptions pairs = read_pair_options(line, path, labels);
  TupleOptions options;
  options.input = pairs.input;
  options.labels = labels;
  options.label = pairs.columns.label;
  for (const TowerConfig& tower : model.towers) options.columns.push_back({tower.name, ""});
  for (const std::string& given :
       line.find<std::vector<std::string>>("tower-column").value_or(std::vector<std::string>())) {
    const std::size_t equals = given.find('=');
    if (equals == std::string::npos)
      throw UsageError("--tower-column '" + given + "' is no TOWER=COLUMN");
    const int tower = model.tower(given.substr(0, equals));
    options.columns[static_cast<std::size_t>(tower)].column = given.substr(equals + 1);
  }
  return options;
}

}  // namespace

void for_each_row(const CommandLine& line, const std::string& path, RowKind kind, LabelKind labels,
                  const ModelConfig& model, const Use& use) {
  const PairOptions pairs = read_pair_options(line, path, labels);
  switch (kind) {
    case RowKind::pairs:
      return read_all(
          path, PairReader(pairs), PairRow(), use,
          [](PairRow& row, ExampleRow& e) {
            e.texts = {std::move(row.text1), std::move(row.text2)};
            e.label = row.label;
          },
          "pairs");
    case RowKind::triplets: {
      TripletOptions options;
      options.input = pairs.input;
      return read_all(
          path, TripletReader(options), TripletRow(), use, [](TripletRow& row, ExampleRow& e) {
            e.texts = {std::move(row.anchor), std::move(row.positive), std::move(row.negative)};
          });
    }
    case RowKind::tuples:
      return read_all(path, TupleReader(tuple_options(line, path, labels, model)), TupleRow(), use,
                      [](TupleRow& row, ExampleRow& e) {
                        e.texts = row.texts;
                        e.label = row.label;
                      });
    case RowKind::texts: {
      TextOptions options;
      options.input = pairs.input;
      return read_all(path, TextReader(options), TextRow(), use,
                      [](TextRow& row, ExampleRow& e) { e.texts = {std::move(row.text)}; });
    }
  }
}

void add_row(train::Dataset& data, RowKind kind, const ModelConfig& model, const ExampleRow& row) {
  switch (kind) {
    case RowKind::pairs:
      if (model.siamese()) return data.add(row.texts[0], row.texts[1], row.label);
      return data.add_tuple(row.texts, model.links, row.label);
    case RowKind::triplets:
      return data.add_triplet(row.texts[0], row.texts[1], row.texts[2]);
    case RowKind::tuples:
      return data.add_tuple(row.texts, model.links, row.label);
    case RowKind::texts:
      return data.add(row.texts[0], row.texts[0], 1);
  }
}

}  // namespace gemel::app
