#include <optional>

#include "apps/bundle_files.hpp"
#include "apps/model_path.hpp"
#include "apps/output_places.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "core/file.hpp"
#include "infer/bundle_tokenizer.hpp"
#include "onnx/encoder_export.hpp"
#include "tokenizer/model_header.hpp"

namespace gemel::app {
namespace {

void declare(CommandLine& line) {
  line.group("Options").add_options()                                           //
      ("onnx", po::value<std::string>()->required(), "the ONNX file to write")  //
      ("tokenizer", po::value<std::string>()->default_value(""),
       "write the model's tokenizer too: a sentencepiece model, for 'gemel tokenize'")  //
      ("model,m", po::value<std::string>()->default_value(""),
       "bundle, or the name of a shipped one")  //
      ("tower", po::value<std::string>()->default_value(""),
       "the model's encoder to write, where it has several (see 'gemel info')");
  line.epilogue(
      "The ONNX model turns token ids into embeddings, in f32:\n"
      "  tokens     int64 [texts, steps], as 'gemel tokenize' prints them; any number as padding\n"
      "  lengths    int64 [texts], tokens of each text\n"
      "  embedding  float [texts, D]\n"
      "Its metadata hold fingerprint, metric, thresholds, calibration, normalizer and max_tokens.\n"
      "LSTM encoders can be written, without attention; not the pair head.");
}

// Bytes that tell the normalizer too, as a tokenizer of 'gemel tokenizer' does.
std::string tokenizer_bytes(const Bundle& bundle, const Tokenizer& tokenizer) {
  const std::string& bytes = bundle.tokenizer_model;
  const auto told = read_header(bytes).value_or(Normalization::none);
  return told == tokenizer.normalization() ? bytes : with_header(tokenizer.normalization(), bytes);
}

}  // namespace

int run_export(Arguments arguments) {
  CommandLine line("export", "", "Writes a model's encoder as an ONNX file.");
  declare(line);
  if (!line.parse(arguments)) return 0;
  const std::string path = find_model(line.get<std::string>("model"));
  const std::string output = line.get<std::string>("onnx");
  const std::string tokenizer_output = line.get<std::string>("tokenizer");
  check_no_replacement({output, tokenizer_output}, {path});
  if (output == tokenizer_output) throw UsageError("--tokenizer names the same place as --onnx");
  const BundleFile file(path);
  const Bundle& bundle = file.bundle();
  onnx::ExportOptions options;
  options.tower = bundle.model.chosen_tower(line.get<std::string>("tower"));
  options.version = GEMEL_VERSION;
  const Tokenizer tokenizer = bundle_tokenizer(file);
  options.empty_id = tokenizer.empty_id();
  AtomicFile out(output);
  std::optional<AtomicFile> tokenizer_out;
  if (!tokenizer_output.empty()) tokenizer_out.emplace(tokenizer_output);
  const std::string bytes = onnx::export_tower(file, options);
  out.write(bytes);
  if (tokenizer_out) tokenizer_out->write(tokenizer_bytes(bundle, tokenizer));
  out.commit();
  if (tokenizer_out) tokenizer_out->commit();
  if (bundle.model.head_size > 0)
    warn("the pair head is not written; the file's thresholds are those of the distance");
  note(out.path() + ": V " + std::to_string(bundle.config().vocabulary_size) + ", D " +
       std::to_string(bundle.model.sentence_size()) + ", " + std::to_string(bytes.size()) +
       " bytes");
  return 0;
}

}  // namespace gemel::app
