#include "corpora/vector_ids.hpp"

#include <gemel/error.hpp>

#include "corpora/bad_rows.hpp"
#include "corpora/line_reader.hpp"

namespace gemel {
namespace {

constexpr std::size_t kLongest = std::size_t{64} << 20;

/// `line` with its escapes undone; the column of the first wrong one, from 1, or 0.
std::size_t unescape(std::string_view line, std::string& id) {
  id.clear();
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      id += line[i];
      continue;
    }
    constexpr std::string_view kLetters = "tnr\\", kMeanings = "\t\n\r\\";
    const std::size_t at = i + 1 < line.size() ? kLetters.find(line[i + 1]) : std::string::npos;
    if (at == std::string::npos) return i + 1;
    id += kMeanings[at];
    ++i;
  }
  return 0;
}

}  // namespace

std::vector<std::string> read_ids(const std::string& path) {
  LineReader lines(path, kLongest);
  std::vector<std::string> ids;
  std::string_view line;
  std::string id;
  const auto where = [&] { return lines.name() + ":" + std::to_string(lines.line()); };
  while (lines.next(line)) {
    line = without_return(line);
    if (const auto bad = find_bad_byte(line, lines.line()))
      throw Error(where() + ":" + std::to_string(bad->column), bad->what, "write the file again");
    if (line.empty()) throw Error(where(), "the id is empty", "write one id a line");
    if (const std::size_t column = unescape(line, id))
      throw Error(where() + ":" + std::to_string(column),
                  "a backslash stands before something else than t, n, r or a backslash",
                  "write \\\\ for a backslash");
    ids.push_back(id);
  }
  return ids;
}

}  // namespace gemel
