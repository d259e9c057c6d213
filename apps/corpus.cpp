#include "apps/corpus.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <gemel/error.hpp>

#include "apps/bundle_files.hpp"
#include "apps/input.hpp"
#include "apps/terminal.hpp"
#include "search/distinct.hpp"

namespace gemel::app {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::int64_t kWindow = 8192;  // texts embedded between two looks at the status line

void read_rows(const TextOptions& options, Corpus& corpus) {
  TextReader reader(options);
  for (TextRow row; reader.next(row);) {
    corpus.ids.push_back(row.id.empty() ? std::to_string(corpus.texts.size() + 1)
                                        : std::move(row.id));
    corpus.texts.push_back(std::move(row.text));
  }
  report_bad_rows(options.input.path, reader.bad_rows());
  corpus.bad_rows = reader.bad_rows().count;
  corpus.blank = reader.empty_count();
  corpus.description = reader.description();
  if (corpus.texts.empty())
    throw Error(shown_name(options.input.path), "holds no texts",
                "read as " + reader.description());
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string::npos;
}

void group_rows(Corpus& corpus) {
  const std::vector<std::string_view> views(corpus.texts.begin(), corpus.texts.end());
  const DistinctTexts found = find_distinct(views);
  std::vector<std::int32_t> place(found.first.size(), -1);  // without the blank ones
  for (std::size_t d = 0; d < found.first.size(); ++d) {
    if (is_blank(corpus.texts[static_cast<std::size_t>(found.first[d])])) continue;
    place[d] = static_cast<std::int32_t>(corpus.first.size());
    corpus.first.push_back(found.first[d]);
  }
  corpus.rows.resize(corpus.first.size());
  for (std::size_t row = 0; row < views.size(); ++row) {
    const std::int32_t to = place[static_cast<std::size_t>(found.distinct[row])];
    if (to >= 0)
      corpus.rows[static_cast<std::size_t>(to)].push_back(static_cast<std::int32_t>(row));
  }
}

void embed(Corpus& corpus, const Embedder& embedder, std::size_t tower, int threads) {
  corpus.tower = tower;
  corpus.dimension = embedder.dimension();
  const auto size = static_cast<std::size_t>(corpus.dimension);
  corpus.vectors = AlignedBuffer<float>(corpus.first.size() * size);
  StatusLine status;
  for (std::int64_t begin = 0; begin < corpus.distinct(); begin += kWindow) {
    const std::int64_t end = std::min(begin + kWindow, corpus.distinct());
    std::vector<std::string_view> window;
    for (std::int64_t d = begin; d < end; ++d)
      window.push_back(corpus.text(static_cast<std::int32_t>(d)));
    corpus.statistics.add(embedder.embed(
        window,
        {corpus.vectors.data() + static_cast<std::size_t>(begin) * size, window.size() * size},
        threads, tower));
    char text[96];
    std::snprintf(text, sizeof text, "embedding %lld of %lld distinct texts",
                  static_cast<long long>(end), static_cast<long long>(corpus.distinct()));
    status.show(text);
  }
}

}  // namespace

Corpus load_corpus(const TextOptions& options, const Embedder& embedder, std::size_t tower,
                   int threads) {
  Corpus corpus;
  const auto start = Clock::now();
  read_rows(options, corpus);
  group_rows(corpus);
  corpus.read_seconds = std::chrono::duration<double>(Clock::now() - start).count();
  embed(corpus, embedder, tower, threads);
  return corpus;
}

}  // namespace gemel::app
