#pragma once
#include <string>

namespace gemel::app {

/// The bundle a verb uses: the name given, else $GEMEL_MODEL, else the English model that ships
/// with gemel (beside the program: ../share/gemel/models, or models/ of the source tree that the
/// program was built in). A bare name such as "en" means NAME.safetensors among the shipped models.
/// Throws Error listing where it looked.
std::string find_model(const std::string& given);

}  // namespace gemel::app
