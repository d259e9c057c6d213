#include <algorithm>
#include <chrono>
#include <cstdio>
#include <gemel/error.hpp>

#include "apps/bundle_files.hpp"
#include "apps/corpus.hpp"
#include "apps/duplicate_report.hpp"
#include "apps/input.hpp"
#include "apps/model_path.hpp"
#include "apps/output_places.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "apps/verdict_threshold.hpp"
#include "core/check.hpp"
#include "core/parallel.hpp"

namespace gemel::app {
namespace {

using Clock = std::chrono::steady_clock;

void declare(CommandLine& line) {
  po::options_description& group = line.group("Options");
  group.add_options()  //
      ("model,m", po::value<std::string>()->default_value(""),
       "bundle, or the name of a shipped one")  //
      ("against", po::value<std::string>(),
       "find the texts of this file that FILE's texts duplicate");
  add_threshold_options(group);
  group.add_options()  //
      ("top", po::value<std::int64_t>(),
       "for each text its K nearest as pairs, whatever they score unless --threshold is given")  //
      ("pairs", po::bool_switch(), "list pairs, not clusters")                                   //
      ("clusters", po::value<std::string>()->default_value("complete"),
       "complete: every two members are duplicates; components: chains of duplicates join")      //
      ("output,o", po::value<std::string>()->default_value("-"), "file, - for standard output")  //
      ("output-format", po::value<std::string>(),
       "text, tsv, csv or jsonl; default: by --output's ending, else text")  //
      ("max-pairs", po::value<std::int64_t>()->default_value(20'000'000),
       "stop with an error where more pairs are found")  //
      ("threads", po::value<int>()->default_value(0), "0 for all cores");
  add_text_options(line);
  line.epilogue(
      "Without a threshold flag the model's own threshold for accuracy is used, as by 'compare'; "
      "in\n"
      "a large corpus --precision or a higher --probability keeps chance hits out. Memory: about\n"
      "6 D bytes a distinct text, D floats being the model's embedding (see 'gemel info').");
}

std::optional<output::TableFormat> table_format(const CommandLine& line) {
  const std::string& path = line.get<std::string>("output");
  std::string wanted = "text";
  if (const auto given = line.find<std::string>("output-format")) {
    wanted = *given;
  } else {
    for (const char* ending : {"tsv", "csv", "jsonl"})
      if (path.ends_with(std::string(".") + ending)) wanted = ending;
  }
  if (wanted == "text") return std::nullopt;
  return output::table_format_from_name(wanted);
}

// What can be told wrong without the model.
struct Choices {
  ClusterRule rule;
  EmbedderOptions embedder;
  std::optional<output::TableFormat> table;
  std::optional<Metric> metric;
  TextOptions texts;
};

Choices read_choices(const CommandLine& line) {
  Choices c;
  c.rule = cluster_rule_from_name(line.get<std::string>("clusters"));
  c.embedder.threads = line.get<int>("threads");
  c.embedder.validate();
  c.table = table_format(line);
  if (const auto metric = line.find<std::string>("metric")) c.metric = metric_from_name(*metric);
  if (const auto k = line.find<std::int64_t>("top")) check_range("top", *k, 1, 1'000'000);
  check_range("max-pairs", line.get<std::int64_t>("max-pairs"), std::int64_t{1},
              std::int64_t{2'000'000'000});
  if (const auto p = line.find<double>("probability"))
    check_range("probability", *p, 0.000001, 0.999999);
  c.texts = read_text_options(line, line.positional()[0]);
  return c;
}

struct Phases {
  Clock::time_point last = Clock::now();
  double next() {
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - last).count();
    last = now;
    return seconds;
  }
};

std::vector<ScoredPair> search(const CommandLine& line, const Corpus& a, const Corpus* b,
                               Metric metric, float threshold, SearchStatistics& statistics) {
  StatusLine status;
  SearchOptions options;
  options.threads = line.get<int>("threads") > 0 ? line.get<int>("threads") : available_cores();
  options.max_pairs = line.get<std::int64_t>("max-pairs");
  options.progress = [&](double share) {
    status.show("searching " + std::to_string(static_cast<int>(share * 100)) + " %");
  };
  if (const auto k = line.find<std::int64_t>("top")) {
    auto pairs = b ? nearest(metric, a.matrix(), b->matrix(), *k, options, &statistics)
                   : nearest(metric, a.matrix(), *k, options, &statistics);
    if (line.has("threshold"))
      std::erase_if(pairs, [&](const ScoredPair& p) { return p.score < threshold; });
    return pairs;
  }
  return b ? neighbours_above(metric, a.matrix(), b->matrix(), threshold, options, &statistics)
           : neighbours_above(metric, a.matrix(), threshold, options, &statistics);
}

void summarise_corpus(const std::string& path, const Corpus& c) {
  char text[384];
  std::snprintf(
      text, sizeof text,
      "%s: %s, %lld distinct, %lld blank, %s; read %.2f s, tokenise %.2f s, encode %.2f s",
      base_name(path).c_str(), counted(static_cast<std::int64_t>(c.texts.size()), "text").c_str(),
      static_cast<long long>(c.distinct()), static_cast<long long>(c.blank),
      counted(c.bad_rows, "bad row").c_str(), c.read_seconds, c.statistics.tokenize_seconds,
      c.statistics.encode_seconds);
  note(text);
  note("  read as " + c.description);
}

void summarise_clusters(const std::vector<PrintedCluster>& clusters) {
  std::size_t members = 0;
  for (const PrintedCluster& c : clusters) members += c.size();
  const auto count = [](std::size_t n, const char* noun) {
    return counted(static_cast<std::int64_t>(n), noun);
  };
  note(count(clusters.size(), "cluster") + " of " + count(members, "text") + ", " +
       std::to_string(members - clusters.size()) + " of them duplicates of a representative");
}

}  // namespace

int run_duplicates(Arguments arguments) {
  CommandLine line("duplicates", "FILE", "Finds the texts of a file that say the same thing.");
  declare(line);
  if (!line.parse(arguments)) return 0;
  const Choices choices = checked_usage([&] { return read_choices(line); });
  const std::string& path = line.positional()[0];
  const auto against = line.find<std::string>("against");
  const std::string model = find_model(line.get<std::string>("model"));
  check_no_replacement({line.get<std::string>("output")}, {path, model, against.value_or("")});
  const Embedder embedder(model, choices.embedder);
  const ReportStyle style{choices.table, &embedder.bundle(),
                          choices.metric.value_or(embedder.bundle().metric)};
  VerdictThreshold threshold;
  if (!line.has("top") || line.has("threshold"))
    threshold = choose_threshold(line, embedder.bundle(), style.metric);
  AtomicFile file(line.get<std::string>("output"));  // an unwritable place shows before the work

  Phases phases;
  const Corpus corpus = load_corpus(choices.texts, embedder, line.get<int>("threads"));
  summarise_corpus(path, corpus);
  std::optional<Corpus> other;
  if (against) {
    other = load_corpus(read_text_options(line, *against), embedder, line.get<int>("threads"));
    summarise_corpus(*against, *other);
  }
  const double embed_seconds = phases.next();
  SearchStatistics statistics;
  const std::vector<ScoredPair> pairs =
      search(line, corpus, other ? &*other : nullptr, style.metric, threshold.score, statistics);
  const double search_seconds = phases.next();
  if (against || line.has("top") || line.get<bool>("pairs")) {
    print_pairs(file, style, corpus, other ? *other : corpus, pairs);
    note(counted(static_cast<std::int64_t>(pairs.size()), "pair") + " of distinct texts");
  } else {
    const auto clusters = spread_clusters(
        corpus, find_clusters(corpus.distinct(), pairs, choices.rule), style.metric);
    print_clusters(file, style, corpus, clusters);
    summarise_clusters(clusters);
  }
  file.commit();
  char text[256];
  if (!threshold.origin.empty()) {
    std::snprintf(text, sizeof text, "threshold: %s %.4f (%s)",
                  std::string(name(style.metric)).c_str(), static_cast<double>(threshold.score),
                  threshold.origin.c_str());
    note(text);
  }
  std::snprintf(text, sizeof text, "read and embed %.2f s, search %.2f s, cluster and write %.2f s",
                embed_seconds, search_seconds, phases.next());
  note(text);
  return 0;
}

}  // namespace gemel::app
