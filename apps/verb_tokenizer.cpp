#include "apps/input.hpp"
#include "apps/output_places.hpp"
#include "apps/terminal.hpp"
#include "apps/tokenizer_options.hpp"
#include "apps/verbs.hpp"
#include "core/file.hpp"
#include "tokenizer/tokenizer.hpp"

namespace gemel::app {

int run_tokenizer(Arguments arguments) {
  CommandLine line("tokenizer", "FILE",
                   "Trains a sentencepiece tokenizer on the texts of a file, or on both texts of\n"
                   "each pair of a file of pairs (--pairs), and writes it for 'gemel train'.");
  line.group("Output").add_options()("output,o", po::value<std::string>()->required(),
                                     "the tokenizer's file");
  add_tokenizer_options(line);
  line.group("Input").add_options()("pairs", po::bool_switch(), "FILE holds labelled pairs");
  add_pair_options(line);
  line.group("Input").add_options()("text-column", po::value<std::string>()->default_value(""),
                                    "of a file of texts: name or number; else 'text', or 1");
  if (!line.parse(arguments)) return 0;
  const std::string& path = line.positional()[0];
  const auto options = checked_usage([&] { return read_tokenizer_options(line); });
  const auto pairs =
      checked_usage([&] { return read_pair_options(line, path, LabelKind::graded); });
  check_no_replacement({line.get<std::string>("output")}, {path});
  AtomicFile file(
      line.get<std::string>("output"));  // before the work: an unwritable place shows now
  std::string bytes;
  if (line.get<bool>("pairs")) {
    bytes = train_on_pairs(options, {pairs});
  } else {
    TextReader reader(read_text_options(line, path));
    TextRow row;
    bytes = train_tokenizer(options, [&](std::string& text) {
      if (!reader.next(row)) return false;
      text = row.text;
      return true;
    });
    report_bad_rows(path, reader.bad_rows());
  }
  const Tokenizer tokenizer(bytes);
  file.write(bytes);
  file.commit();
  note(file.path() + ": " + std::string(name_of(options.kind)) + " tokenizer, " +
       std::to_string(tokenizer.vocabulary_size()) + " pieces, " + std::to_string(bytes.size()) +
       " bytes");
  return 0;
}

}  // namespace gemel::app
