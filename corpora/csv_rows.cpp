#include <csv.h>

#include <deque>
#include <gemel/error.hpp>
#include <new>

#include "corpora/rows.hpp"

namespace gemel {
namespace {

int no_space(unsigned char) {
  return 0;
}  // blanks around a field belong to it

/// libcsv, fed one line at a time so that rows know their lines.
class CsvRows : public Rows {
 public:
  CsvRows(LineReader& lines, std::size_t max_bytes) : lines_(lines), max_bytes_(max_bytes) {
    open_parser();
  }
  ~CsvRows() override { csv_free(&parser_); }
  CsvRows(const CsvRows&) = delete;
  CsvRows& operator=(const CsvRows&) = delete;

  bool next(Row& row) override {
    if (!ready_.empty()) ready_.pop_front();  // the row returned last, which may be viewed till now
    while (ready_.empty())
      if (!read_line()) return false;
    const Record& record = ready_.front();
    row.line = record.line;
    row.blank = record.blank;
    row.problem = record.problem;
    row.fields.clear();
    std::size_t begin = 0;
    for (const std::size_t end : record.ends) {
      row.fields.push_back(std::string_view(record.text).substr(begin, end - begin));
      begin = end;
    }
    return true;
  }

 private:
  struct Record {
    std::string text;               // all fields, one after another
    std::vector<std::size_t> ends;  // [fields] where each ends in text
    std::int64_t line = 0;
    bool blank = false;
    std::optional<Problem> problem;
  };

  void open_parser() {
    if (csv_init(&parser_, CSV_STRICT) != 0) throw std::bad_alloc();
    csv_set_space_func(&parser_, no_space);
  }

  bool read_line() {
    std::string_view line;
    if (!lines_.next(line)) {
      if (open_) unterminated();
      return false;
    }
    if (!open_ && without_return(line).empty()) {
      ready_.push_back({{}, {0}, lines_.line(), true, {}});
      return true;
    }
    if (!open_) begin_record();
    row_bytes_ += line.size() + 1;
    if (row_bytes_ > max_bytes_) too_long();
    if (!record_.problem) record_.problem = find_bad_byte(line, lines_.line());
    csv_set_blk_size(&parser_, row_bytes_);  // libcsv's buffer grows by this: no steps of 128 bytes
    if (!feed(line) || !feed("\n")) restart();
    return true;
  }

  void begin_record() {
    open_ = true;
    record_ = {};
    record_.line = field_line_ = lines_.line();
    row_bytes_ = 0;
  }

  /// False after a stray quote.
  bool feed(std::string_view bytes) {
    const std::size_t done =
        csv_parse(&parser_, bytes.data(), bytes.size(), on_field, on_row, this);
    if (out_of_memory_ || csv_error(&parser_) == CSV_ENOMEM) throw std::bad_alloc();
    if (done == bytes.size()) return true;
    record_.problem = Problem{BadRow::quoting, lines_.line(), static_cast<std::int64_t>(done) + 1,
                              "a quote in the middle of a field",
                              "quote the whole field and double the quotes inside it"};
    return false;
  }

  void restart() {
    csv_free(&parser_);
    open_parser();
    finish_record();
  }

  void finish_record() {
    ready_.push_back(std::move(record_));
    open_ = false;
  }

  [[noreturn]] void unterminated() const {
    throw Error(lines_.name() + ":" + std::to_string(field_line_),
                "the quoted field that opens here never ends",
                "close the quote, or double the quotes inside the field");
  }
  [[noreturn]] void too_long() const {
    throw Error(lines_.name() + ":" + std::to_string(record_.line),
                "the row that begins here is longer than " + std::to_string(max_bytes_) + " bytes",
                "look for a quote that is not closed, or raise the limit");
  }

  // No exception may cross libcsv, which is C.
  static void on_field(void* field, std::size_t size, void* self) {
    auto& rows = *static_cast<CsvRows*>(self);
    try {
      if (!rows.open_) rows.begin_record();  // a second row on one line, after a lone return
      rows.record_.text.append(static_cast<const char*>(field), size);
      rows.record_.ends.push_back(rows.record_.text.size());
      rows.field_line_ = rows.lines_.line();
    } catch (const std::bad_alloc&) {
      rows.out_of_memory_ = true;
    }
  }
  static void on_row(int, void* self) {
    auto& rows = *static_cast<CsvRows*>(self);
    try {
      if (rows.open_) rows.finish_record();
    } catch (const std::bad_alloc&) {
      rows.out_of_memory_ = true;
    }
  }

  LineReader& lines_;
  std::size_t max_bytes_;
  csv_parser parser_{};
  Record record_;  // the row being read, while open_
  std::deque<Record> ready_;
  bool open_ = false, out_of_memory_ = false;
  std::int64_t field_line_ = 0;  // where the current field begins
  std::size_t row_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Rows> csv_rows(LineReader& lines, std::size_t max_bytes) {
  return std::make_unique<CsvRows>(lines, max_bytes);
}

}  // namespace gemel
