#include <gemel/error.hpp>
#include <nlohmann/json.hpp>

#include "apps/derived_model.hpp"
#include "apps/model_path.hpp"
#include "apps/model_text.hpp"
#include "apps/terminal.hpp"
#include "apps/verbs.hpp"
#include "core/check.hpp"
#include "nn/recurrent_blocks.hpp"

namespace gemel::app {
namespace {

using Json = nlohmann::ordered_json;

void declare(CommandLine& line) {
  add_derived_options(line, "the model's");
  line.group("Options").add_options()  //
      ("share", po::value<double>()->default_value(0.33, "0.33"),
       "of the recurrent weights' blocks that become zero, 0 to 1");
  line.epilogue(
      "A block is what four units of an LSTM give to the gates of sixteen; those of smallest\n"
      "norm become zero, and to read a text takes as many products less (but for AMX, whose\n"
      "tiles are larger). What that costs the model it wins back by learning on: 'gemel train\n"
      "--init' leaves zero blocks at zero, unless the model grows, and so does the mean of models\n"
      "with the same ones:\n\n"
      "  gemel prune -o sparse.safetensors --share 0.33 model.safetensors\n"
      "  gemel train --init sparse.safetensors -o better.safetensors train.tsv\n"
      "  gemel average -o mean.safetensors sparse.safetensors better.safetensors");
}

double share_of(const CommandLine& line) {
  const auto share = line.get<double>("share");
  return checked_usage([&] {
    check_range("share", share, 0.0, 1.0);
    return share;
  });
}

std::string training_record(const BundleFile& file, double share) {
  return Json{{"pruned",
               {{"share", share},
                {"fingerprint", file.bundle().fingerprint},
                {"training", Json::parse(file.bundle().training, nullptr, false)}}}}
      .dump();
}

}  // namespace

int run_prune(Arguments arguments) {
  CommandLine line("prune", "MODEL", "Sets a share of a model's recurrent weights to zero.");
  declare(line);
  if (!line.parse(arguments)) return 0;
  const double share = share_of(line);
  check_derived_storage(line);
  const BundleFile file(find_model(line.positional().front()));
  check_derived_output(line, {file.path()});
  const nn::Towers model(file.bundle().model, Precision::f32);
  ParameterBlock values(model.layout());
  file.load_parameters(values);
  if (nn::ZeroBlocks(values).all() == 0)
    throw Error(file.path(), "has no LSTM, whose recurrent weights could be pruned");
  nn::prune_blocks(values, share);
  const std::string written =
      write_derived(line, file, model, values, training_record(file, share));
  const nn::ZeroBlocks zeros(values);  // as they are stored
  note(line.get<std::string>("output") + ": " + zero_blocks_text(zeros.count(), zeros.all()) +
       written);
  return 0;
}

}  // namespace gemel::app
