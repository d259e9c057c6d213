#pragma once
#include <string>

#include "model/bundle.hpp"

namespace gemel::app {

/// A model's encoder, or its towers and their links, and its pair head, a line each.
std::string model_text(const Bundle&);

}  // namespace gemel::app
