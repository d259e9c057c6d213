#pragma once
#include <functional>
#include <string>

#include "model/bundle.hpp"

namespace gemel::app {

/// The stored weights again, with what `change` does to the rest, under the same name and at once.
/// Throws Error as reading and writing a bundle do.
/// @return the new fingerprint
std::string rewrite_bundle(const std::string& path, const std::function<void(Bundle&)>& change);

}  // namespace gemel::app
