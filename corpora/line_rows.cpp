#include "corpora/rows.hpp"

namespace gemel {
namespace {

class LineRows : public Rows {
 public:
  LineRows(LineReader& lines, bool split) : lines_(lines), split_(split) {}

  bool next(Row& row) override {
    std::string_view line;
    if (!lines_.next(line)) return false;
    line = without_return(line);
    row.line = lines_.line();
    row.blank = line.empty();
    row.problem = find_bad_byte(line, row.line);
    row.fields.clear();
    for (std::size_t tab; split_ && (tab = line.find('\t')) != std::string_view::npos;) {
      row.fields.push_back(line.substr(0, tab));
      line.remove_prefix(tab + 1);
    }
    row.fields.push_back(line);
    return true;
  }

 private:
  LineReader& lines_;
  bool split_;
};

}  // namespace

std::unique_ptr<Rows> text_rows(LineReader& lines) {
  return std::make_unique<LineRows>(lines, false);
}
std::unique_ptr<Rows> tsv_rows(LineReader& lines) {
  return std::make_unique<LineRows>(lines, true);
}

}  // namespace gemel
