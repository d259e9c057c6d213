#pragma once
#include <functional>
#include <string>

#include "apps/command_line.hpp"
#include "corpora/pair_reader.hpp"
#include "corpora/text_reader.hpp"

namespace gemel::app {

/// The options that every verb reading pairs, or texts, has: format, header, columns, bad rows.
void add_pair_options(CommandLine&);
void add_text_options(CommandLine&);
PairOptions read_pair_options(const CommandLine&, const std::string& path, LabelKind);
TextOptions read_text_options(const CommandLine&, const std::string& path);

/// Calls `use` with every good pair of a file; names skipped rows on standard error at the end.
/// @return the number of pairs. Throws Error at a bad row unless --skip-bad-rows, or where the file
/// holds no pair at all.
std::int64_t for_each_pair(const PairOptions&, const std::function<void(const PairRow&)>& use);

/// Lines of a file, which are its rows if it is plain text; 0 where counting would take long or use
/// up what is no regular file. A guess: the file may be packed, have a header, or grow.
std::int64_t guess_rows(const std::string& path);

/// "FILE: 2 bad rows skipped: …" with the first messages, on standard error; nothing if there are
/// none.
void report_bad_rows(const std::string& path, const BadRows&);

}  // namespace gemel::app
