#include "corpora/token_vectors.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <gemel/error.hpp>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "corpora/line_reader.hpp"

namespace gemel {
namespace {

constexpr std::int64_t kMostValues = std::int64_t{1} << 20;
constexpr std::string_view kBlanks = " \t";

const TokenVectorOptions& checked(const TokenVectorOptions& options) {
  InputOptions input;
  input.path = options.path;
  input.max_row_bytes = options.max_row_bytes;
  input.validate();
  return options;
}

void split(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
}

/// The number that the whole of `text` is; infinite where a double cannot hold it.
template <class T>
std::optional<T> number_in(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc{}) return value;
  if constexpr (std::is_floating_point_v<T>) return std::numeric_limits<T>::infinity();
  return std::nullopt;
}

bool is_count(std::string_view text) {
  return number_in<std::int64_t>(text).value_or(-1) >= 0;
}

}  // namespace

struct TokenVectorReader::State {
  TokenVectorOptions options;
  LineReader lines;
  std::string_view line;                  // read last
  std::vector<std::string_view> fields;   // of line
  bool pending = false;                   // line was read to learn D and is not returned yet
  std::optional<std::int64_t> announced;  // rows, by the first line
  std::vector<float> vector;              // [D]
  std::int64_t count = 0;
  BadRows bad;

  explicit State(const TokenVectorOptions& given)
      : options(checked(given)),
        lines(options.path, static_cast<std::size_t>(options.max_row_bytes)) {
    if (!read_line())
      throw Error(lines.name(), "holds no token vectors",
                  "give a file in the text format of word2vec, fastText or GloVe");
    std::int64_t dimension = static_cast<std::int64_t>(fields.size()) - 1;
    pending = fields.size() != 2 || !is_count(fields[0]) || !is_count(fields[1]);
    if (!pending) {
      announced = number_in<std::int64_t>(fields[0]);
      dimension = *number_in<std::int64_t>(fields[1]);
    }
    if (dimension < 1 || dimension > kMostValues)
      throw Error(where(), "vectors of " + std::to_string(dimension) + " numbers",
                  "allowed is 1 to " + std::to_string(kMostValues));
    vector.resize(static_cast<std::size_t>(dimension));
  }

  std::string where() const { return lines.name() + ":" + std::to_string(lines.line()); }

  /// The next line that is not blank.
  bool read_line() {
    do {
      if (!lines.next(line)) return false;
      line = without_return(line);
      split(line, fields);
    } while (fields.empty());
    return true;
  }

  /// Always false.
  bool report(BadRow kind, std::int64_t column, const std::string& what) {
    const Error error(where() + (column > 0 ? ":" + std::to_string(column) : ""), what,
                      "correct the row, or skip bad rows");
    if (options.bad_rows == BadRowPolicy::fail) throw error;
    bad.add(kind, error.what());
    return false;
  }
  bool report_field(std::string_view field, const char* what) {
    return report(BadRow::bad_vector, field.data() - line.data() + 1,
                  "'" + std::string(field.substr(0, 40)) + "' is not " + what);
  }

  /// Whether the line holds a token and D numbers. A token may be of several fields, such as
  /// "at name@example.org", if none of them but the first is a number.
  bool has_right_fields() {
    const std::size_t d = vector.size();
    bool right = fields.size() > d;
    for (std::size_t i = 1; right && i < fields.size() - d; ++i)
      right = !number_in<double>(fields[i]);
    return right ||
           report(BadRow::bad_vector, 0,
                  "the row has " + std::to_string(fields.size()) +
                      (fields.size() == 1 ? " field" : " fields") + ", but a token and " +
                      std::to_string(d) + (d == 1 ? " number is wanted" : " numbers are wanted"));
  }

  bool read_vector() {
    for (std::size_t i = 0; i < vector.size(); ++i) {
      const std::string_view field = fields[fields.size() - vector.size() + i];
      const std::optional<double> value = number_in<double>(field);
      if (!value) return report_field(field, "a number");
      if (!(std::abs(*value) <= double{std::numeric_limits<float>::max()}))
        return report_field(field, "a finite number that f32 can hold");
      vector[i] = static_cast<float>(*value);
    }
    return true;
  }

  bool read_row(TokenVectorRow& row) {
    if (const auto problem = find_bad_byte(line, lines.line()))
      return report(problem->kind, problem->column, problem->what);
    if (!has_right_fields() || !read_vector()) return false;
    const std::string_view last = fields[fields.size() - vector.size() - 1];
    row.token.assign(fields.front().data(), last.data() + last.size());
    row.vector = vector;
    row.line = lines.line();
    ++count;
    return true;
  }

  void check_count() const {
    if (!announced || *announced == count + bad.count) return;
    throw Error(lines.name(),
                "announces " + std::to_string(*announced) + (*announced == 1 ? " row" : " rows") +
                    ", but holds " + std::to_string(count + bad.count),
                "copy the file again, or correct its first line");
  }
};

TokenVectorReader::TokenVectorReader(const TokenVectorOptions& options)
    : state_(std::make_unique<State>(options)) {}
TokenVectorReader::~TokenVectorReader() = default;
TokenVectorReader::TokenVectorReader(TokenVectorReader&&) noexcept = default;
TokenVectorReader& TokenVectorReader::operator=(TokenVectorReader&&) noexcept = default;

bool TokenVectorReader::next(TokenVectorRow& row) {
  while (state_->pending || state_->read_line()) {
    state_->pending = false;
    if (state_->read_row(row)) return true;
  }
  state_->check_count();
  return false;
}

std::int64_t TokenVectorReader::dimension() const {
  return static_cast<std::int64_t>(state_->vector.size());
}
const BadRows& TokenVectorReader::bad_rows() const {
  return state_->bad;
}
std::int64_t TokenVectorReader::count() const {
  return state_->count;
}

}  // namespace gemel
