#include "apps/train_data.hpp"

#include <algorithm>
#include <array>
#include <gemel/error.hpp>
#include <ranges>

#include "apps/bundle_files.hpp"
#include "apps/option_value.hpp"
#include "apps/terminal.hpp"
#include "apps/train_rows.hpp"
#include "apps/train_teacher.hpp"
#include "core/check.hpp"
#include "core/parallel.hpp"
#include "train/closure.hpp"

namespace gemel::app {
namespace {

constexpr std::array<std::string_view, 4> kRowKinds = {"pairs", "triplets", "tuples", "texts"};
using Names = std::vector<std::string>;

DevFile dev_file(const std::string& given, bool graded) {
  const std::size_t equals = given.find('=');
  if (equals == std::string::npos) {
    std::string name = base_name(given);
    return {name.substr(0, name.find('.')), given, graded};
  }
  return {given.substr(0, equals), given.substr(equals + 1), graded};
}

LabelKind labels_of(bool graded) {
  return graded ? LabelKind::graded : LabelKind::binary;
}

void describe(const std::string& role, const train::Dataset& data) {
  std::int64_t positive = 0;
  for (const auto& p : data.pairs()) positive += p.label >= 0.5f;
  char text[256];
  std::snprintf(text, sizeof text,
                "%s: %s (%.1f %% positive), %lld distinct texts, %.1f tokens a "
                "text%s",
                role.c_str(),
                counted(static_cast<std::int64_t>(data.pairs().size()), "pair").c_str(),
                100.0 * static_cast<double>(positive) /
                    static_cast<double>(std::max<std::size_t>(1, data.pairs().size())),
                static_cast<long long>(data.text_count()),
                static_cast<double>(data.token_count()) / static_cast<double>(data.text_count()),
                data.truncated() ? (", " + std::to_string(data.truncated()) + " cut").c_str() : "");
  note(text);
}

// Conflicting labels are reported always; pairs are added where --closure-pairs asks for them.
void close(const CommandLine& line, train::Dataset& data) {
  std::vector<train::ClosurePair> pairs;
  for (const auto& p : data.pairs()) pairs.push_back({p.a, p.b, p.label});
  train::ClosureOptions options;
  options.extra_per_text = line.get<int>("closure-pairs");
  options.seed = line.get<std::uint64_t>("seed");
  options.examples = 3;
  const train::Closure closure =
      train::close_pairs(static_cast<std::int32_t>(data.text_count()), pairs, options);
  note("closure: " + closure.report.summary());
  for (const train::ClosureConflict& c : closure.report.examples)
    warn("labelled different, yet joined by other labels: '" + data.text(c.a) + "' and '" +
         data.text(c.b) + "'");
  for (const train::ClosurePair& p : closure.extra) data.add_rows(p.a, p.b, p.label);
}

// A file's own lowest and highest degree become 0 and 1, so that scales need no option each.
void add_graded(const CommandLine& line, const DataFiles& files, const std::string& path,
                const ModelConfig& model, train::Dataset& data) {
  std::vector<ExampleRow> rows;
  for_each_row(line, path, RowKind::pairs, LabelKind::graded, model,
               [&](ExampleRow& row) { rows.push_back(std::move(row)); });
  const auto [low, high] = std::ranges::minmax(rows | std::views::transform(&ExampleRow::label));
  if (!(low < high))
    throw Error(base_name(path), "has the same label in every row",
                "give pairs of several degrees to --graded-pairs");
  for (int i = 0; i < files.graded_repeat; ++i)
    for (const ExampleRow& row : rows)
      data.add(row.texts[0], row.texts[1], (row.label - low) / (high - low));
}

void add_soft(const CommandLine& line, const std::string& path, const ModelConfig& model,
              train::Dataset& data) {
  for_each_row(line, path, RowKind::pairs, LabelKind::graded, model, [&](ExampleRow& row) {
    if (!(row.label >= 0 && row.label <= 1))
      throw Error(base_name(path) + ":" + std::to_string(row.line),
                  "label " + std::to_string(row.label) + " is no probability",
                  "give --soft-pairs labels from 0 to 1");
    data.add_soft(row.texts[0], row.texts[1], row.label);
  });
}

train::Dataset read_train(const CommandLine& line, const DataFiles& files, const ModelConfig& model,
                          const train::TrainOptions& options) {
  train::Dataset data;
  const bool alone = files.rows == RowKind::texts &&
                     std::ranges::all_of(options.loss.mix, [](const train::WeightedLoss& loss) {
                       return loss.term == train::LossTerm::distillation ||
                              loss.term == train::LossTerm::reconstruction;
                     });
  for_each_row(line, files.train, files.rows, labels_of(files.graded), model, [&](ExampleRow& row) {
    row.label /= files.label_scale;
    if (files.graded && !(row.label >= 0 && row.label <= 1))
      throw Error(base_name(files.train) + ":" + std::to_string(row.line),
                  "label " + std::to_string(row.label * files.label_scale) + " is outside 0 to " +
                      std::to_string(files.label_scale),
                  "set --label-scale to the largest label");
    if (alone)
      data.add_lone(row.texts[0]);
    else
      add_row(data, files.rows, model, row);
  });
  if (model.siamese() && files.rows != RowKind::texts && !files.graded) close(line, data);
  for (const std::string& path : files.graded_pairs) add_graded(line, files, path, model, data);
  for (const std::string& path : files.soft_pairs) add_soft(line, path, model, data);
  return data;
}

}  // namespace

void add_data_options(CommandLine& line) {
  line.group("Files").add_options()  //
      ("dev", po::value<Names>()->composing(),
       "labelled pairs, FILE or NAME=FILE; the first chooses the best epoch, thresholds and "
       "calibration; more are reported beside it")  //
      ("dev-graded", po::value<Names>()->composing(),
       "pairs whose labels are degrees, FILE or NAME=FILE: Pearson and Spearman")  //
      ("graded-pairs", po::value<Names>()->composing(),
       "more training pairs, whose labels are degrees of any scale: each file's lowest and highest "
       "label become 0 and 1")                                                     //
      ("graded-repeat", option_value(1), "times a pair of --graded-pairs counts")  //
      ("soft-pairs", po::value<Names>()->composing(),
       "more training pairs, whose labels are probabilities from a stronger classifier, 0 to 1: "
       "for bce and head")  //
      ("rows", po::value<std::string>(),
       "what FILE holds: pairs, triplets (anchor, positive, negative), tuples (a text for each "
       "tower, maybe a label) or texts; default: pairs, with three towers or more tuples")  //
      ("tower-column", po::value<Names>()->composing(),
       "tuples: TOWER=COLUMN; default: the column called like the tower, or its place")  //
      ("teacher", po::value<std::string>(),
       "another encoder's vectors, .npy, for --loss distillation")  //
      ("teacher-texts", po::value<std::string>(),
       "the texts of these vectors, one a row (or found by .npy.ids); default: FILE with --rows "
       "texts")  //
      ("closure-pairs", option_value(0),
       "pairs added for each text from the closure of the labelled duplicates, at most");
  line.group("Input").add_options()("graded", po::bool_switch(), "labels are degrees, not 0 and 1")(
      "label-scale", option_value(1.0f), "divides training labels into 0 to 1");
}

DataFiles read_data_files(const CommandLine& line, const ModelConfig& model) {
  DataFiles files;
  files.train = line.positional()[0];
  files.graded = line.get<bool>("graded");
  files.label_scale = line.get<float>("label-scale");
  if (!(files.label_scale > 0)) throw UsageError("--label-scale must be above 0");
  check_range("closure_pairs", line.get<int>("closure-pairs"), 0, 1000);
  files.rows = model.towers.size() > 2 ? RowKind::tuples : RowKind::pairs;
  if (const auto given = line.find<std::string>("rows"))
    files.rows = static_cast<RowKind>(index_of_name("rows", *given, kRowKinds));
  if (files.rows == RowKind::pairs && model.towers.size() > 2)
    throw UsageError("--rows pairs goes with one or two towers");
  if ((files.rows == RowKind::triplets || files.rows == RowKind::texts) && !model.siamese())
    throw UsageError("--rows " + line.get<std::string>("rows") + " goes with one tower");
  if (files.rows == RowKind::tuples && model.siamese())
    throw UsageError("--rows tuples needs --tower, once for each text of a row");
  files.graded_pairs = line.find<Names>("graded-pairs").value_or(Names());
  files.graded_repeat = line.get<int>("graded-repeat");
  check_range("graded_repeat", files.graded_repeat, 1, 1000);
  files.soft_pairs = line.find<Names>("soft-pairs").value_or(Names());
  const bool one_tower = files.rows == RowKind::pairs && model.siamese();
  if (!files.graded_pairs.empty() && !one_tower)
    throw UsageError("--graded-pairs goes with --rows pairs and one tower");
  if (!files.soft_pairs.empty() && !one_tower)
    throw UsageError("--soft-pairs goes with --rows pairs and one tower");
  for (const std::string& given : line.find<Names>("dev").value_or(Names()))
    files.dev.push_back(dev_file(given, files.graded));
  for (const std::string& given : line.find<Names>("dev-graded").value_or(Names()))
    files.dev.push_back(dev_file(given, true));
  for (std::size_t i = 0; i < files.dev.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (files.dev[i].name == files.dev[j].name)
        throw UsageError("two dev files are called '" + files.dev[i].name +
                         "': give them names, --dev NAME=FILE");
  files.teacher = line.find<std::string>("teacher").value_or("");
  files.teacher_texts = line.find<std::string>("teacher-texts")
                            .value_or(files.rows == RowKind::texts ? files.train : "");
  if (!files.teacher.empty() && files.teacher_texts.empty())
    throw UsageError("--teacher needs --teacher-texts");
  return files;
}

TrainData load_data(const CommandLine& line, const DataFiles& files, const ModelConfig& model,
                    const Tokenizer& tokenizer, const train::TrainOptions& options) {
  TrainData loaded;
  const int threads = options.threads > 0 ? options.threads : available_cores();
  const auto max_tokens = static_cast<std::size_t>(options.max_tokens);
  // One id more than allowed, so that the dataset can tell what was cut.
  const auto tokenise = [&](std::string_view text, std::vector<std::int32_t>& ids) {
    tokenizer.encode(text, ids, max_tokens + 1);
  };
  loaded.data = read_train(line, files, model, options);
  loaded.data.tokenise(tokenise, options.max_tokens, threads);
  describe("train", loaded.data);
  // Dev rows are pairs wherever towers do not ask for more.
  const RowKind rows = model.towers.size() > 2         ? RowKind::tuples
                       : files.rows == RowKind::tuples ? RowKind::tuples
                                                       : RowKind::pairs;
  for (const DevFile& file : files.dev) {
    train::DevSet& set = loaded.dev.emplace_back();
    set.name = file.name;
    for_each_row(line, file.path, rows, labels_of(file.graded), model,
                 [&](ExampleRow& row) { add_row(set.data, rows, model, row); });
    set.data.tokenise(tokenise, options.max_tokens, threads);
    describe("dev " + file.name, set.data);
  }
  if (!files.teacher.empty()) loaded.teacher = read_teacher(files, loaded.data);
  return loaded;
}

void for_each_text(const CommandLine& line, const DataFiles& files, const ModelConfig& model,
                   const std::function<void(std::string&&)>& use) {
  for_each_row(line, files.train, files.rows, labels_of(files.graded), model, [&](ExampleRow& row) {
    for (std::string& text : row.texts) use(std::move(text));
  });
}

}  // namespace gemel::app
