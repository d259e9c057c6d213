#include <gemel/error.hpp>
#include <string>
#include <vector>

#include "apps/bundle_files.hpp"
#include "apps/input.hpp"
#include "apps/model_path.hpp"
#include "apps/output_places.hpp"
#include "apps/verbs.hpp"
#include "core/check.hpp"
#include "core/file.hpp"
#include "infer/bundle_tokenizer.hpp"

namespace gemel::app {
namespace {

void declare(CommandLine& line) {
  line.group("Options").add_options()  //
      ("model,m", po::value<std::string>()->default_value(""),
       "bundle, or the name of a shipped one")  //
      (
          "tokenizer", po::value<std::string>()->default_value(""),
          "a tokenizer's file, as 'gemel tokenizer' or 'gemel export' writes it, in place of "
          "--model")  //
      ("max-tokens", po::value<int>()->default_value(0),
       "ids of a text that are printed; 0 for the model's own limit, or none with --tokenizer")  //
      ("output,o", po::value<std::string>()->default_value("-"),
       "file of ids, - for standard output");
  add_text_options(line);
  line.epilogue(
      "A line for each row, in the input's order: its token ids with blanks between, as the model\n"
      "reads them. A row without any token has the one id that stands for it.");
}

struct Source {
  Tokenizer tokenizer;
  int max_tokens = 0;  // 0 for no limit
};

Source open_source(const std::string& tokenizer, const std::string& model) {
  if (tokenizer.empty()) {
    const BundleFile file(model);
    return {bundle_tokenizer(file), file.bundle().max_tokens};
  }
  try {
    return {Tokenizer(read_file(tokenizer)), 0};
  } catch (const Error& e) {
    if (e.where() != "tokenizer") throw;
    throw Error(tokenizer, e.problem(), e.advice());
  }
}

void append_ids(const std::vector<std::int32_t>& ids, std::string& out) {
  const char* before = "";
  for (const std::int32_t id : ids) {
    out += before + std::to_string(id);
    before = " ";
  }
  out += '\n';
}

}  // namespace

int run_tokenize(Arguments arguments) {
  CommandLine line("tokenize", "FILE", "Turns the texts of a file into token ids.");
  declare(line);
  if (!line.parse(arguments)) return 0;
  const std::string& path = line.positional()[0];
  const std::string& tokenizer = line.get<std::string>("tokenizer");
  if (!tokenizer.empty() && line.given("model"))
    throw UsageError("give one of --model and --tokenizer");
  const int max_tokens = line.get<int>("max-tokens");
  checked_usage([&] { check_range("max-tokens", max_tokens, 0, 65536); });
  const TextOptions options = checked_usage([&] { return read_text_options(line, path); });
  const std::string model =
      tokenizer.empty() ? find_model(line.get<std::string>("model")) : std::string();
  check_no_replacement({line.get<std::string>("output")}, {path, tokenizer, model});
  const Source source = open_source(tokenizer, model);
  const int limit = max_tokens > 0 ? max_tokens : source.max_tokens;
  TextReader reader(options);
  AtomicFile out(line.get<std::string>("output"));
  std::vector<std::int32_t> ids;
  std::string text;
  for (TextRow row; reader.next(row);) {
    source.tokenizer.encode(row.text, ids,
                            limit > 0 ? static_cast<std::size_t>(limit) : Tokenizer::kNoLimit);
    text.clear();
    append_ids(ids, text);
    out.write(text);
  }
  report_bad_rows(path, reader.bad_rows());
  out.commit();
  return 0;
}

}  // namespace gemel::app
