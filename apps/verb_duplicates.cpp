#include <chrono>
#include <cstdio>
#include <gemel/error.hpp>

#include "apps/bundle_files.hpp"
#include "apps/compute_option.hpp"
#include "apps/corpus.hpp"
#include "apps/duplicate_report.hpp"
#include "apps/duplicate_search.hpp"
#include "apps/input.hpp"
#include "apps/model_path.hpp"
#include "apps/output_places.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "core/check.hpp"

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
  add_candidates_option(group);
  add_head_options(group);
  add_link_option(group);
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
  add_compute_option(line);
  add_text_options(line);
  line.epilogue(
      "Without a threshold flag the model's own threshold for accuracy is used, as by 'compare'; "
      "in\n"
      "a large corpus --precision or a higher --probability keeps chance hits out. Memory: about\n"
      "6 D bytes a distinct text, D floats being the model's embedding (see 'gemel info'), and up "
      "to\n"
      "256 MB where its pair head reads pooled vectors.\n"
      "A model's pair head takes a second look at the candidates that the score finds, and keeps\n"
      "those it is sure of. Where a model has several towers, the first of --link reads FILE, the\n"
      "second the file of --against.");
}

std::optional<output::TableFormat> table_format(const CommandLine& line) {
  const auto given = line.find<std::string>("output-format");
  if (!given) return output::table_format_from_ending(line.get<std::string>("output"));
  if (*given == "text") return std::nullopt;
  return output::table_format_from_name(*given);
}

// What can be told wrong without the model.
struct Choices {
  ClusterRule rule;
  EmbedderOptions embedder;
  std::optional<output::TableFormat> table;
  std::optional<Metric> metric;
};

Choices read_choices(const CommandLine& line) {
  Choices c;
  c.rule = cluster_rule_from_name(line.get<std::string>("clusters"));
  c.embedder.precision = read_compute(line);
  c.embedder.threads = line.get<int>("threads");
  c.embedder.validate();
  c.table = table_format(line);
  if (const auto metric = line.find<std::string>("metric")) c.metric = metric_from_name(*metric);
  if (const auto k = line.find<std::int64_t>("top")) check_range("top", *k, 1, 1'000'000);
  check_range("max-pairs", line.get<std::int64_t>("max-pairs"), std::int64_t{1},
              std::int64_t{2'000'000'000});
  if (const auto p = line.find<double>("probability"))
    check_range("probability", *p, 0.000001, 0.999999);
  check_head_options(line);
  read_text_options(line, line.positional()[0]);
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

// FILE's texts are read by a, those it is compared with by b.
TowerLink choose_towers(const CommandLine& line, const Embedder& embedder) {
  const TowerLink link = embedder.link(line.get<std::string>("link"));
  if (line.has("against") || link.a == link.b) return link;
  const ModelConfig& model = embedder.bundle().model;
  std::string advice = "give --against FILE with the texts that " +
                       model.towers[static_cast<std::size_t>(link.b)].name + " reads";
  for (std::size_t l = 0; l < model.links.size(); ++l)
    if (model.links[l].a == model.links[l].b) advice += ", or --link " + model.link_name(l);
  throw Error("link", "'" + link_name(embedder, link) + "' does not compare a file with itself",
              advice);
}

void report(const CommandLine& line, AtomicFile& file, const ReportStyle& style, ClusterRule rule,
            const Corpus& corpus, const Corpus* other, const FoundPairs& found) {
  if (other || line.has("top") || line.get<bool>("pairs")) {
    print_pairs(file, style, corpus, other ? *other : corpus, found);
    note(counted(static_cast<std::int64_t>(found.pairs.size()), "pair") + " of distinct texts");
    return;
  }
  const auto clusters =
      spread_clusters(corpus, find_clusters(corpus.distinct(), found.pairs, rule), style.metric);
  print_clusters(file, style, corpus, clusters, found);
  summarise_clusters(clusters);
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
  const TowerLink towers = choose_towers(line, embedder);
  const SearchPlan plan = plan_search(line, embedder, style.metric);
  AtomicFile file(line.get<std::string>("output"));  // an unwritable place shows before the work

  Phases phases;
  const auto load = [&](const std::string& from, int tower) {
    Corpus corpus = load_corpus(read_text_options(line, from), embedder,
                                static_cast<std::size_t>(tower), line.get<int>("threads"));
    summarise_corpus(from, corpus);
    return corpus;
  };
  const Corpus corpus = load(path, towers.a);
  const std::optional<Corpus> other =
      against ? std::optional(load(*against, towers.b)) : std::nullopt;
  const Corpus* const other_or_null = other ? &*other : nullptr;
  const double embed_seconds = phases.next();
  const FoundPairs found = search_duplicates(plan, embedder, corpus, other_or_null);
  const double search_seconds = phases.next();
  report(line, file, style, choices.rule, corpus, other_or_null, found);
  file.commit();
  if (const std::string told = describe_search(plan, found); !told.empty()) note(told);
  char text[256];
  std::snprintf(text, sizeof text, "read and embed %.2f s, search %.2f s, cluster and write %.2f s",
                embed_seconds, search_seconds, phases.next());
  note(text);
  return 0;
}

}  // namespace gemel::app
