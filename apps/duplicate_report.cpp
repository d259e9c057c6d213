#include "apps/duplicate_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/bundle_files.hpp"
#include "apps/verdict_threshold.hpp"

namespace gemel::app {
namespace {

const std::vector<std::int32_t>& rows_of(const Corpus& corpus, std::int32_t distinct) {
  return corpus.rows[static_cast<std::size_t>(distinct)];
}
const std::string& id(const Corpus& c, std::int32_t row) {
  return c.ids[static_cast<std::size_t>(row)];
}
const std::string& text(const Corpus& c, std::int32_t row) {
  return c.texts[static_cast<std::size_t>(row)];
}

// Line breaks and tabs would break the layout for people.
std::string one_line(const std::string& text) {
  std::string line = text;
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return line;
}

std::string score_text(const ReportStyle& style, float score, float head) {
  char number[32];
  const auto append = [&](std::string& text, const char* format, float value) {
    if (!std::isfinite(value)) return;
    std::snprintf(number, sizeof number, format, static_cast<double>(value));
    text += number;
  };
  std::string text;
  append(text, "%7.4f", score);
  append(text, "  p %.3f", probability_of(*style.bundle, style.metric, score));
  append(text, "  head %.3f", head);
  return text;
}
int score_width(const FoundPairs& found) {
  return found.judged ? 30 : 18;
}

using Columns = std::vector<std::string>;
Columns columns(Columns first, const FoundPairs& found, const Columns& last) {
  if (found.judged) first.emplace_back("head");
  first.insert(first.end(), last.begin(), last.end());
  return first;
}
using Cells = std::vector<output::Cell>;
Cells cells(Cells first, const FoundPairs& found, float head, const Cells& last) {
  if (found.judged) first.emplace_back(static_cast<double>(head));
  first.insert(first.end(), last.begin(), last.end());
  return first;
}

void append_member(PrintedCluster& cluster, const Corpus& corpus, std::int32_t representative_row,
                   const ClusterMember& member, Metric metric) {
  const auto& rows = rows_of(corpus, member.row);
  const std::int32_t partner = rows_of(corpus, member.partner)[0];
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool exact = i > 0;
    cluster.push_back({rows[i], representative_row, exact ? rows[0] : partner,
                       exact ? score_from_distance(metric, 0) : member.score, exact, member.row,
                       member.partner});
  }
}

}  // namespace

std::vector<PrintedCluster> spread_clusters(const Corpus& corpus,
                                            const std::vector<Cluster>& clusters, Metric metric) {
  std::vector<PrintedCluster> printed;
  std::vector<bool> clustered(static_cast<std::size_t>(corpus.distinct()));
  for (const Cluster& cluster : clusters) {
    PrintedCluster& out = printed.emplace_back();
    const std::int32_t representative = rows_of(corpus, cluster.representative())[0];
    for (const ClusterMember& member : cluster.members) {
      clustered[static_cast<std::size_t>(member.row)] = true;
      append_member(out, corpus, representative, member, metric);
    }
  }
  for (std::int32_t d = 0; d < corpus.distinct(); ++d) {
    const auto& rows = rows_of(corpus, d);
    if (clustered[static_cast<std::size_t>(d)] || rows.size() < 2) continue;
    append_member(printed.emplace_back(), corpus, rows[0],
                  {d, d, score_from_distance(metric, 0), 0}, metric);
  }
  const auto smallest = [](const PrintedCluster& c) {
    return std::min_element(c.begin(), c.end(), [](auto& x, auto& y) { return x.row < y.row; })
        ->row;
  };
  std::sort(printed.begin(), printed.end(),
            [&](const auto& x, const auto& y) { return smallest(x) < smallest(y); });
  return printed;
}

void print_clusters(AtomicFile& file, const ReportStyle& style, const Corpus& corpus,
                    const std::vector<PrintedCluster>& clusters, const FoundPairs& found) {
  std::optional<output::TableWriter> table;
  if (style.table)
    table.emplace(file, *style.table,
                  columns({"cluster", "id", "representative", "match", "score", "probability"},
                          found, {"exact", "text"}));
  std::int64_t number = 0;
  for (const PrintedCluster& cluster : clusters) {
    ++number;
    if (!table)
      file.write("cluster " + std::to_string(number) + ", " +
                 counted(static_cast<std::int64_t>(cluster.size()), "text") + "\n");
    for (const ClusterRow& r : cluster) {
      const bool first = r.row == r.representative;
      const float head = r.exact ? std::nanf("") : found.head_of(r.distinct, r.distinct_partner);
      if (table) {
        const float p = probability_of(*style.bundle, style.metric, r.score);
        table->row(cells({number, std::string_view(id(corpus, r.row)),
                          std::string_view(id(corpus, r.representative)),
                          std::string_view(id(corpus, r.partner)), static_cast<double>(r.score),
                          static_cast<double>(p)},
                         found, head,
                         {std::int64_t{r.exact}, std::string_view(text(corpus, r.row))}));
        continue;
      }
      std::string score = first ? "" : r.exact ? "exact" : score_text(style, r.score, head);
      score.resize(std::max(score.size(), static_cast<std::size_t>(score_width(found))), ' ');
      const std::string match =
          first || r.partner == r.representative ? "" : "  (like " + id(corpus, r.partner) + ")";
      file.write("  " + score + "  [" + id(corpus, r.row) + "] " + one_line(text(corpus, r.row)) +
                 match + "\n");
    }
    if (!table) file.write("\n");
  }
}

void print_pairs(AtomicFile& file, const ReportStyle& style, const Corpus& a, const Corpus& b,
                 const FoundPairs& found) {
  std::optional<output::TableWriter> table;
  if (style.table)
    table.emplace(file, *style.table,
                  columns({"id1", "id2", "score", "probability"}, found, {"text1", "text2"}));
  for (std::size_t p = 0; p < found.pairs.size(); ++p) {
    const ScoredPair& pair = found.pairs[p];
    const float head = found.judged ? found.head[p] : std::nanf("");
    for (const std::int32_t i : rows_of(a, pair.i))
      for (const std::int32_t j : rows_of(b, pair.j)) {
        if (table)
          table->row(
              cells({std::string_view(id(a, i)), std::string_view(id(b, j)),
                     static_cast<double>(pair.score),
                     static_cast<double>(probability_of(*style.bundle, style.metric, pair.score))},
                    found, head, {std::string_view(text(a, i)), std::string_view(text(b, j))}));
        else
          file.write(score_text(style, pair.score, head) + "  [" + id(a, i) + "] " +
                     one_line(text(a, i)) + "\n" +
                     std::string(static_cast<std::size_t>(score_width(found)), ' ') + "  [" +
                     id(b, j) + "] " + one_line(text(b, j)) + "\n");
      }
  }
}

}  // namespace gemel::app
