#include "corpora/teacher_reader.hpp"

#include <filesystem>
#include <gemel/error.hpp>
#include <unordered_map>
#include <vector>

#include "corpora/npy_reader.hpp"
#include "corpora/vector_ids.hpp"

namespace gemel {
namespace {

bool matches_by_id(const TeacherOptions& options, const std::string& ids) {
  if (options.match != TeacherMatch::automatic) return options.match == TeacherMatch::by_id;
  std::error_code failed;
  return !options.ids.empty() || std::filesystem::exists(ids, failed);
}

std::string counted(std::int64_t n, const std::string& one) {
  return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

}  // namespace

struct TeacherReader::State {
  NpyReader vectors;
  TextReader texts;
  std::string texts_name, ids_name;
  bool by_id;
  std::unordered_map<std::string, std::int64_t> rows;  // of the vectors, by id
  std::vector<float> vector;                           // [D]
  TextRow text;

  explicit State(const TeacherOptions& options)
      : vectors(options.vectors),
        texts(options.texts),
        texts_name(options.texts.input.path == "-" ? "standard input" : options.texts.input.path),
        ids_name(options.ids.empty() ? options.vectors + ".ids" : options.ids),
        by_id(matches_by_id(options, ids_name)),
        vector(static_cast<std::size_t>(vectors.dimension())) {
    if (by_id) fill_rows();
  }

  void fill_rows() {
    const std::vector<std::string> ids = read_ids(ids_name);
    const auto count = static_cast<std::int64_t>(ids.size());
    if (count != vectors.rows())
      throw Error(ids_name,
                  "has " + counted(count, "id") + ", but " + vectors.path() + " has " +
                      counted(vectors.rows(), "vector"),
                  "give the ids that were written with the vectors");
    for (std::int64_t row = 0; row < count; ++row) {
      const auto [it, added] = rows.emplace(ids[static_cast<std::size_t>(row)], row);
      if (!added)
        throw Error(ids_name + ":" + std::to_string(row + 1),
                    "the id '" + it->first.substr(0, 40) + "' stands in line " +
                        std::to_string(it->second + 1) + " too",
                    "make the ids distinct, or match the vectors by row");
    }
  }

  std::int64_t row_of_id() const {
    const std::string id = text.id.empty() ? std::to_string(texts.count()) : text.id;
    if (const auto found = rows.find(id); found != rows.end()) return found->second;
    throw Error(texts_name + ":" + std::to_string(text.line),
                "the id '" + id.substr(0, 40) + "' is not in " + ids_name,
                "give the texts that the vectors were made from, or match them by row");
  }

  /// All texts are counted, so that the message can name both numbers.
  [[noreturn]] void wrong_length() {
    TextRow rest;
    while (texts.next(rest)) continue;
    const std::int64_t bad = texts.bad_rows().count;
    throw Error(vectors.path(),
                "has " + counted(vectors.rows(), "vector") + ", but " + texts_name + " has " +
                    counted(texts.count(), "text") +
                    (bad ? " besides " + counted(bad, "bad row") : ""),
                "give the texts that the vectors were made from, in the same order");
  }
};

TeacherReader::TeacherReader(const TeacherOptions& options)
    : state_(std::make_unique<State>(options)) {}
TeacherReader::~TeacherReader() = default;
TeacherReader::TeacherReader(TeacherReader&&) noexcept = default;
TeacherReader& TeacherReader::operator=(TeacherReader&&) noexcept = default;

bool TeacherReader::next(TeacherRow& row) {
  State& s = *state_;
  if (!s.texts.next(s.text)) {
    if (!s.by_id && s.texts.count() != s.vectors.rows()) s.wrong_length();
    return false;
  }
  if (!s.by_id && s.texts.count() > s.vectors.rows()) s.wrong_length();
  row.row = s.by_id ? s.row_of_id() : s.texts.count() - 1;
  s.vectors.row(row.row, s.vector);
  row.text = s.text.text;
  row.vector = s.vector;
  row.line = s.text.line;
  return true;
}

std::int64_t TeacherReader::dimension() const {
  return state_->vectors.dimension();
}
std::int64_t TeacherReader::vectors() const {
  return state_->vectors.rows();
}
std::int64_t TeacherReader::count() const {
  return state_->texts.count();
}
bool TeacherReader::by_id() const {
  return state_->by_id;
}
const BadRows& TeacherReader::bad_rows() const {
  return state_->texts.bad_rows();
}

}  // namespace gemel
