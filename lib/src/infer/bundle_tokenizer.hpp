#pragma once
#include "model/bundle_file.hpp"
#include "tokenizer/tokenizer.hpp"

namespace gemel {

/// The tokenizer that a bundle carries, in the bundle's mode. Throws Error naming the file where it
/// is damaged, or its size is not the model's.
Tokenizer bundle_tokenizer(const BundleFile&);

}  // namespace gemel
