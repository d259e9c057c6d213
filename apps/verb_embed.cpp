#include <array>
#include <chrono>
#include <cstdio>
#include <future>
#include <gemel/error.hpp>

#include "apps/bundle_files.hpp"
#include "apps/compute_option.hpp"
#include "apps/input.hpp"
#include "apps/model_path.hpp"
#include "apps/terminal.hpp"
#include "apps/vector_files.hpp"
#include "apps/vector_places.hpp"
#include "apps/verbs.hpp"
#include "core/aligned.hpp"
#include "core/check.hpp"
#include "infer/embedder.hpp"

namespace gemel::app {
namespace {

constexpr std::size_t kWindowBytes = std::size_t{16} << 20;  // of text: long ones make it shorter

void declare(CommandLine& line) {
  line.group("Options").add_options()  //
      ("model,m", po::value<std::string>()->default_value(""),
       "bundle, or the name of a shipped one")  //
      ("tower", po::value<std::string>()->default_value(""),
       "the model's encoder that reads the texts, where it has several (see 'gemel info')")  //
      ("precision", po::value<std::string>()->default_value("auto"),
       "auto: the fastest that 'gemel evaluate --precision' found good enough; or f32, bf16 or "
       "int8, each faster than the one before where the CPU has it; the vectors of "
       "the English model move by 0.12 % and 2.2 % (medians)")  //
      ("window", po::value<int>()->default_value(8192),
       "rows taken at a time, three times as many are in memory; a text repeated among them is "
       "encoded once")  //
      ("threads", po::value<int>()->default_value(0), "0 for all cores");
  add_vector_options(line);
  add_text_options(line);
  line.epilogue(
      "Every row gets a vector, an empty text too, in the input's order. Beside OUTPUT stand\n"
      "OUTPUT.ids (an id a line: the id column, or the row's number from 1; tab, line feed,\n"
      "carriage return and backslash are \\t, \\n, \\r and \\\\) and OUTPUT.json (model, counts,\n"
      "checksums). All appear together at the end, or none. To standard output, or to another\n"
      "pipe or device, go fvecs, f32 and jsonl, without the files beside.");
}

EmbedderOptions embedder_options(const CommandLine& line) {
  try {
    EmbedderOptions options;
    options.precision = compute_from_text(line.get<std::string>("precision"), "precision");
    options.threads = line.get<int>("threads");
    options.validate();
    check_range("window", line.get<int>("window"), 1, 1 << 20);
    return options;
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

using Vectors = AlignedBuffer<float>;  // [rows, D], and room left from larger windows

// Rows read and not yet written.
struct Window {
  std::vector<TextRow> rows;

  // False at the end of the input. Room is given back first: long rows would otherwise pile up.
  bool fill(TextReader& reader, std::size_t most) {
    rows.clear();
    std::size_t bytes = 0;
    for (TextRow row; rows.size() < most && bytes < kWindowBytes && reader.next(row);) {
      if (row.id.empty()) row.id = std::to_string(reader.count());
      bytes += row.text.size() + row.id.size();
      rows.push_back(std::move(row));
    }
    return !rows.empty();
  }
};

struct Work {
  EmbedStatistics statistics;
  double read_seconds = 0, write_seconds = 0;
};

using Clock = std::chrono::steady_clock;

double lap(Clock::time_point& last) {
  const auto now = Clock::now();
  return std::chrono::duration<double>(now - std::exchange(last, now)).count();
}

void embed_window(const Embedder& embedder, std::size_t tower, const Window& window,
                  Vectors& vectors, Work& work) {
  std::vector<std::string_view> texts;
  for (const TextRow& row : window.rows) texts.push_back(row.text);
  const std::size_t count = texts.size() * static_cast<std::size_t>(embedder.dimension());
  if (count > vectors.size()) vectors = Vectors(count);
  work.statistics.add(embedder.embed(texts, vectors.span().first(count), 0, tower));
}

void write_window(const Window& window, std::span<const float> vectors, std::size_t width,
                  VectorFiles& files) {
  std::vector<output::VectorRow> rows;
  for (std::size_t i = 0; i < window.rows.size(); ++i)
    rows.push_back({window.rows[i].id, window.rows[i].text, vectors.subspan(i * width, width)});
  files.rows(rows);
  files.flush();
}

void show(StatusLine& status, const EmbedStatistics& done, Clock::time_point start) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  char text[96];
  std::snprintf(text, sizeof text, "%lld texts embedded, %.0f texts/s",
                static_cast<long long>(done.texts), static_cast<double>(done.texts) / seconds);
  status.show(text);
}

// Windows follow each other through reading, embedding and writing, each at its own stage.
Work embed_all(TextReader& reader, const Embedder& embedder, std::size_t tower,
               std::size_t window_rows, VectorFiles& files) {
  Work work;
  std::array<Window, 3> windows;
  std::array<Vectors, 2> vectors;  // a window that is being read has none
  StatusLine status;
  const auto start = Clock::now();
  const auto read = [&](Window& window) {
    return std::async(std::launch::async, [&] {
      auto last = Clock::now();
      const bool any = window.fill(reader, window_rows);
      work.read_seconds += lap(last);
      return any;
    });
  };
  const auto write = [&](const Window& window, const Vectors& its) {
    return std::async(std::launch::async, [&] {
      auto last = Clock::now();
      write_window(window, its.span(), static_cast<std::size_t>(embedder.dimension()), files);
      work.write_seconds += lap(last);
    });
  };
  std::future<void> writing;
  std::future<bool> reading = read(windows[0]);
  for (std::size_t i = 0; reading.get(); ++i) {
    reading = read(windows[(i + 1) % 3]);  // written, for the write of i - 2 was waited for
    embed_window(embedder, tower, windows[i % 3], vectors[i % 2], work);
    if (writing.valid()) writing.get();
    writing = write(windows[i % 3], vectors[i % 2]);
    show(status, work.statistics, start);
  }
  if (writing.valid()) writing.get();
  return work;
}

output::VectorManifest describe(const Embedder& embedder, std::size_t tower,
                                const TextReader& reader, const std::string& source,
                                const Work& work) {
  output::VectorManifest m;
  m.version = GEMEL_VERSION;
  m.dimension = embedder.dimension();
  m.model = base_name(embedder.path());
  m.fingerprint = embedder.bundle().fingerprint;
  const ModelConfig& config = embedder.bundle().model;
  if (!config.siamese()) m.tower = config.towers[tower].name;
  m.metric = name(embedder.bundle().metric);
  m.precision = name(embedder.precision());
  m.max_tokens = embedder.max_tokens();
  m.source = base_name(source);
  m.bad_rows = reader.bad_rows().count;
  m.empty_texts = reader.empty_count();
  m.truncated_texts = work.statistics.truncated;
  return m;
}

void summarise(const Work& work, std::int64_t empty, double seconds) {
  const EmbedStatistics& s = work.statistics;
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  note(number(s.texts) + " texts, " + number(s.distinct) + " encoded, " + number(s.tokens) +
       " tokens; " + number(empty) + " empty, " + number(s.truncated) + " truncated");
  char text[256];
  std::snprintf(text, sizeof text,
                "%.2f s: read %.2f s, tokenise %.2f s, encode %.2f s, write %.2f s; %.0f texts/s",
                seconds, work.read_seconds, s.tokenize_seconds, s.encode_seconds,
                work.write_seconds, static_cast<double>(s.texts) / seconds);
  note(text);
}

}  // namespace

int run_embed(Arguments arguments) {
  CommandLine line("embed", "FILE", "Turns the texts of a file into vectors.");
  declare(line);
  if (!line.parse(arguments)) return 0;
  const std::string& path = line.positional()[0];
  const EmbedderOptions options = embedder_options(line);
  const std::string model = find_model(line.get<std::string>("model"));
  const VectorPlaces places = choose_vector_places(line, {path, model});
  const TextOptions text_options = read_text_options(line, path);
  const Embedder embedder(model, options);
  if (options.precision && embedder.precision() != *options.precision)
    warn("this CPU or this encoder lacks " + std::string(name(*options.precision)) + "; " +
         std::string(name(embedder.precision())) + " is used");
  const std::size_t tower = embedder.tower(line.get<std::string>("tower"));
  TextReader reader(text_options);
  const bool counted = output::has_count_in_header(places.format);
  VectorFiles files(places, embedder.dimension(), counted ? guess_rows(path) : 0);

  auto start = Clock::now();
  Work work =
      embed_all(reader, embedder, tower, static_cast<std::size_t>(line.get<int>("window")), files);
  report_bad_rows(path, reader.bad_rows());
  if (reader.count() == 0)
    throw Error(base_name(path), "holds no texts", "read as " + reader.description());
  auto last = Clock::now();
  files.finish(describe(embedder, tower, reader, path, work));
  work.write_seconds += lap(last);
  summarise(work, reader.empty_count(), lap(start));
  return 0;
}

}  // namespace gemel::app
