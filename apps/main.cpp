#include <array>
#include <gemel/error.hpp>
#include <new>
#include <string>
#include <vector>

#include "apps/terminal.hpp"
#include "apps/verbs.hpp"

#ifndef GEMEL_VERSION
#error "GEMEL_VERSION comes from CMake"
#endif

namespace gemel::app {
namespace {

struct Verb {
  const char* name;
  const char* summary;
  int (*run)(Arguments);
};

constexpr std::array kVerbs = {
    Verb{"duplicates", "find the texts of a file that say the same thing", run_duplicates},
    Verb{"compare", "compare two texts", run_compare},
    Verb{"embed", "turn the texts of a file into vectors", run_embed},
    Verb{"evaluate", "measure and calibrate a model on labelled pairs", run_evaluate},
    Verb{"tokenizer", "train a tokenizer on your texts", run_tokenizer},
    Verb{"train", "train a model on labelled pairs", run_train},
    Verb{"sweep", "train a list of configurations and compare them", run_sweep},
    Verb{"average", "make one model of several", run_average},
    Verb{"prune", "make a model faster by zeros among its weights", run_prune},
    Verb{"tokenize", "turn the texts of a file into token ids", run_tokenize},
    Verb{"export", "write a model for ONNX Runtime", run_export},
    Verb{"info", "describe and check a model", run_info},
};

std::string usage() {
  std::string text =
      "usage: gemel VERB [options]\n\n"
      "Learns sentence embeddings and finds texts that say the same thing.\n\n";
  for (const Verb& verb : kVerbs)
    text += "  " + std::string(verb.name) + std::string(12 - std::string(verb.name).size(), ' ') +
            verb.summary + "\n";
  return text +
         "\n'gemel VERB --help' explains a verb; 'gemel --version' tells the version.\n"
         "Exit codes: 0 fine, 1 the work failed, 2 wrong usage.\n";
}

const Verb* find_verb(const std::string& name) {
  for (const Verb& verb : kVerbs)
    if (name == verb.name) return &verb;
  return nullptr;
}

// "Try …" after wrong usage: the verb's own help where there is one.
std::string help_command(const std::vector<std::string>& arguments) {
  const bool known = !arguments.empty() && find_verb(arguments[0]);
  return "gemel " + (known ? arguments[0] + " " : "") + "--help";
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw UsageError("missing VERB");
  const std::string& first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") {
    write_standard_output(usage());
    return 0;
  }
  if (first == "--version") {
    write_standard_output("gemel " GEMEL_VERSION "\n");
    return 0;
  }
  if (const Verb* verb = find_verb(first)) return verb->run(Arguments(arguments).subspan(1));
  throw UsageError("'" + first + "' is not a verb");
}

}  // namespace
}  // namespace gemel::app

int main(int argc, char** argv) {
  using namespace gemel::app;
  open_standard_descriptors();
  install_signal_handlers();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    return run(arguments);
  } catch (const UsageError& e) {
    note(std::string(e.what()) + "\nTry '" + help_command(arguments) + "'.");
    return 2;
  } catch (const std::bad_alloc&) {
    note("out of memory");
  } catch (const std::exception& e) {
    note(e.what());
  }
  return 1;
}
