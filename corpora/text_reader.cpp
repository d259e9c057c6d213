#include "corpora/text_reader.hpp"

#include <gemel/error.hpp>

#include "corpora/table_reader.hpp"

namespace gemel {
namespace {

std::vector<WantedColumn> wanted(const TextColumns& columns) {
  return {{"text", columns.text, {"text"}, 1, true, false},
          {"id", columns.id, {"id"}, 0, false, true}};
}

const TextOptions& checked(const TextOptions& options) {
  const FileFormat format = options.input.format == FileFormat::automatic
                                ? format_of_path(options.input.path)
                                : options.input.format;
  const bool plain = format == FileFormat::text || format == FileFormat::automatic;
  if (plain && !(options.columns.text.empty() && options.columns.id.empty()))
    throw Error(options.input.path, "plain text has no columns to choose from",
                "choose the format tsv, csv or jsonl");
  return options;
}

}  // namespace

struct TextReader::State {
  TableReader table;
  std::int64_t count = 0, empty = 0;

  explicit State(const TextOptions& options)
      : table(checked(options).input, wanted(options.columns), FileFormat::text) {}
};

TextReader::TextReader(const TextOptions& options) : state_(std::make_unique<State>(options)) {}
TextReader::~TextReader() = default;
TextReader::TextReader(TextReader&&) noexcept = default;
TextReader& TextReader::operator=(TextReader&&) noexcept = default;

bool TextReader::next(TextRow& row) {
  if (!state_->table.next()) return false;
  const auto& values = state_->table.values();  // text, id
  row.text = values[0];
  row.id = values[1];
  row.line = state_->table.line();
  ++state_->count;
  if (row.text.find_first_not_of(" \t\r\n") == std::string::npos) ++state_->empty;
  return true;
}

const BadRows& TextReader::bad_rows() const {
  return state_->table.bad_rows();
}
std::int64_t TextReader::count() const {
  return state_->count;
}
std::int64_t TextReader::empty_count() const {
  return state_->empty;
}
std::string TextReader::description() const {
  return state_->table.description();
}

}  // namespace gemel
