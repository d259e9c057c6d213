#include "apps/input.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <gemel/error.hpp>

#include "apps/bundle_files.hpp"
#include "apps/terminal.hpp"
#include "core/check.hpp"

namespace gemel::app {
namespace {

void add_format_options(po::options_description& group) {
  group.add_options()  //
      ("format", po::value<std::string>()->default_value("automatic"),
       "text, tsv, csv, jsonl, or automatic: by the file's ending (.gz and .zst are unpacked)")  //
      ("header", po::value<std::string>()->default_value("automatic"),
       "the first row names the columns: yes, no or automatic")  //
      ("skip-bad-rows", po::bool_switch(), "leave bad rows out and name them, instead of stopping");
}

InputOptions read_format_options(const CommandLine& line, const std::string& path) {
  constexpr std::array<std::string_view, 3> kHeaders = {"automatic", "yes", "no"};
  InputOptions input;
  input.path = path;
  input.format = file_format_from_name(line.get<std::string>("format"));
  input.header =
      static_cast<Header>(index_of_name("header", line.get<std::string>("header"), kHeaders));
  input.bad_rows = line.get<bool>("skip-bad-rows") ? BadRowPolicy::skip : BadRowPolicy::fail;
  return input;
}

auto column() {
  return po::value<std::string>()->default_value("");
}

}  // namespace

void add_pair_options(CommandLine& line) {
  po::options_description& group = line.group("Input");
  add_format_options(group);
  group.add_options()  //
      ("label-column", column(),
       "name or number from 1; else label, is_duplicate or score, or 1")      //
      ("text1-column", column(), "else text1, question1 or sentence1, or 2")  //
      ("text2-column", column(), "else text2, question2 or sentence2, or 3");
}

void add_text_options(CommandLine& line) {
  po::options_description& group = line.group("Input");
  add_format_options(group);
  group.add_options()                                                                   //
      ("text-column", column(), "name or number from 1; else the column 'text', or 1")  //
      ("id-column", column(), "name or number; else the column 'id', or the row's number");
}

PairOptions read_pair_options(const CommandLine& line, const std::string& path, LabelKind kind) {
  PairOptions options;
  options.input = read_format_options(line, path);
  options.columns = {line.get<std::string>("label-column"), line.get<std::string>("text1-column"),
                     line.get<std::string>("text2-column")};
  options.labels = kind;
  return options;
}

TextOptions read_text_options(const CommandLine& line, const std::string& path) {
  TextOptions options;
  options.input = read_format_options(line, path);
  options.columns = {line.get<std::string>("text-column"),
                     line.has("id-column") ? line.get<std::string>("id-column") : ""};
  return options;
}

std::int64_t for_each_pair(const PairOptions& options,
                           const std::function<void(const PairRow&)>& use) {
  PairReader reader(options);
  for (PairRow row; reader.next(row);) use(row);
  report_bad_rows(options.input.path, reader.bad_rows());
  if (reader.count() == 0)
    throw Error(shown_name(options.input.path), "holds no pairs",
                "read as " + reader.description());
  return reader.count();
}

std::int64_t guess_rows(const std::string& path) {
  constexpr std::uintmax_t kMost = std::uintmax_t{1} << 30;
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed) ||
      std::filesystem::file_size(path, failed) > kMost || failed)
    return 0;
  std::ifstream in(path, std::ios::binary);
  std::vector<char> piece(std::size_t{1} << 18);
  std::int64_t lines = 0;
  char last = '\n';
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto end = piece.begin() + in.gcount();
    lines += std::count(piece.begin(), end, '\n');
    if (in.gcount() > 0) last = *(end - 1);
  }
  return lines + (last == '\n' ? 0 : 1);
}

void report_bad_rows(const std::string& path, const BadRows& bad) {
  if (bad.count == 0) return;
  warn(shown_name(path) + ": skipped " + bad.summary());
  for (const std::string& message : bad.messages) note("  " + message);
}

}  // namespace gemel::app
