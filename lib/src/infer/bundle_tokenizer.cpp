#include "infer/bundle_tokenizer.hpp"

#include <gemel/error.hpp>

namespace gemel {

// Errors of the tokenizer do not know which file they are about.
Tokenizer bundle_tokenizer(const BundleFile& file) {
  try {
    Tokenizer tokenizer(file.bundle().tokenizer_model,
                        normalization_from_name(file.bundle().normalizer));
    if (tokenizer.vocabulary_size() != file.bundle().config().vocabulary_size)
      throw Error("tokenizer",
                  "has " + std::to_string(tokenizer.vocabulary_size()) +
                      " pieces; its config asks for " +
                      std::to_string(file.bundle().config().vocabulary_size),
                  "train anew");
    return tokenizer;
  } catch (const Error& e) {
    throw Error(file.path() + ", " + e.where(), e.problem(), e.advice());
  }
}

}  // namespace gemel
