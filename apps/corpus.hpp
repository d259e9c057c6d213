#pragma once
#include <deque>
#include <string>
#include <vector>

#include "core/aligned.hpp"
#include "core/matrix.hpp"
#include "corpora/text_reader.hpp"
#include "infer/embedder.hpp"

namespace gemel::app {

/// A file of texts in memory, each distinct one embedded once. Blank texts are left out of
/// `distinct`: they say nothing, so they duplicate nothing.
struct Corpus {
  std::vector<std::string> texts;   // [rows]
  std::vector<std::string> ids;     // [rows], the id column or the row's number from 1
  std::vector<std::int32_t> first;  // [distinct], row where the distinct text comes first
  std::vector<std::vector<std::int32_t>> rows;  // [distinct], all rows that hold it
  AlignedBuffer<float> vectors;                 // [distinct, D]
  std::string description;  // how the file was read: "TSV, with a header, text: column 3"
  std::size_t tower = 0;    // whose embeddings they are
  std::int64_t dimension = 0, blank = 0, bad_rows = 0;
  double read_seconds = 0;
  EmbedStatistics statistics;

  std::int64_t distinct() const { return static_cast<std::int64_t>(first.size()); }
  ConstMatrixView matrix() const { return {vectors.data(), distinct(), dimension}; }
  std::vector<std::string_view> distinct_texts() const {
    std::vector<std::string_view> views;
    for (const std::int32_t row : first) views.push_back(texts[static_cast<std::size_t>(row)]);
    return views;
  }
  const std::string& text(std::int32_t distinct_row) const {
    return texts[static_cast<std::size_t>(first[static_cast<std::size_t>(distinct_row)])];
  }
};

/// Reads, and embeds by one of the model's towers. Throws Error at a bad row unless the options
/// skip them, and where the file holds no row.
Corpus load_corpus(const TextOptions&, const Embedder&, std::size_t tower, int threads);

}  // namespace gemel::app
