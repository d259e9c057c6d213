#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/corpus.hpp"
#include "apps/duplicate_search.hpp"
#include "apps/output/table.hpp"
#include "core/file.hpp"
#include "search/clusters.hpp"

namespace gemel::app {

/// Rows of one cluster as they are printed: the representative first.
struct ClusterRow {
  std::int32_t row = 0;                             // of the file
  std::int32_t representative = 0;                  // row of the file
  std::int32_t partner = 0;                         // row of the file it resembles most
  float score = 0;                                  // with the partner
  bool exact = false;                               // byte-identical to the partner
  std::int32_t distinct = 0, distinct_partner = 0;  // the member's two distinct texts
};
using PrintedCluster = std::vector<ClusterRow>;

/// Clusters of distinct texts, spread over all rows that hold them, together with texts that occur
/// more than once; by smallest row.
std::vector<PrintedCluster> spread_clusters(const Corpus&, const std::vector<Cluster>&, Metric);

/// Where the report goes and how.
struct ReportStyle {
  std::optional<output::TableFormat> table;  // absent: for people
  const Bundle* bundle = nullptr;            // for probabilities
  Metric metric = Metric::cosine;
};
/// Tables have a column `head` where a pair head was asked; it is empty for equal texts.
void print_clusters(AtomicFile&, const ReportStyle&, const Corpus&,
                    const std::vector<PrintedCluster>&, const FoundPairs&);
/// Pairs of rows of two corpora (the same one twice within a file), each row of equal texts named.
void print_pairs(AtomicFile&, const ReportStyle&, const Corpus& a, const Corpus& b,
                 const FoundPairs&);

}  // namespace gemel::app
