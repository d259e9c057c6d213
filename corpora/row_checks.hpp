#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "corpora/label_kind.hpp"
#include "corpora/table_reader.hpp"

namespace gemel {

// What the readers of pairs, triplets and tuples have in common.

/// `input`, refused if its format has no columns. Error "PATH: plain text has no columns for ROWS;
/// …".
const InputOptions& with_columns(const InputOptions& input, const std::string& rows);

/// A column of labels by its usual names, in column `number` of a file without a header.
WantedColumn label_column(std::string asked, std::size_t number, bool required);

/// The number that a row has as its label; a bad row is reported and gives none.
std::optional<float> label_in(TableReader& table, std::string_view text, LabelKind kind);

/// Whether none of the row's texts, wanted columns `first` to before `last`, is empty or blank; a
/// bad row is reported.
bool texts_are_there(TableReader& table, std::size_t first, std::size_t last);

}  // namespace gemel
