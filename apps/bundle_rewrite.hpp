#pragma once
#include <functional>
#include <string>

#include "apps/head_calibration.hpp"
#include "model/bundle.hpp"

namespace gemel::app {

/// The bundle again with what `change` does to it, under the same name and at once. Throws Error as
/// reading and writing a bundle do.
/// @param head_scale of the pair head's logits, if it has one; all other weights stay
/// @return the new fingerprint
std::string rewrite_bundle(const std::string& path, const std::function<void(Bundle&)>& change,
                           HeadScale head_scale = {});

}  // namespace gemel::app
