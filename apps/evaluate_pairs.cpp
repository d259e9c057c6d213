#include "apps/evaluate_pairs.hpp"

#include <cassert>

#include "apps/output/table.hpp"

namespace gemel::app {

void write_pair_scores(const std::string& path, const train::Dataset& data,
                       const evaluation::EvaluationInput& input,
                       const std::optional<evaluation::Calibration>& calibration) {
  assert(data.pairs().size() == input.model.size());
  std::vector<std::string> columns = {"label", "score"};
  if (calibration) columns.emplace_back("probability");
  if (!input.head.empty()) columns.emplace_back("head");
  columns.insert(columns.end(), {"text1", "text2"});
  AtomicFile file(path);
  output::TableWriter table(
      file, output::table_format_from_ending(path).value_or(output::TableFormat::tsv),
      std::move(columns));
  std::vector<output::Cell> cells;
  for (std::size_t i = 0; i < input.model.size(); ++i) {
    const train::Dataset::Pair& pair = data.pairs()[i];
    const float score = input.model[i].score;
    cells = {static_cast<double>(pair.label), static_cast<double>(score)};
    if (calibration)
      cells.emplace_back(calibration->probability(distance_from_score(input.metric, score)));
    if (!input.head.empty()) cells.emplace_back(static_cast<double>(input.head[i].score));
    cells.emplace_back(data.text(pair.a));
    cells.emplace_back(data.text(pair.b));
    table.row(cells);
  }
  file.commit();
}

}  // namespace gemel::app
